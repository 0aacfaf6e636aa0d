"""What is on films and is no soft-tissue mineral: markers, clothing, plate faults, lesions of bone."""
