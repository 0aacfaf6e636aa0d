"""Drawn anatomy: layouts of regions in millimetres, and the thickness maps they make."""
