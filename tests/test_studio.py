"""The studio without a browser: traits set and buttons clicked, as a learner would."""

import gc
import html
import io
import random
import re
import shlex
import sys
import threading
import time
import types
import weakref
from datetime import datetime

import psutil
import pytest
import torch
from PIL import Image

from nst_helpers.console import main
from nst_helpers.engine.vgg import load_network
from nst_helpers.errors import ImageError, SettingError
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import from_pil, starting_image
from nst_helpers.recipes.conventions import Weights
from nst_helpers.studio import StyleStudio
from nst_helpers.studio.controls import uploaded
from nst_helpers.studio.gallery import LARGEST_UPLOAD
from nst_helpers.studio.painting import Settings, changes
from nst_helpers.studio.view import status_text
from nst_helpers.studio.worker import Worker, has_front_end, wants_thread
from nst_helpers.transfer import stylize

LAYERS = ("relu1_1", "relu2_1")  # shallow ones: quick steps
HELD = []  # networks: each set of layers is loaded once for all tests


def png(width: int = 30, height: int = 20) -> bytes:
    buffer = io.BytesIO()
    Image.new("RGB", (width, height), "teal").save(buffer, "PNG")
    return buffer.getvalue()


def until(condition, seconds: float = 60.0, pause: float = 0.005) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(pause)


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


def marks(studio: StyleStudio) -> list[tuple[int, str]]:
    return [(mark.step, mark.text) for mark in studio.painting.marks]


@pytest.fixture(autouse=True)
def one_loading(monkeypatch):
    def load_and_hold(layers, **options):
        HELD.append(load_network(layers, **options))
        return HELD[-1]

    monkeypatch.setattr("nst_helpers.studio.painting.load_network", load_and_hold)


@pytest.fixture
def make(monkeypatch, tmp_path):
    """Makes small studios that are stopped afterwards."""
    made = []

    def make(runner: str, *pictures, **settings) -> StyleStudio:
        monkeypatch.setenv("NST_RUNNER", runner)
        usual = {"content_layers": LAYERS[1:], "style_layers": LAYERS, "precision": "float32"}
        made.append(StyleStudio(*pictures, **usual | {"size": 48, "folder": tmp_path} | settings))
        return made[-1]

    yield make
    for studio in made:
        studio.stop()


@pytest.fixture
def studio(make) -> StyleStudio:
    """In the foreground: a click returns when its work is done."""
    return make("foreground", steps=3)


@pytest.fixture
def live(make) -> StyleStudio:
    """On its thread, as in JupyterLab."""
    return make("thread", steps=10_000)


@pytest.fixture
def shown(monkeypatch) -> list:
    """Figures that were shown, each with its words."""
    found = []

    def redraw(figure, words, handle):
        found.append((figure, words))
        return "handle"

    monkeypatch.setattr("nst_helpers.studio.view.redraw_figure", redraw)
    return found


def test_it_shows_the_start_image_then_runs_and_counts_through(studio):
    before = studio.image
    assert before.shape == (1, 3, 32, 48)
    assert studio.history == []
    for shown in (studio.view.picture, studio.view.curves, *studio.controls.thumbnails.values()):
        assert re.search(r'alt="[^"]+" .*src="data:image/jpeg;base64,/9j/', shown.value)
    assert status_text(studio.worker).startswith("Ready: step 0 of 3.")
    curves = studio.view.curves.value
    studio.run()
    assert studio.view.curves.value != curves
    assert [record["step"] for record in studio.history] == [0, 1, 2, 3]
    assert studio.history[-1]["total"] < studio.history[0]["total"]
    assert not torch.equal(studio.image, before)
    for part in ("Finished", "step 3 of 3", "s a step", "0 s left", "MB", "CPU", "float32"):
        assert part in studio.view.status.value
    studio.run(2)
    assert [record["step"] for record in studio.history] == list(range(6))
    seconds = [record["seconds"] for record in studio.history]
    assert seconds == sorted(seconds)


@pytest.mark.parametrize("coarsest", [96, 24])  # px: one scale, and three
def test_same_as_the_plain_function(studio, monkeypatch, coarsest):
    monkeypatch.setattr("nst_helpers.recipes.scene.COARSEST_SIZE", coarsest)
    studio.controls.steps.value = 4
    paths = samples("content")["pavilion"], samples("style")["starry_night"]
    layers = {"content_layers": LAYERS[1:], "style_layers": LAYERS}
    plain = stylize(*paths, size=48, steps=4, precision="float32", **layers).finish()
    click(studio, "step")
    studio.run(3)
    assert torch.equal(studio.image, plain.image), "stopping between costs nothing"


