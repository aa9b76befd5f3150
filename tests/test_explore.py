"""Sliders above a figure, without a browser."""

from nst_helpers.figures.sliders import explore
from nst_helpers.figures.still import new_figure


def test_a_slider_redraws_the_picture_and_defaults_count():
    asked = []

    def draw(depth, beta):
        asked.append((depth, beta))
        return new_figure(1 + depth, 1)

    box = explore(draw, defaults={"beta": 10}, depth=[1, 2], beta=[1, 10])
    depth, beta, picture = box.children
    assert asked == [(1, 10)]
    before = picture.value
    depth.value = 2
    assert asked[-1] == (2, 10)
    assert picture.value != before
    assert beta.options == (1, 10)


def test_in_a_notebook_that_does_not_run_it_says_what_it_is():
    box = explore(lambda tile: new_figure(1, 1), tile=[1, 2])
    assert repr(box).startswith("Sliders for tile: run the notebook")
