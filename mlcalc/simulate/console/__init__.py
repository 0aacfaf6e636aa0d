"""From the signal to the picture a reader sees: vendor-style processing, window, bits, artefacts, files."""
