"""A studio gives way when the cell that made it is run again."""

import threading
import types

import pytest
from IPython.core.events import EventManager, available_events

from nst_helpers.studio import StyleStudio, cell


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
    monkeypatch.setattr(cell, "get_ipython", lambda: shell)
    return shell


@pytest.fixture
def make(monkeypatch, tmp_path):
    monkeypatch.setenv("NST_RUNNER", "thread")
    made = []

    def make() -> StyleStudio:
        studio = StyleStudio(
            size=32, steps=10_000, precision="float32", folder=tmp_path,
            content_layer="relu1_1", style_layers=["relu1_1"],
        )  # fmt: skip
        made.append(studio)
        studio.run()
        return studio

    yield make
    for studio in made:
        studio.stop()


def test_the_first_studio_stops_when_its_cell_runs_again(shell, make):
    first = shell.run_cell("a", make)
    second = shell.run_cell("a", make)
    first.loop.runner.join()
    assert not first.loop.running
    assert first.painting.network is first.painting.run is None, "its memory is free"
    assert second.loop.running
    third = shell.run_cell("a", make)
    second.loop.runner.join()
    assert not second.loop.running
    assert third.loop.running
    assert sum(thread.name == "studio" for thread in threading.enumerate()) == 1


def test_studios_of_other_cells_go_on(shell, make):
    first = shell.run_cell("a", make)
    shell.run_cell("b", make)
    shell.run_cell("c", lambda: None)
    shell.run_cell(None, lambda: None)
    assert first.loop.running


def test_two_studios_of_one_cell_live_together(shell, make):
    one, other = shell.run_cell("a", lambda: (make(), make()))
    assert one.loop.running
    assert other.loop.running


def test_a_studio_that_gave_way_can_be_run_by_another_name(shell, make):
    first = shell.run_cell("a", make)
    shell.run_cell("a", lambda: None)
    first.loop.runner.join()
    done = len(first.history)
    first.run(1)
    first.wait()
    assert len(first.history) > done


def test_without_names_of_cells_nothing_is_listened_to(shell, make):
    shell.run_cell(None, make)
    assert shell.events.callbacks["pre_run_cell"] == []
