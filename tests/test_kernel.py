"""In a real kernel: runs that do not pile up, interrupts, and a studio under many hands."""

import math
import time
from collections.abc import Iterator

import pytest
from kernels import CellError, Kernel, running_kernel

MOST_GROWTH = 50  # MB
MOST_LEFT_BY_A_STUDIO = 4  # MB: picture, film, curves; its network alone would be 40
SET_UP = """
import gc, os
os.environ["NST_RUNNER"] = "thread"
import psutil
from nst_helpers import load_image, samples, stylize
from nst_helpers.figures.live import LivePreview
from nst_helpers.studio import StyleStudio

photo = load_image(samples("content")["pavilion"], 48)
painting = load_image(samples("style")["starry_night"], 48)

def memory():
    gc.collect()
    return psutil.Process().memory_info().rss / 2**20
"""
RUN = """
for _ in range({runs}):
    run = stylize(photo, painting, steps=5, optimiser="{optimiser}", precision="float32")
    LivePreview().watch(run)
"""
STUDIO = """
studio = StyleStudio(
    size=32, steps=100_000, content_layers=["relu1_1"], style_layers=["relu1_1"],
    precision="float32",
)
studio.run()
studio
"""


@pytest.fixture(scope="module")
def kernel(tmp_path_factory) -> Iterator[Kernel]:
    with running_kernel(tmp_path_factory.mktemp("elsewhere")) as kernel:
        kernel.run(SET_UP)
        yield kernel


@pytest.fixture
def studio(kernel) -> Iterator[Kernel]:
    """The kernel, with a studio that paints; nothing may have been said on standard error."""
    kernel.run(STUDIO, "studio")
    await_value(kernel, "len(studio.history) > 2")
    yield kernel
    kernel.run("studio.stop()")
    assert kernel.value("studio.error is None")
    assert kernel.said == ""


def await_value(kernel: Kernel, expression: str, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not kernel.value(expression):
        assert time.monotonic() < deadline, f"{expression} did not become true"
        time.sleep(0.05)


def growth(kernel: Kernel, runs: int) -> float:
    """MB that `runs` runs of each optimiser leave behind, once a few have warmed up."""
    for optimiser in ("lbfgs", "adam"):
        kernel.run(RUN.format(runs=5, optimiser=optimiser))
    before = kernel.value("memory()")
    for optimiser in ("lbfgs", "adam"):
        kernel.run(RUN.format(runs=runs // 2, optimiser=optimiser))
    return kernel.value("memory()") - before


@pytest.mark.soak
def test_two_hundred_runs_do_not_pile_up(kernel):
    grown = growth(kernel, 200)
    print(f"200 runs in one kernel: {grown:+.1f} MB")
    assert grown < MOST_GROWTH


def test_an_interrupt_leaves_picture_and_history_and_the_cell_can_go_on(kernel):
    kernel.run("run = stylize(photo, painting, steps=100_000)")
    request = kernel.start("LivePreview().watch(run)")
    for kind, _, parent in kernel.messages(time.monotonic() + 60):
        if parent == request and kind in ("display_data", "update_display_data"):
            break
    kernel.interrupt()
    with pytest.raises(CellError, match="KeyboardInterrupt"):
        kernel.finish(request)
    done = kernel.value("len(run.history)")
    assert done > 0
    assert kernel.value("list(run.image.shape)") == [1, 3, 32, 48]
    assert kernel.value("next(run).step") == done


def move_the_slider(kernel: Kernel, events: int, seconds: float) -> None:
    """`events` moves of β, evenly over `seconds`; the loop must obey the last of them."""
    slider = kernel.value("studio.controls.beta.model_id")
    began, done = time.monotonic(), kernel.value("len(studio.history)")
    for number in range(events):
        kernel.move(slider, 10 ** (3 + math.sin(number)))
        time.sleep(max(0.0, began + number * seconds / events - time.monotonic()))
    kernel.move(slider, 123.0)
    await_value(kernel, "studio.painting.objective.beta == studio.controls.beta.value == 123.0")
    assert kernel.value("studio.worker.running")
    assert kernel.value("len(studio.history)") > done


def test_two_hundred_slider_events_and_the_last_one_counts(studio):
    move_the_slider(studio, 200, 2.0)


@pytest.mark.soak
def test_a_thousand_slider_events_and_the_last_one_counts(studio):
    move_the_slider(studio, 1000, 10.0)


def test_a_studios_cell_run_again_stops_the_first_studio(studio):
    studio.run("first = studio")
    studio.run(STUDIO, "studio")
    await_value(studio, "not first.worker.busy")
    await_value(studio, "len(studio.history) > 2 and studio.worker.running")
    assert studio.value("first.painting.network is None")


@pytest.mark.soak
def test_a_studios_cell_run_again_leaves_only_its_picture_behind(studio):
    def again(times: int) -> float:
        for _ in range(times):
            studio.run(STUDIO, "studio")
            await_value(studio, "len(studio.history) > 2")
        return studio.value("memory()")

    before = again(5)
    grown = (again(30) - before) / 30
    print(f"a studio's cell run again: {grown:+.1f} MB each time")
    assert grown < MOST_LEFT_BY_A_STUDIO
