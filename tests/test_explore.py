"""Sliders whose frames are drawn beforehand, without a browser."""

import base64
import html
import json
import re
from html.parser import HTMLParser

import pytest

from nst_helpers.figures.sliders import explore
from nst_helpers.figures.still import new_figure


@pytest.fixture
def shown(monkeypatch) -> list:
    displayed = []
    monkeypatch.setattr("nst_helpers.figures.sliders.display", displayed.append)
    return displayed


def sizes(page: str) -> list[tuple[int, int]]:
    """Width and height of every frame, from its JPEG header."""
    data = json.loads(html.unescape(re.search(r'data-frames="([^"]*)"', page)[1]))
    found = []
    for frame in map(base64.b64decode, data):
        at = frame.index(b"\xff\xc0") + 5
        height, width = frame[at : at + 2], frame[at + 2 : at + 4]
        found.append((int.from_bytes(width), int.from_bytes(height)))
    return found


def test_there_is_a_frame_for_each_combination_and_defaults_count(shown):
    explore(
        lambda depth, beta: new_figure(depth, beta), defaults={"beta": 3}, depth=[1, 2], beta=[2, 3]
    )
    page = shown[0]._repr_html_()
    assert sizes(page) == [(80, 160), (80, 240), (160, 160), (160, 240)]
    assert re.findall(r'value="(\d+)"', page) == ["0", "1"]
    assert 'alt="The figure at depth 1, beta 3"' in page
    second = json.loads(html.unescape(re.search(r'data-frames="([^"]*)"', page)[1]))[1]
    assert f'src="data:image/jpeg;base64,{second}"' in page


def test_it_asks_nothing_of_a_network_and_its_tags_are_closed(shown):
    explore(lambda name: new_figure(1, 1), name=["a <b>", 'c "d"'])
    page = shown[0]._repr_html_()
    assert "http" not in page
    opened, closed = [], []
    parser = HTMLParser()
    parser.handle_starttag = lambda tag, _: opened.append(tag)
    parser.handle_endtag = closed.append
    parser.feed(page)
    assert sorted(closed) == sorted(tag for tag in opened if tag not in ("img", "input"))
    assert "<b>" not in page


def test_where_text_is_read_it_says_what_it_is(shown):
    explore(lambda tile_side: new_figure(1, 1), tile_side=[1, 2])
    assert repr(shown[0]) == "Sliders for tile side: move them in a browser."
