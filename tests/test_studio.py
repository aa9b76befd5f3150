"""The studio without a browser: traits set and buttons clicked, as a learner would."""

import functools
import gc
import io
import sys
import threading
import time
import types
from datetime import datetime

import psutil
import pytest
import torch
from PIL import Image

from nst_helpers.engine.vgg import VGG19Features, load_network
from nst_helpers.errors import ImageError, SettingError
from nst_helpers.pictures.catalogue import samples
from nst_helpers.studio import StyleStudio
from nst_helpers.studio.controls import uploaded
from nst_helpers.studio.gallery import LARGEST_UPLOAD
from nst_helpers.studio.painting import Settings, changes
from nst_helpers.studio.worker import has_front_end, pick_runner
from nst_helpers.transfer import stylize


def png(width: int = 30, height: int = 20) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def upload(studio: StyleStudio, kind: str, name: str, content: bytes) -> None:
    """What the browser does, in the form of the ipywidgets that is installed."""
    about = {"name": name, "type": "image/png", "size": len(content)}
    button = studio.controls.uploads[kind]
    if isinstance(button.value, dict):  # ipywidgets 7
        button.set_trait("value", {name: {"metadata": about, "content": content}})
    else:
        file = about | {"content": content, "last_modified": datetime.now()}
        button.set_trait("value", (file,))


def click(studio: StyleStudio, name: str) -> None:
    studio.controls.buttons[name].click()


def until(condition, seconds: float = 20.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.005)


@functools.cache
def network(layers: frozenset[str]) -> VGG19Features:
    return load_network(layers, precision="float32")


@pytest.fixture(autouse=True)
def one_loading(monkeypatch):
    """Each set of layers is loaded once for all tests, which is most of their time."""
    monkeypatch.setattr(
        "nst_helpers.studio.painting.load_network",
        lambda layers, **_: network(frozenset(layers)),
    )


@pytest.fixture
def studio(monkeypatch, tmp_path):
    """In the foreground: a click returns when its work is done."""
    monkeypatch.setenv("NST_RUNNER", "foreground")
    return StyleStudio(size=48, steps=3, precision="float32", folder=tmp_path)


@pytest.fixture
def live(monkeypatch, tmp_path):
    """On its thread, as in JupyterLab; stopped afterwards."""
    monkeypatch.setenv("NST_RUNNER", "thread")
    studio = StyleStudio(size=48, steps=10_000, precision="float32", folder=tmp_path)
    yield studio
    studio.stop()


def test_shows_the_start_image_before_anything_runs(studio):
    assert studio.image.shape == (1, 3, 32, 48)
    assert studio.history == []
    assert studio.view.picture.value[:2] == studio.view.curves.value[:2] == b"\xff\xd8"  # JPEG
    assert studio.loop.status().text.startswith("Ready: step 0 of 3.")


def test_run_takes_the_steps_and_says_so(studio):
    before = studio.image
    studio.run()
    assert [record["step"] for record in studio.history] == [0, 1, 2, 3]
    assert studio.history[-1]["total"] < studio.history[0]["total"]
    assert not torch.equal(studio.image, before)
    for part in ("Finished", "step 3 of 3", "s a step", "0 s left", "MB", "CPU", "float32"):
        assert part in studio.view.status.value


def test_run_goes_on_and_counts_through(studio):
    studio.run(2)
    studio.run(4)
    assert [record["step"] for record in studio.history] == list(range(7))
    seconds = [record["seconds"] for record in studio.history]
    assert seconds == sorted(seconds)


def test_same_as_the_plain_function(studio):
    paths = samples("content")["pavilion"], samples("style")["starry_night"]
    plain = stylize(*paths, size=48, steps=3, precision="float32").finish()
    studio.run(3)
    assert torch.equal(studio.image, plain.image)


def test_a_moved_slider_acts_on_the_next_step_and_is_marked(studio):
    click(studio, "step")
    objective = studio.painting.objective
    studio.controls.alpha.value, studio.controls.beta.value = 2.0, 10.0
    studio.controls.layers["relu3_1"][1].value = 0.5
    click(studio, "step")
    assert (objective.alpha, objective.beta) == (2.0, 10.0)
    assert studio.painting.objective is objective, "a weight is no reason to compute targets"
    weights = {term.layer: term.weight for term in objective.terms if term.group == "style"}
    assert weights["relu3_1"] == pytest.approx(0.1)
    assert weights["relu1_1"] == pytest.approx(0.2)
    marks = [(mark.step, mark.text) for mark in studio.painting.marks]
    assert marks == [(1, "α = 2"), (1, "β = 10"), (1, "relu3_1 × 0.5")]


