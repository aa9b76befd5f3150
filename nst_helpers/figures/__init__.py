"""Figures: what the lessons draw, still, live, or under sliders. Nothing here computes."""

from nst_helpers.figures.live import LivePreview, draw_losses, in_words
from nst_helpers.figures.still import figure_jpeg, new_figure, show_figure