def test_a_moved_slider_acts_on_the_next_step_and_one_gesture_leaves_one_mark(studio):
    click(studio, "step")
    objective = studio.painting.objective
    before = objective.weights()
    studio.controls.alpha.value, studio.controls.beta.value = 2.0, 10.0
    studio.controls.layers["relu2_1"][1].value = 0.5
    click(studio, "step")
    assert (objective.alpha, objective.beta) == (2.0, 10.0)
    assert studio.painting.objective is objective, "a weight is no reason to compute targets"
    names = ["style relu1_1", "style relu2_1", "variation"]
    assert [term.name for term in objective.terms][1:] == names
    ratios = [after / weight for after, weight in zip(objective.weights(), before, strict=True)]
    assert ratios == pytest.approx([2, 10 / 30, 0.5 * 10 / 30, 1])
    moved = [(1, "α = 2"), (1, "β = 10"), (1, "relu2_1 × 0.5")]
    assert marks(studio) == moved
    for beta in (500.0, 300.0, 100.0):
        studio.controls.beta.value = beta
        click(studio, "step")
    assert marks(studio) == [*moved, (4, "β = 100")]


def test_other_layers_pictures_and_sizes_keep_the_painting_and_fit_it(studio, monkeypatch):
    monkeypatch.setattr("nst_helpers.studio.painting.MOST_FRAMES", 4)
    studio.run(6)
    painted = studio.image
    studio.controls.layers["relu2_1"][0].value = False
    studio.controls.content_layer.value = "relu1_1"
    click(studio, "step")
    assert [term.name for term in studio.painting.objective.terms] == [
        "content relu1_1", "style relu1_1", "variation"
    ]  # fmt: skip
    assert (studio.image - painted).abs().mean() < 0.1
    assert [mark.name for mark in studio.painting.marks] == ["style layers", "content layer"]
    studio.controls.style.value = "great_wave"
    studio.controls.size.value = 64
    click(studio, "step")
    assert studio.image.shape == (1, 3, 43, 64)
    assert marks(studio)[2:] == [(7, "great wave"), (7, "64 px")]
    assert [record["step"] for record in studio.history] == list(range(9))
    assert len(studio.painting.frames) <= 4
    assert {tuple(frame.shape) for frame in studio.painting.film()} == {(1, 3, 43, 64)}


def test_on_its_way_to_full_size_a_picture_can_be_given_another_style(studio, monkeypatch):
    monkeypatch.setattr("nst_helpers.recipes.scene.COARSEST_SIZE", 24)
    monkeypatch.setattr("nst_helpers.studio.painting.ONCE_MORE", 2)
    studio.controls.steps.value = 6
    click(studio, "step")
    assert studio.image.shape[3] == 24
    studio.controls.style.value = "great_wave"
    sizes = []
    for _ in range(6):
        click(studio, "step")
        sizes.append(studio.image.shape[3])
    assert sizes == [24, 24, 34, 34, 48, 48]
    studio.controls.size.value = 96
    click(studio, "step")
    assert studio.image.shape[3] == 68
    assert [record["step"] for record in studio.history] == list(range(9))


@pytest.mark.parametrize(
    ("picker", "choice"), [("content", "cat"), ("style", "great_wave"), ("size", 64)]
)
def test_each_picker_alone_changes_the_targets(studio, picker, choice):
    chosen = {"content": "pavilion", "style": "starry_night", "size": 48} | {picker: choice}
    paths = samples("content")[chosen["content"]], samples("style")[chosen["style"]]
    layers = {"content_layers": LAYERS[1:], "style_layers": LAYERS}
    plain = stylize(*paths, size=chosen["size"], precision="float32", **layers).objective
    click(studio, "step")
    getattr(studio.controls, picker).value = choice
    click(studio, "step")
    *ours, smooth = studio.painting.objective.terms
    assert smooth.name == "variation"
    for one, other in zip(ours, plain.terms[:-1], strict=True):
        assert torch.equal(one.target, other.target), one.name


