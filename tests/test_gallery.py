"""The gallery in images/results shows what the program would paint today."""

import json
from pathlib import Path

import pytest
from PIL import Image

from nst_helpers import load_image
from tools.credits import read_credits
from tools.gallery import (
    FILM,
    FILM_WORK,
    FOLDER,
    PROBE,
    PROBE_WORK,
    WORKS,
    is_current,
    paint,
    read_records,
)
from tools.gallery_page import page, strip

RECORDS = read_records()
MOST_BYTES = 5e5  # of a picture


def mean_difference(one, other) -> float:
    """In levels of 255."""
    return 255 * (one - other).abs().mean().item()


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_settings_pictures_and_result_are_those_on_record(work):
    assert is_current(work, RECORDS), "run `make gallery`"
    with Image.open(work.file) as picture:
        assert max(picture.size) == work.size


def test_all_works_are_there_and_nothing_else():
    assert len({work.content for work in WORKS}) == len(WORKS) >= 12
    assert set(RECORDS) == {work.name for work in WORKS}
    expected = {work.file.name for work in WORKS}
    assert {path.name for path in FOLDER.glob("*.jpg")} == expected | {"strip.jpg"}
    assert max(path.stat().st_size for path in FOLDER.glob("*.jpg")) < MOST_BYTES


def test_captions_and_strip_follow_from_the_records(tmp_path):
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == page(WORKS, RECORDS)
    strip(WORKS[0], tmp_path / "strip.jpg")
    pictures = [load_image(folder / "strip.jpg") for folder in (FOLDER, tmp_path)]
    assert mean_difference(*pictures) < 2, "Pillow's versions may round differently"


def test_the_film_shows_one_picture_growing():
    assert FILM.stat().st_size < 2e6
    with Image.open(FILM) as film:
        assert film.n_frames > 20
        assert max(film.size) == FILM_WORK.size


def test_a_changed_setting_or_file_is_noticed():
    work = WORKS[0]
    changed = json.loads(json.dumps(RECORDS))
    changed[work.name]["origin"]["settings"]["beta"] = 1
    assert not is_current(work, changed)
    changed = json.loads(json.dumps(RECORDS))
    changed[work.name]["result"] = "another hash"
    assert not is_current(work, changed)
    assert not is_current(work, {})


def test_the_program_still_paints_the_same():
    """In float32, machines differ by rounding: 0.2 levels between one thread and two, and more with
    every step. Average pooling makes 13, two thirds of the steps 12, no painting at all 20."""
    difference = mean_difference(paint(PROBE_WORK).image.cpu(), load_image(Path(PROBE)))
    assert difference < 1, "delete images/results and run `make gallery`"


def test_every_supplied_picture_has_a_row_of_credits_with_a_licence():
    names = read_credits()
    images = FOLDER.parent
    supplied = {
        path for kind in ("content", "style", "training") for path in (images / kind).iterdir()
    }
    assert set(names) == {path.relative_to(images).as_posix() for path in supplied}
    assert all("](https://" in licence for _, _, licence in names.values())
