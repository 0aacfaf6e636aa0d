"""DICOM: header facts, spacing, decoding and the grey-scale order, each with its section of the standard."""