def test_before_the_first_step_and_on_reset_the_pickers_change_the_canvas(studio):
    before = studio.view.picture.value
    studio.controls.start.value = "noise"
    assert studio.view.picture.value != before
    studio.controls.size.value = 64
    assert studio.image.shape[3] == 64
    studio.run(2)
    studio.controls.start.value = "blank"
    assert len(studio.history) == 3
    assert "Reset" in studio.view.status.value
    studio.controls.beta.value = 10.0
    studio.run(1)
    assert studio.painting.marks
    click(studio, "reset")
    assert studio.history == studio.painting.marks == []
    assert studio.image.unique().tolist() == [0.5]
    studio.run(1)
    assert [record["step"] for record in studio.history] == [0, 1]


@pytest.mark.parametrize("seed", [0, 3])
def test_it_starts_from_the_noise_of_its_seed(make, photo, painting, seed):
    studio = make("foreground", photo, painting, start="noise", size=64, seed=seed)
    assert torch.equal(studio.image, starting_image("noise", photo, painting, seed))


def test_content_or_style_alone_and_neither(studio):
    studio.controls.content_layer.value = ""
    studio.run(1)
    assert studio.history[-1]["content"] == 0 < studio.history[-1]["style"]
    for switch, _ in studio.controls.layers.values():
        switch.value = False
    with pytest.raises(SettingError, match="name at least one"):
        studio.run(1)
    studio.controls.content_layer.value = "relu2_1"
    studio.run(1)
    assert studio.history[-1]["style"] == 0


def test_named_weights_stand_on_the_sliders(make):
    weights = {"relu2_1": 0.75, "relu1_2": 0.25}
    studio = make("foreground", content_layers=["conv1_2"], style_layers=weights)
    assert studio.controls.layers["relu2_1"][1].value == 1.5
    assert not studio.controls.layers["relu1_1"][0].value
    click(studio, "step")
    layers = {"content_layers": ["conv1_2"], "style_layers": weights}
    paths = samples("content")["pavilion"], samples("style")["starry_night"]
    plain = stylize(*paths, size=48, precision="float32", **layers).objective
    objective = studio.painting.objective
    ours, theirs = (
        {term.name: weight for term, weight in zip(each.terms, each.weights(), strict=True)}
        for each in (objective, plain)
    )
    assert ours == pytest.approx(theirs)


def test_saves_png_and_gif(studio, tmp_path):
    studio.run(3)
    click(studio, "save_png")
    click(studio, "save_gif")
    with Image.open(tmp_path / "pavilion-starry_night-0003.png") as picture:
        assert picture.size == (48, 32)
    with Image.open(tmp_path / "pavilion-starry_night-0003.gif") as film:
        assert film.n_frames >= 4
    assert "Saved" in studio.view.status.value
    studio.folder = tmp_path / "file"
    studio.folder.write_text("")
    click(studio, "save_png")
    assert "could not be written" in studio.view.status.value
    assert studio.error is None, "it is only a note"


def test_an_upload_can_be_content_style_and_start(studio):
    upload(studio, "style", "mine.png", png())
    assert studio.controls.style.value == "mine.png"
    assert studio.controls.content.value == "pavilion"
    studio.controls.start.value = "mine.png"
    assert studio.image.shape == (1, 3, 32, 48)
    studio.run(1)
    assert studio.error is None


def test_an_upload_that_is_no_picture_is_refused_in_words(studio):
    for content, reason in (
        (b"<svg onload=alert(1)>", "not a picture"),
        (b"", "not a picture"),
        (png()[:60], "damaged"),
        (b"\0" * (LARGEST_UPLOAD + 1), "at most 10"),
    ):
        upload(studio, "content", "evil<b>.png", content)
        assert reason in studio.worker.note
        assert "evil<b>" in studio.worker.note
        assert "evil<b>" not in studio.view.status.value, "names must not become markup"
        assert studio.controls.content.value == "pavilion"
        assert studio.error is None


def test_uploads_of_both_generations_of_ipywidgets():
    seven = {"a.png": {"metadata": {"name": "a.png"}, "content": b"x"}}
    eight = ({"name": "a.png", "content": memoryview(b"x")},)
    assert uploaded(seven) == uploaded(eight) == [("a.png", b"x")]


