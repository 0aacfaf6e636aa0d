"""Files to pixels: DICOM and raster radiographs become `Radiograph`s."""
