"""The gallery in images/results shows what the program would paint today."""

import json
from pathlib import Path

import pytest
from PIL import Image

from nst_helpers import load_image, samples
from tools.gallery import FOLDER, PROBE, PROBE_WORK, is_current, paint, read_records, works
from tools.gallery_page import page, strip

WORKS = list(works())
RECORDS = read_records()
MOST_BYTES = 2.5e6


def mean_difference(one, other) -> float:
    """In levels of 255."""
    return 255 * (one - other).abs().mean().item()


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
def test_settings_pictures_and_result_are_those_on_record(work):
    assert is_current(work, RECORDS), "run `make gallery`"
    with Image.open(work.file) as picture:
        assert max(picture.size) == work.size


def test_every_pair_is_there_and_nothing_else():
    assert len(WORKS) == len(samples("content")) * len(samples("style")) + 3
    assert set(RECORDS) == {work.name for work in WORKS}
    expected = {work.file.name for work in WORKS}
    assert {path.name for path in FOLDER.glob("*.jpg")} == expected | {"strip.jpg"}
    assert sum(path.stat().st_size for path in FOLDER.iterdir()) < MOST_BYTES


def test_captions_and_strip_follow_from_the_records(tmp_path):
    assert (FOLDER / "README.md").read_text(encoding="utf-8") == page(WORKS, RECORDS)
    strip(next(work for work in WORKS if work.coarse_to_fine), tmp_path / "strip.jpg")
    pictures = [load_image(folder / "strip.jpg") for folder in (FOLDER, tmp_path)]
    assert mean_difference(*pictures) < 2, "Pillow's versions may round differently"


def test_a_changed_setting_or_file_is_noticed():
    work = WORKS[0]
    changed = json.loads(json.dumps(RECORDS))
    changed[work.name]["recipe"]["settings"]["beta"] = 1
    assert not is_current(work, changed)
    changed = json.loads(json.dumps(RECORDS))
    changed[work.name]["result"] = "another hash"
    assert not is_current(work, changed)
    assert not is_current(work, {})


def test_the_program_still_paints_the_same():
    """In float32, machines differ by rounding: 0.01 levels between one thread and two. A β of
    900 for 1,000 makes 6 levels, two thirds of the steps 13, no painting at all 42."""
    difference = mean_difference(paint(PROBE_WORK).image.cpu(), load_image(Path(PROBE)))
    assert difference < 2, "delete images/results and run `make gallery`"