def test_takes_tensors_and_files_and_names_what_it_cannot_use(photo, tmp_path, make):
    (tmp_path / "mine.png").write_bytes(png())
    studio = make("foreground", photo, tmp_path / "mine.png")
    assert studio.controls.content.value == "your photo"
    assert studio.controls.style.value == "mine.png"
    with pytest.raises(ImageError, match="no file nowhere"):
        make("foreground", "nowhere.jpg")
    unknown = {"style_layers": ["relu9_9"]}, {"content_layers": ["relu4_9"]}
    for wrong in ({"start": "grey"}, *unknown):
        with pytest.raises(SettingError, match=r"grey|relu9_9|relu4_9"):
            make("foreground", **wrong)
    with pytest.raises(SettingError, match="thread or foreground"):
        make("elsewhere")


def test_an_error_in_the_loop_is_shown_and_raised_by_wait(live):
    live.run(3)
    live.wait()

    def fail(*_):
        raise FloatingPointError("all is lost")

    live.painting.objective.evaluate = fail
    painted = live.image
    live.run(3)
    for _ in range(2):
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
    studio.controls.content_layer.value = "relu5_1"
    studio.controls.size.value = 16
    with pytest.raises(ImageError, match="relu5_1 needs at least"):
        studio.run(1)
    studio.controls.size.value = 48
    studio.run(1)
    assert len(studio.history) == 2


def test_pause_freezes_and_resume_goes_on(live):
    live.run()
    until(lambda: len(live.history) > 2)
    click(live, "pause")
    live.wait()
    stood, curvature = len(live.history), live.painting.run.state.memory
    assert live.controls.buttons["pause"].description == "Resume"
    assert "Paused" in live.view.status.value
    assert curvature["pairs"], "pausing must not cost the curvature"
    time.sleep(0.05)
    assert len(live.history) == stood
    click(live, "pause")
    until(lambda: len(live.history) > stood + 1)
    until(lambda: live.controls.buttons["pause"].description == "Pause")


def test_what_is_moved_while_it_runs_is_seen_by_the_next_step(live):
    live.run()
    until(lambda: len(live.history) > 2)
    live.controls.beta.value = 12.5
    done = len(live.history)
    until(lambda: len(live.history) > done + 1)
    assert live.painting.objective.beta == 12.5
    assert live.painting.marks[0].step <= live.history[done]["step"]
    live.controls.layers["relu1_1"][0].value = False
    until(lambda: len(live.painting.marks) == 2)
    done = len(live.history)
    until(lambda: len(live.history) > done)
    assert live.error is None


def test_stop_frees_the_memory_and_run_goes_on_from_there(live):
    live.run()
    until(lambda: len(live.history) > 3)
    click(live, "pause")
    live.wait()
    pair = weakref.ref(live.painting.run.state.memory["pairs"][0][0])
    live.stop()
    assert not live.worker.busy
    gc.collect()
    assert pair() is None
    assert "Stopped" in live.view.status.value
    stood = live.history[-1]["step"]
    live.run(2)
    live.wait()
    assert live.history[-1]["step"] == stood + 2


def test_two_at_once_do_not_disturb_each_other(live, make):
    other = make("thread", "cat", "great_wave")
    live.run()
    other.run(5)
    live.controls.beta.value = 10.0
    other.wait()
    assert len(other.history) == 6
    assert other.painting.objective.beta == 30.0
    assert other.painting.marks == []
    until(lambda: live.painting.objective is not None and live.painting.objective.beta == 10.0)


def test_many_runs_and_stops_leave_no_thread_and_no_memory(live):
    def cycles(number: int) -> None:
        for _ in range(number):
            done = len(live.history)
            live.run()
            until(lambda done=done: len(live.history) > done)
            live.stop()
        gc.collect()

    process = psutil.Process()
    cycles(3)
    native, memory = process.num_threads(), process.memory_info().rss
    cycles(12)
    assert [thread for thread in threading.enumerate() if thread.name == "studio"] == []
    assert process.num_threads() <= native
    assert process.memory_info().rss - memory < 25 * 2**20


