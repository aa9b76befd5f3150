"""Slides of the lessons: one HTML file each that needs nothing else (`make slides`)."""
