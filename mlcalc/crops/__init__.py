"""Radiographs to crops: manifests, sidecar files, and the one resize that all of mlcalc shares."""