@pytest.mark.soak
def test_two_hundred_runs_and_a_thousand_moved_sliders_with_sizes_changing_under_them(live):
    chance, process, controls = random.Random(1), psutil.Process(), live.controls
    moves = (
        lambda: setattr(controls.beta, "value", 10 ** chance.uniform(0, 3)),
        lambda: setattr(controls.alpha, "value", 10 ** chance.uniform(-1, 1)),
        lambda: setattr(controls.strokes, "value", 2 ** chance.uniform(-1, 1)),
        lambda: setattr(controls.size, "value", chance.choice([40, 48, 64, 200])),
        lambda: setattr(controls.layers["relu1_1"][1], "value", chance.uniform(0.05, 3)),
        lambda: setattr(live.lookback.moment, "value", chance.randint(0, 9)),
        lambda: setattr(live.lookback.wipe, "value", chance.randint(0, 100)),
        lambda: setattr(controls.style, "value", chance.choice(["poppies", "starry_night"])),
    )
    memory = []
    for number in range(200):
        done = live.painting.steps_done
        live.run()
        for _ in range(5):
            chance.choice(moves)()
            time.sleep(chance.uniform(0, 0.05))
        until(lambda done=done: live.painting.steps_done > done or live.error)
        assert live.error is None
        live.stop()
        click(live, chance.choice(["keep" if number % 50 == 0 else "stop", "reset", "step"]))
        live.worker.join()
        memory.append(process.memory_info().rss)
    assert [thread for thread in threading.enumerate() if thread.name == "studio"] == []
    gc.collect()
    assert process.memory_info().rss - memory[50] < 100 * 2**20


class Canvas:
    """What a worker needs of a painting: it counts."""

    network = object()
    is_warm = True

    def __init__(self):
        self.steps_done, self.history = 0, []

    def follow(self, _) -> None: ...

    def rest(self) -> None: ...

    def step(self) -> None:
        self.steps_done += 1
        self.history.append(self.steps_done)


def worker(threaded: bool, show=lambda now: None, steps: int = 5) -> Worker:
    return Worker(Canvas(), lambda: types.SimpleNamespace(steps=steps), show, threaded)


def test_no_wish_is_lost_while_the_thread_ends():
    busy, done = worker(threaded=True), []

    def wish(number: int) -> None:
        for _ in range(200):
            busy.ask(lambda: done.append(number))

    hands = [threading.Thread(target=wish, args=(number,)) for number in range(4)]
    for hand in hands:
        hand.start()
    for hand in hands:
        hand.join()
    busy.join()
    assert len(done) == 800
    assert not busy.busy


def test_a_wish_to_run_is_kept_though_the_last_run_is_just_ending():
    ending = worker(threaded=True)
    for run in range(1, 200):
        ending.ask(lambda: ending.start(afresh=True))
        until(lambda run=run: ending.painting.steps_done == 5 * run, pause=0)
    ending.join()
    assert not ending.running


def test_stop_ends_single_steps_too_and_a_wish_from_within_waits_its_turn():
    order = []
    calm = worker(threaded=False, show=lambda now: order.append(calm.painting.steps_done))

    def within() -> str:
        calm.ask(calm.stop)
        calm.step()
        calm.step()
        return "noted"

    calm.ask(within)
    assert order == [0]
    assert calm.note == "noted"
    calm.ask(calm.step)
    assert order == [0, 1, 1]


def test_an_interrupt_wherever_it_falls_ends_a_run_and_keeps_the_picture(studio, monkeypatch):
    def interrupt(*_) -> None:
        raise KeyboardInterrupt

    studio.run(2)
    for part, name in (
        (studio.painting, "step"),
        (studio.worker, "_next"),
        (studio.view, "update"),
    ):
        interrupted, done = studio.image, studio.painting.steps_done
        with monkeypatch.context() as patch:
            patch.setattr(part, name, interrupt)
            with pytest.raises(KeyboardInterrupt):
                studio.run(20)
        assert not studio.worker.running
        assert not studio.worker.busy
        if part is not studio.view:  # which is interrupted after the step
            assert studio.image is interrupted
        assert studio.painting.steps_done <= done + 1
        click(studio, "step")
        assert studio.painting.steps_done > done


def test_interrupting_a_waiting_cell_stops_the_run(live, monkeypatch):
    def interrupt() -> None:
        monkeypatch.undo()
        raise KeyboardInterrupt

    live.run()
    until(lambda: len(live.history) > 2)
    monkeypatch.setattr(live.worker, "join", interrupt)
    with pytest.raises(KeyboardInterrupt):
        live.wait()
    assert not live.worker.busy
    assert "Stopped" in live.view.status.value


