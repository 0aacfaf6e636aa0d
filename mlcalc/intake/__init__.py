"""Folders, globs, lists, manifests, DICOMDIRs and zips to work, and safe processes to do it in."""
