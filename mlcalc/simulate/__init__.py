"""Labelled radiograph crops by physics: anatomy or a real film, a lesion, a beam, a detector, a console."""