def test_where_it_works(monkeypatch):
    kernel = types.SimpleNamespace(_allow_stdin=False)
    shell = types.SimpleNamespace(kernel=kernel)
    monkeypatch.setattr("nst_helpers.studio.worker.get_ipython", lambda: shell)
    monkeypatch.delenv("NST_RUNNER", raising=False)
    assert (wants_thread(), has_front_end()) == (False, False)
    kernel._allow_stdin = True
    assert (wants_thread(), has_front_end()) == (True, True)
    monkeypatch.setitem(sys.modules, "google.colab", types.ModuleType("google.colab"))
    assert (wants_thread(), has_front_end()) == (False, True)


def test_without_a_front_end_it_is_a_figure_with_words_and_marks(studio, shown):
    studio._ipython_display_()
    assert "Ready" in shown[0][1]
    studio.run(2)
    studio.controls.beta.value = 10.0
    studio.run(2)
    figure, words = shown[-1]
    assert "Finished: step 4 of 4" in words
    assert words.endswith("At step 2 β = 10.")
    assert [text.get_text() for text in figure.axes[1].texts] == ["β = 10"]


def test_content_layers_that_were_asked_for_together_are_one_choice(make):
    mix = {"relu1_1": 0.25, "relu2_1": 0.75}
    studio = make("foreground", content_layers=mix)
    layer = studio.controls.content_layer
    assert layer.value == "relu1_1 + relu2_1"
    mixed = studio.controls.settings()
    assert mixed.weights.content_layers == mix
    layer.value = "relu2_1"
    assert studio.controls.settings().weights.content_layers == {"relu2_1": 1.0}
    assert "content_layers=['relu2_1']" in studio.program_lines()[0]
    studio.controls.restore(mixed)
    assert studio.controls.settings() == mixed
    assert f"content_layers={mix}" in studio.program_lines()[0]
    studio.run(1)
    weights = [t.weight for t in studio.painting.objective.terms if t.group == "content"]
    assert len(weights) == 2
    assert weights[0] != weights[1]


def test_changes_are_told_in_words():
    def settings(content, start, beta, content_layers, style_layers) -> Settings:
        weights = Weights(1.0, beta, dict.fromkeys(content_layers, 1.0), style_layers)
        return Settings(content, "cafe", start, 64, weights)

    before = settings("cat", "content", 100.0, ["relu4_2"], {"relu1_1": 0.5, "relu2_1": 0.5})
    assert changes(before, before) == {}
    after = settings("dog", "noise", 10.0, [], {"relu1_1": 1.0})
    assert list(changes(before, after).values()) == [
        "β = 10", "style layers", "dog", "content off"
    ]  # fmt: skip


def test_larger_strokes_need_a_larger_painting_at_the_next_step(studio):
    studio.run(2)
    gram = studio.painting.objective.terms[1].target.clone()
    studio.controls.strokes.value = 2.0
    studio.run(1)
    assert marks(studio) == [(2, "strokes × 2")]
    changed = studio.painting.objective.terms[1].target
    files = samples("content")["pavilion"], samples("style")["starry_night"]
    layers = {"content_layers": [LAYERS[1]], "style_layers": LAYERS, "style_scale": 2.0}
    plain = stylize(*files, size=48, precision="float32", **layers)
    assert not torch.allclose(changed, gram, rtol=0.01)
    torch.testing.assert_close(changed, plain.objective.terms[1].target)


def test_an_earlier_step_can_be_looked_at_while_it_goes_on(studio):
    studio.run(3)
    moment, last = studio.lookback.moment, studio.view.picture.value
    assert moment.value == moment.max == 3
    moment.value = 1
    assert torch.equal(looked_at(studio), studio.painting.frames[1].float() / 255)
    assert studio.view.picture.value != last
    studio.run(2)
    assert (moment.value, moment.max) == (1, 3), "who looks back is left alone"
    moment.value = 3
    assert (moment.value, moment.max) == (5, 5), "the end is where it is now"
    assert torch.equal(looked_at(studio), studio.image)
    click(studio, "reset")
    assert moment.value == moment.max == 0
    assert torch.equal(looked_at(studio), studio.image)


def looked_at(studio):
    return studio.lookback.shown(studio.painting, studio.controls.settings())


def test_a_wipe_shows_the_photo_on_its_left(studio):
    studio.run(3)
    studio.lookback.wipe.value = 50
    mixed, photo = looked_at(studio), studio.gallery.at_size("pavilion", 48)
    assert torch.equal(mixed[..., :23], photo[..., :23])
    assert (mixed[..., 23:25] == 1).all(), "a white edge"
    assert torch.equal(mixed[..., 25:], studio.image[..., 25:])
    studio.lookback.beside.value = "the painting"
    assert not torch.equal(looked_at(studio)[..., :23], mixed[..., :23])
    studio.lookback.wipe.value = 0
    assert torch.equal(looked_at(studio), studio.image)


