"""What `progress()` shows, and where it is kept."""

import json

import pytest
from kernels import running_kernel

from nst_helpers.checks import check, progress, record

PASSES = "check.parameter_count(lambda a, b, k: b * (a * k * k + 1))"
FAILS = "check.parameter_count(lambda a, b, k: a)"


@pytest.fixture
def notebook(monkeypatch, tmp_path):
    """A folder of its own, in which checks believe that a notebook runs them."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(record, "_in_notebook", lambda: True)
    return tmp_path


def stands() -> str:
    return repr(progress()).splitlines()[0]


def test_in_a_kernel_it_is_kept_beside_the_notebook(tmp_path):
    with running_kernel(tmp_path) as kernel:
        kernel.run("from nst_helpers.checks import check, progress")
        kernel.run(PASSES)
        kernel.run("check.output_size(lambda *_: None)")
        kernel.run("assert repr(progress()).startswith('1 of ')")
    assert json.loads((tmp_path / "progress.json").read_text()) == {"parameter_count": "passed"}


def test_outside_a_notebook_nothing_is_written(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    assert eval(PASSES)
    assert list(tmp_path.iterdir()) == []


def test_the_last_check_counts(notebook):
    total = len(vars(check))
    assert stands() == f"0 of {total} exercises passed."
    eval(PASSES)
    assert stands() == f"1 of {total} exercises passed."
    assert "01  ·✓···· next: output_size" in repr(progress())
    eval(FAILS)
    assert stands() == f"0 of {total} exercises passed."
    assert [path.name for path in notebook.iterdir()] == ["progress.json"]


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"output_size": 3}', "\x00"])
def test_a_damaged_file_is_begun_anew(content, notebook):
    (notebook / "progress.json").write_text(content)
    assert stands().startswith("0 of ")
    eval(PASSES)
    assert stands().startswith("1 of ")


def test_a_folder_that_cannot_be_written_to_costs_only_the_record(notebook, monkeypatch):
    monkeypatch.setattr(record, "FILE", notebook / "nowhere" / "progress.json")
    assert eval(PASSES)
    assert stands().startswith("0 of ")


def test_a_lesson_that_is_done_says_so(notebook):
    names = [name for name, _ in progress().lessons["01"].items()]
    (notebook / "progress.json").write_text(json.dumps(dict.fromkeys(names, "passed")))
    assert "01  ✓✓✓✓✓✓ all of them" in repr(progress())