def test_the_still_figure_shows_the_marks_too(studio, monkeypatch):
    shown = []
    monkeypatch.setattr("nst_helpers.studio.view.show_figure", lambda *what: shown.append(what))
    studio.run(2)
    studio.controls.beta.value = 10.0
    studio.run(2)
    studio.view.still(studio.painting, "Finished.")
    figure, words, _ = shown[-1]
    assert [text.get_text() for text in figure.axes[1].texts] == ["β = 10"]
    assert words.endswith("At step 2 β = 10.")


def test_one_gesture_leaves_one_mark(studio):
    click(studio, "step")
    for beta in (500.0, 300.0, 100.0):
        studio.controls.beta.value = beta
        click(studio, "step")
    assert [mark.text for mark in studio.painting.marks] == ["β = 100"]


def test_other_layers_recompute_the_targets_and_keep_the_picture(studio):
    studio.run(3)
    painted = studio.image
    studio.controls.layers["relu5_1"][0].value = False
    studio.controls.content_layer.value = "relu3_2"
    click(studio, "step")
    assert [term.layer for term in studio.painting.objective.terms] == [
        "relu3_2", "relu1_1", "relu2_1", "relu3_1", "relu4_1"
    ]  # fmt: skip
    assert (studio.image - painted).abs().mean() < 0.1
    assert studio.history[-1]["step"] == 4
    assert [mark.name for mark in studio.painting.marks] == ["style layers", "content layer"]


def test_another_picture_or_size_keeps_the_painting_and_fits_it(studio):
    studio.run(2)
    studio.controls.style.value = "great_wave"
    studio.controls.size.value = 64
    click(studio, "step")
    assert studio.image.shape == (1, 3, 43, 64)
    assert [mark.text for mark in studio.painting.marks] == ["great wave", "64 px"]
    assert studio.history[-1]["step"] == 3


def test_before_the_first_step_the_pickers_change_the_canvas(studio):
    before = studio.view.picture.value
    studio.controls.start.value = "noise"
    assert studio.view.picture.value != before
    studio.controls.size.value = 64
    assert studio.image.shape[3] == 64


def test_reset_begins_again_from_the_chosen_start(studio):
    studio.run(2)
    studio.controls.start.value = "blank"
    assert len(studio.history) == 3
    assert "Reset" in studio.view.status.value
    click(studio, "reset")
    assert studio.history == studio.painting.marks == []
    assert studio.image.unique().tolist() == [0.5]


def test_content_or_style_alone_and_neither(studio):
    studio.controls.content_layer.value = ""
    studio.run(1)
    assert studio.history[-1]["content"] == 0 < studio.history[-1]["style"]
    for switch, _ in studio.controls.layers.values():
        switch.value = False
    with pytest.raises(SettingError, match="name at least one"):
        studio.run(1)
    studio.controls.content_layer.value = "relu4_2"
    studio.run(1)
    assert studio.history[-1]["style"] == 0


def test_named_weights_stand_on_the_sliders(monkeypatch):
    monkeypatch.setenv("NST_RUNNER", "foreground")
    weights = {"relu2_1": 0.75, "relu3_2": 0.25}
    studio = StyleStudio(size=48, style_layers=weights, precision="float32")
    assert studio.controls.layers["relu2_1"][1].value == 1.5
    assert not studio.controls.layers["relu1_1"][0].value
    click(studio, "step")
    terms = studio.painting.objective.terms
    assert {t.layer: t.weight for t in terms if t.group == "style"} == weights


def test_saves_png_and_gif(studio, tmp_path):
    studio.run(3)
    click(studio, "save_png")
    click(studio, "save_gif")
    with Image.open(tmp_path / "pavilion-starry_night-0003.png") as picture:
        assert picture.size == (48, 32)
    with Image.open(tmp_path / "pavilion-starry_night-0003.gif") as film:
        assert film.n_frames >= 4
    assert "Saved" in studio.view.status.value