def test_kept_pictures_can_be_compared_and_bring_their_settings_back(studio):
    studio.run(2)
    before, first = studio.controls.settings(), studio.image
    click(studio, "keep")
    assert "Kept 1" in studio.view.status.value
    controls = studio.controls
    controls.beta.value, controls.alpha.value, controls.strokes.value = 100.0, 2.0, 0.5
    controls.layers["relu1_1"][0].value = False
    controls.layers["relu2_1"][1].value = 0.5
    controls.style.value, controls.size.value, controls.content_layer.value = "poppies", 40, ""
    studio.run(2)
    click(studio, "keep")
    look = studio.lookback
    look.shows.value, look.beside.value, look.wipe.value = "kept 1", "kept 2", 100
    assert look.shown(studio.painting, controls.settings()).shape == first.shape
    look.wipe.value = 0
    assert torch.equal(looked_at(studio), first)
    look.strip.children[0].children[1].click()
    assert controls.settings() == before
    assert 'alt="kept 1: β 30"' in look.strip.children[0].children[0].value


def test_a_picture_is_painted_larger_beside_the_studio(live, tmp_path):
    live.controls.steps.value, live.controls.large.value = 3, 64
    click(live, "save_large")
    place = tmp_path / "pavilion-starry_night-0000-64px.png"
    until(place.exists)
    until(lambda: "Saved" in live.view.status.value)
    files = samples("content")["pavilion"], samples("style")["starry_night"]
    layers = {"content_layers": [LAYERS[1]], "style_layers": LAYERS}
    plain = stylize(*files, size=64, steps=3, precision="float32", **layers).finish()
    with Image.open(place) as saved:
        assert saved.size == (64, 43)
        difference = from_pil(saved) - plain.image
    assert difference.abs().max() < 1 / 255
    assert live.history == [], "the studio's own picture is untouched"


def test_a_large_picture_is_refused_in_words_and_stopped_by_the_button(live, monkeypatch):
    live.controls.large.value = 16
    live.controls.content_layer.value = "relu5_4"
    click(live, "save_large")
    until(lambda: "needs at least" in live.view.status.value)
    live.controls.content_layer.value = "relu2_1"
    live.controls.large.value = 48
    click(live, "save_large")
    until(lambda: "step" in live.worker.note)
    click(live, "save_large")
    until(lambda: "being painted already" in live.worker.note)
    click(live, "stop")
    until(lambda: "was stopped" in live.worker.note)


def test_the_program_of_the_settings_paints_the_same_picture(studio, tmp_path, monkeypatch):
    controls = studio.controls
    controls.beta.value, controls.strokes.value = 12.5, 0.5
    controls.layers["relu1_1"][1].value = 0.3
    python, _ = studio.program_lines()
    shown = html.unescape(studio.program.children[0].value)
    assert re.findall(r">(.*?)</pre>", shown) == list(studio.program_lines())
    studio.run(3)
    namespace = {}
    exec("from nst_helpers import samples, stylize\n" + python, namespace)
    torch.testing.assert_close(namespace["run"].image, studio.image, rtol=0, atol=1e-6)
    monkeypatch.chdir(tmp_path)
    command = studio.program_lines()[1]
    assert main(shlex.split(command)[1:]) == 0
    with Image.open("pavilion-starry_night.png") as saved:
        assert (from_pil(saved) - studio.image).abs().max() < 1 / 255


def test_a_program_names_files_of_ones_own_and_only_what_is_not_usual(make, tmp_path):
    (tmp_path / "my photo.png").write_bytes(png(60, 40))
    options = {"content_layers": None, "style_layers": None, "precision": None}
    studio = make("foreground", tmp_path / "my photo.png", steps=200, **options)
    python, command = studio.program_lines()
    assert python == (
        f"run = stylize({str(tmp_path / 'my photo.png')!r}, "
        'samples("style")["starry_night"], size=48).finish()'
    )
    words = shlex.split(command)
    assert words[:3] == ["nst", "paint", str(tmp_path / "my photo.png")]
    assert words[4:] == ["--size", "48", "-o", "my photo.png-starry_night.png"]
