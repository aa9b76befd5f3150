"""Figures: what the lessons draw, still, live, or under sliders. Nothing here computes."""

from nst_helpers.figures.live import COLOURS, LivePreview, draw_losses, in_words
from nst_helpers.figures.sliders import explore
from nst_helpers.figures.still import (
    figure_jpeg,
    new_figure,
    picture_tag,
    redraw_figure,
    show_feature_maps,
    show_figure,
    show_grams,
    show_images,
)
