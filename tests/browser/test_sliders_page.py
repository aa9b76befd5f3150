"""The sliders of the lessons in a page without a kernel and without a network."""

import pytest
from playwright.sync_api import expect

from nst_helpers.figures import sliders
from nst_helpers.figures.still import new_figure

pytestmark = pytest.mark.browser


def test_a_slider_moves_by_keyboard_without_kernel_or_network(page, monkeypatch):
    shown = []
    monkeypatch.setattr(sliders, "display", shown.append)
    sliders.explore(
        lambda depth, beta: new_figure(depth, beta), defaults={"beta": 2}, depth=[1, 4], beta=[2, 3]
    )
    page.set_content(f"<!doctype html><title>sliders</title>{shown[0]._repr_html_()}")
    picture, depth = page.locator("img"), page.get_by_label("depth")
    size = "img => img.decode().then(() => [img.naturalWidth, img.naturalHeight])"
    assert picture.evaluate(size) == [80, 160]
    depth.press("ArrowRight")
    assert picture.evaluate(size) == [320, 160]
    expect(depth).to_have_attribute("aria-valuetext", "4")
    expect(picture).to_have_attribute("alt", "The figure at depth 4, beta 2")
    page.get_by_label("beta").press("ArrowRight")
    assert picture.evaluate(size) == [320, 240]
    expect(page.locator("output").last).to_have_text("3")
    assert [url for url in page.asked if not url.startswith("data:")] == []
    assert page.complaints == []
