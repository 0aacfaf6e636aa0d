"""How answers are written: pages for the terminal; files in other formats."""
