"""Figures: what the lessons draw, still, live, or under sliders. Nothing here computes."""