def test_a_film_is_thinned_and_keeps_one_shape(studio, monkeypatch):
    monkeypatch.setattr("nst_helpers.studio.painting.MOST_FRAMES", 4)
    studio.run(6)
    studio.controls.size.value = 64
    click(studio, "step")
    assert len(studio.painting.frames) <= 4
    assert {tuple(frame.shape) for frame in studio.painting.film()} == {(1, 3, 43, 64)}


def test_a_folder_that_cannot_be_written_is_only_a_note(studio, tmp_path):
    studio.folder = tmp_path / "file"
    studio.folder.write_text("")
    click(studio, "save_png")
    assert "could not be written" in studio.view.status.value
    assert studio.error is None


def test_an_upload_can_be_content_style_and_start(studio):
    upload(studio, "style", "mine.png", png())
    assert studio.controls.style.value == "mine.png"
    assert studio.controls.content.value == "pavilion"
    studio.controls.start.value = "mine.png"
    assert studio.image.shape == (1, 3, 32, 48)
    studio.run(1)
    assert studio.error is None


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"<svg onload=alert(1)>", "not a picture"),
        (b"", "not a picture"),
        (png()[:60], "damaged"),
        (b"\0" * (LARGEST_UPLOAD + 1), "at most 10"),
    ],
)
def test_an_upload_that_is_no_picture_is_refused_in_words(studio, content, reason):
    upload(studio, "content", "evil<b>.png", content)
    assert reason in studio.loop.note
    assert "evil<b>" in studio.loop.note
    assert "evil<b>" not in studio.view.status.value, "names must not become markup"
    assert studio.controls.content.value == "pavilion"
    assert studio.error is None


def test_uploads_of_both_generations_of_ipywidgets():
    seven = {"a.png": {"metadata": {"name": "a.png"}, "content": b"x"}}
    eight = ({"name": "a.png", "content": memoryview(b"x")},)
    assert uploaded(seven) == uploaded(eight) == [("a.png", b"x")]


def test_takes_tensors_and_files_and_names_what_it_cannot_read(photo, tmp_path, monkeypatch):
    monkeypatch.setenv("NST_RUNNER", "foreground")
    (tmp_path / "mine.png").write_bytes(png())
    studio = StyleStudio(photo, tmp_path / "mine.png", size=48)
    assert studio.controls.content.value == "your photo"
    assert studio.controls.style.value == "mine.png"
    with pytest.raises(ImageError, match="no file nowhere"):
        StyleStudio("nowhere.jpg")


def test_an_error_in_the_loop_is_shown_and_raised_by_wait(live):
    live.run(3)
    live.wait()

    def fail(*_):
        raise FloatingPointError("all is lost")

    live.painting.objective.evaluate = fail
    painted = live.image
    live.run(3)
    with pytest.raises(FloatingPointError, match="all is lost"):
        live.wait()
    assert "Error" in live.view.status.value
    assert "all is lost" in live.view.status.value
    assert live.image is painted, "what was painted is not lost"
    del live.painting.objective.evaluate
    live.run(1)
    live.wait()
    assert live.error is None


def test_a_picture_too_small_for_a_layer_is_told_by_name(studio):
    studio.controls.size.value = 16
    with pytest.raises(ImageError, match="relu5_1 needs at least"):
        studio.run(1)
    studio.controls.size.value = 48
    studio.run(1)
    assert len(studio.history) == 2


def test_pause_freezes_and_resume_goes_on(live):
    live.run()
    until(lambda: len(live.history) > 2)
    curvature = live.painting.run
    click(live, "pause")
    live.wait()
    stood = len(live.history)
    assert live.controls.buttons["pause"].description == "Resume"
    assert "Paused" in live.view.status.value
    time.sleep(0.1)
    assert len(live.history) == stood
    click(live, "pause")
    until(lambda: len(live.history) > stood + 1)
    assert live.controls.buttons["pause"].description == "Pause"
    assert live.painting.run is curvature, "pausing must not cost the curvature"


def test_a_slider_moved_while_it_runs_is_seen_by_the_next_step(live):
    live.run()
    until(lambda: len(live.history) > 2)
    live.controls.beta.value = 12.5
    done = len(live.history)
    until(lambda: len(live.history) > done + 1)
    assert live.painting.objective.beta == 12.5
    assert live.painting.marks[0].step <= live.history[done]["step"]


