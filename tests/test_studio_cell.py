"""A studio gives way when the cell that made it is run again."""

import threading
import types

import pytest
from IPython.core.events import EventManager, available_events
from test_studio import until

from nst_helpers.studio import StyleStudio, worker


class Shell:
    """As much of IPython as runs cells that have names."""

    def __init__(self):
        self.events = EventManager(self, available_events)
        self.parent: dict = {}

    def get_parent(self) -> dict:
        return self.parent

    def run_cell(self, name: str | None, make):
        self.parent = {"metadata": {"cellId": name}} if name else {}
        self.events.trigger("pre_run_cell", types.SimpleNamespace(cell_id=name))
        return make()


@pytest.fixture
def shell(monkeypatch) -> Shell:
    shell = Shell()
    monkeypatch.setattr(worker, "get_ipython", lambda: shell)
    return shell


@pytest.fixture
def make(monkeypatch, tmp_path):
    monkeypatch.setenv("NST_RUNNER", "thread")
    made = []

    def make() -> StyleStudio:
        studio = StyleStudio(
            size=32, steps=10_000, precision="float32", folder=tmp_path,
            content_layers=["relu1_1"], style_layers=["relu1_1"],
        )  # fmt: skip
        made.append(studio)
        studio.run()
        until(lambda: studio.worker.running)
        return studio

    yield make
    for studio in made:
        studio.worker.ask(studio.worker.stop)
    for studio in made:
        studio.stop()


def test_the_first_studio_stops_when_its_cell_runs_again(shell, make):
    first = shell.run_cell("a", make)
    until(lambda: first.painting.run is not None)  # so that there is a network to let go
    second = shell.run_cell("a", make)
    first.worker.join()
    assert not first.worker.running
    assert first.painting.network is None
    assert first.painting.run is None or first.painting.run.objective.network is None
    assert second.worker.running
    third = shell.run_cell("a", make)
    second.worker.join()
    assert not second.worker.running
    assert third.worker.running
    assert sum(thread.name == "studio" for thread in threading.enumerate()) == 1
    done = len(first.history)
    first.run(1)
    first.wait()
    assert len(first.history) > done, "by another name it can still be run"


def test_studios_of_other_cells_go_on_and_two_of_one_cell_live_together(shell, make):
    one, other = shell.run_cell("a", lambda: (make(), make()))
    shell.run_cell("b", lambda: None)
    shell.run_cell(None, lambda: None)
    assert one.worker.running
    assert other.worker.running


def test_without_names_of_cells_nothing_is_listened_to(shell, make):
    shell.run_cell(None, make)
    assert shell.events.callbacks["pre_run_cell"] == []
