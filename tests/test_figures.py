"""The preview of a run, and figures with words, as they reach the notebook."""

import re

import pytest
import torch
from IPython.display import DisplayHandle

from nst_helpers.engine.objective import Objective, Term
from nst_helpers.engine.run import Run
from nst_helpers.figures import still
from nst_helpers.figures.live import LivePreview


@pytest.fixture
def shown(monkeypatch) -> list[tuple[DisplayHandle, dict, dict]]:
    """What was displayed: each time the place, the contents and what is said of them."""
    found = []

    class Place(DisplayHandle):
        def update(self, contents, *, metadata, raw):
            found.append((self, contents, metadata))

    def display(contents, *, metadata, raw, display_id):
        place = Place()
        place.update(contents, metadata=metadata, raw=raw)
        return place

    monkeypatch.setattr(still, "display", display)
    return found


@pytest.fixture
def make(network):
    def make(fault: BaseException | None = None, at: int = 0) -> Run:
        """A run of three steps; evaluation number `at` is cut short by `fault`."""
        calls = []

        def brightness(image, _):
            calls.append(1)
            if fault and len(calls) == at:
                raise fault
            return image.mean()

        term = Term("brightness", None, None, brightness)
        return Run(Objective(network, [term]), torch.full((1, 3, 32, 32), 0.5), 3, "adam")

    return make


def steps_told(shown) -> list[int]:
    """The step that each figure shows, by its words."""
    return [int(re.search(r"at step (\d+) after", c["text/plain"])[1]) for _, c, _ in shown]


def test_a_preview_has_one_place_for_all_its_frames_and_runs(make, shown):
    preview = LivePreview(frames_a_second=1e6)
    preview.watch(make())
    preview.watch(make(), "Another")
    assert steps_told(shown) == [0, 1, 2, 3, 3] * 2
    assert len({id(place) for place, _, _ in shown}) == 1
    assert shown[-1][1]["image/jpeg"][:2] == b"\xff\xd8"


def test_a_preview_ends_where_the_run_ends_though_no_frame_was_due(make, shown):
    LivePreview(frames_a_second=1e-6).watch(make())
    assert steps_told(shown) == [0, 3]


def test_a_preview_that_is_interrupted_shows_where_the_run_stands(make, shown):
    with pytest.raises(KeyboardInterrupt):
        LivePreview(frames_a_second=1e-6).watch(make(KeyboardInterrupt(), at=3))
    assert steps_told(shown) == [0, 1]


def test_each_figure_carries_its_words_as_alternative_text(make, shown):
    LivePreview().watch(make(), "A grey picture")
    still.show_images({"one": torch.zeros(1, 3, 4, 4), "two": torch.ones(1, 3, 4, 4)})
    assert shown[0][1]["text/plain"].startswith("A grey picture: total loss")
    assert shown[-1][1]["text/plain"] == "Pictures: one; two"
    for _, contents, metadata in shown:
        assert metadata == {"image/jpeg": {"alt": contents["text/plain"]}}