def test_layers_changed_while_it_runs(live):
    live.run()
    until(lambda: len(live.history) > 2)
    live.controls.layers["relu1_1"][0].value = False
    until(lambda: live.painting.marks)
    done = len(live.history)
    until(lambda: len(live.history) > done)
    assert live.error is None


def test_stop_answers_within_a_step_and_run_goes_on_from_there(live):
    live.run()
    until(lambda: len(live.history) > 2)
    live.stop()
    assert not live.loop.runner.busy
    assert live.painting.run is None
    assert "Stopped" in live.view.status.value
    stood = live.history[-1]["step"]
    live.run(2)
    live.wait()
    assert live.history[-1]["step"] == stood + 2


def test_two_at_once_do_not_disturb_each_other(live, monkeypatch):
    other = StyleStudio("cat", "great_wave", size=48, precision="float32")
    live.run()
    other.run(5)
    live.controls.beta.value = 10.0
    other.wait()
    assert len(other.history) == 6
    assert other.painting.objective.beta == 1000.0
    assert other.painting.marks == []
    until(lambda: live.painting.objective is not None and live.painting.objective.beta == 10.0)


def test_fifty_runs_and_stops_leave_no_thread_and_no_memory(live):
    process = psutil.Process()
    live.controls.content_layer.value = "relu1_1"  # the shallowest network: quick steps
    for switch, _ in live.controls.layers.values():
        switch.value = switch.description == "relu1_1"

    def cycle() -> None:
        done = len(live.history)
        live.run()
        until(lambda: len(live.history) > done)
        live.stop()

    for _ in range(5):
        cycle()
    gc.collect()
    threads, native = threading.active_count(), process.num_threads()
    memory = process.memory_info().rss
    for _ in range(50):
        cycle()
    gc.collect()
    assert threading.active_count() == threads
    assert process.num_threads() <= native
    assert process.memory_info().rss - memory < 50 * 2**20


def test_an_unknown_runner_is_refused(monkeypatch):
    monkeypatch.setenv("NST_RUNNER", "elsewhere")
    with pytest.raises(SettingError, match="thread or foreground"):
        StyleStudio(size=48)


def test_where_the_loop_runs(monkeypatch):
    kernel = types.SimpleNamespace(_allow_stdin=False)
    shell = types.SimpleNamespace(kernel=kernel)
    monkeypatch.setattr("nst_helpers.studio.runner.get_ipython", lambda: shell)
    monkeypatch.delenv("NST_RUNNER", raising=False)
    assert (pick_runner(), has_front_end()) == ("foreground", False)
    kernel._allow_stdin = True
    assert (pick_runner(), has_front_end()) == ("thread", True)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert (pick_runner(), has_front_end()) == ("foreground", True)


def test_an_interrupt_ends_a_run_in_the_foreground_and_keeps_the_picture(studio, monkeypatch):
    studio.run(2)
    interrupted = studio.image
    with monkeypatch.context() as patch:
        patch.setattr(studio.painting, "step", _interrupt)
        with pytest.raises(KeyboardInterrupt):
            studio.run(2)
    assert studio.image is interrupted
    studio.run(1)
    assert studio.history[-1]["step"] == 3


def _interrupt() -> None:
    raise KeyboardInterrupt


def test_without_a_front_end_it_is_a_figure_with_words(studio, monkeypatch):
    shown = []
    monkeypatch.setattr(
        "nst_helpers.studio.view.show_figure", lambda _, alt, handle: shown.append(alt) or "handle"
    )
    studio._ipython_display_()
    studio.run(1)
    assert "Ready" in shown[0]
    assert "Finished: step 1 of 1" in shown[-1]


def test_changes_are_told_in_words():
    layers = (("relu1_1", 1.0), ("relu2_1", 1.0))
    before = Settings("cat", "cafe", "content", 64, 1.0, 100.0, "relu4_2", layers)
    assert changes(before, before) == {}
    after = Settings("dog", "cafe", "noise", 64, 1.0, 10.0, "", layers[:1])
    assert list(changes(before, after).values()) == [
        "β = 10", "style layers", "dog", "content off"
    ]  # fmt: skip
