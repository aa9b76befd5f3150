"""A class of thirty hands in, and `nst grade` marks each rightly, whatever the others do."""

import csv
import json
import sys
import time
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import nbformat
import pytest
import torch
from exercises import exercises

from nst_helpers import console, marking
from nst_helpers.checks import check
from nst_helpers.checks.exercise import RefusedError
from nst_helpers.marking.answers import pack, unpack
from nst_helpers.marking.fresh import fresh_cases, good_seeds
from nst_helpers.marking.submissions import Submission

SPAWN = get_context("spawn")
STEMS = ("01_cnn_basics", "02_content_reconstruction", "03_style_reconstruction",
         "04_style_transfer", "05_choices_that_matter", "06_beyond", "07_capstone")  # fmt: skip
WRITTEN = {name: found for stem in STEMS for name, found in exercises(stem).items()}
FIVE = exercises("03_style_reconstruction")
SET_UP = """from nst_helpers import gram_matrix, style_loss
from nst_helpers.checks import check
import torch
from torch import Tensor
"""
HEAD = "def shuffle_positions(features, order):\n"
RIGHT = "features.flatten(2)[:, :, order].reshape(features.shape)"
MUCH = "more memory than"
# What one learner wrote for the first exercise, its mark, and a part of its sentence.
STRANGE = {
    "forger": (HEAD + "    print('✓ passed')\n    return features", "fail", "Nothing has moved."),
    "forged_true": (HEAD + "    return True", "fail", "gives True"),
    "forged_verdict": (
        HEAD + "    from nst_helpers.checks.exercise import Verdict\n"
        "    return Verdict('passed', '')", "fail", "is closed while exercises are marked"),
    "prints": (HEAD + "    print(features)", "fail", "write return instead of print"),
    "exit": (HEAD + "    import os\n    os._exit(0)", "fail", "ended the whole process"),
    "system_exit": (HEAD + "    raise SystemExit(0)", "fail", "SystemExit"),
    "endless": (HEAD + "    while True: pass", "fail", "does a loop end?"),
    "deaf": (
        "import signal\n" + HEAD + "    signal.signal(signal.SIGXCPU, signal.SIG_IGN)\n"
        "    while True: pass", "fail", "does a loop end?"),
    "ten_gigabytes": (HEAD + "    return torch.ones(2_500_000_000)", "fail", MUCH),
    "bytes": (HEAD + "    return bytearray(10**10)", "fail", MUCH),
    "huge_file": (
        HEAD + "    open('x', 'wb').write(bytes(50_000_000))", "fail", "File too large"),
    "syntax": (HEAD.replace(":", "") + "    return features", "fail", "is not Python"),
    "thief": (
        HEAD + "    from nst_helpers.checks import check\n"
        "    return next(iter(check.shuffle_positions.solutions().values()))(features, order)",
        "fail", "is closed while exercises are marked"),
    "thief_in_memory": (
        "import gc\n" + HEAD + "    return gc.get_objects()", "fail", "is closed while"),
    "thief_on_disk": (
        "import nst_helpers\n" + HEAD + "    path = nst_helpers.__path__[0]\n"
        "    return open(path + '/checks/lesson03.py').read()", "fail", "is closed while"),
    "thief_of_check": (HEAD + f"    check.shuffle_positions({RIGHT})", "fail", "is closed while"),
    "phones_home": (
        HEAD + "    import socket\n    socket.socket()", "fail", "socket.__new__ is closed"),
    "shell": (HEAD + "    import os\n    os.system('true')", "fail", "os.system is closed"),
    "killer": (
        HEAD + "    import os\n    os.kill(os.getppid(), 9)", "fail", "os.kill is closed"),
    "vandal": (
        HEAD + "    open('/tmp/nst-vandal', 'w')", "fail", "open is closed while"),
    "crash": (HEAD + "    f = lambda: f()\n    return f()", "fail", "RecursionError"),
    "forged_file": (
        HEAD + "    open('answers', 'w').write('[[\"tensor\"')\n    import os\n    os._exit(0)",
        "fail", "gave an answer that cannot be read"),
    "pipe": (
        HEAD + "    import os\n    os.mkfifo('answers')\n    os._exit(0)",
        "fail", "ended the whole process"),
    "huge_answer": (
        HEAD + "    return torch.zeros(1).expand(10**12)", "fail", "gives shape (1000000000000,)"),
    "nest": (HEAD + "    a = []\n    a.append(a)\n    return a", "fail", "gives a list"),
    "backslash": ("x = '\\d'\n" + HEAD + f"    return {RIGHT}", "pass", ""),
    "by_heart": (
        "CALLS = []\n" + HEAD + "    CALLS.append(1)\n"
        f"    return {RIGHT} if len(CALLS) <= {len(check.shuffle_positions.cases)} else features",
        "fail", "With other numbers"),
    "helper": (
        "def rows(x): return x.flatten(2)\nK = 2\n" + HEAD
        + "    return rows(features)[:, :, order].reshape(features.shape) * K / 2", "pass", ""),
    "renamed": (
        RENAMED := HEAD.replace("shuffle_positions", "mix") + f"    return {RIGHT}", "pass", ""),
    "typed": (FIVE["shuffle_positions"].solution, "pass", ""),
    "magic": ("%matplotlib inline\n" + HEAD + f"    return {RIGHT}", "pass", ""),
    "overwritten": (HEAD + "    return 1\n" + HEAD + f"    return {RIGHT}", "pass", ""),
    "raises_at_the_door": ("x = 1 / 0\n" + HEAD + "    return x", "fail", "ZeroDivisionError"),
    "deleted": ("pass", "not yet", "defines no function shuffle_positions"),
}  # fmt: skip


def notebook(*cells: str) -> str:
    """A notebook with the set-up, and the cells given."""
    made = [nbformat.v4.new_code_cell(source) for source in (SET_UP, *cells)]
    return nbformat.writes(nbformat.v4.new_notebook(cells=made))


def answered(first: str, function: str = "shuffle_positions") -> str:
    """The first exercise of lesson 03 as somebody wrote it, the second right, the rest stubs."""
    rest = [FIVE["batch_gram"].solution, *(FIVE[n].stub for n in [*FIVE][2:])]
    return notebook(first, f"check.shuffle_positions({function})", *rest)


UNUSUAL = """def style_distance(first, second):
    total, count = 0.0, 0
    for name in sorted(first.keys(), reverse=True):
        left, right = first[name].flatten(2)[0], second[name].flatten(2)[0]
        gap = left @ left.T / left.shape[1] - right @ right.T / right.shape[1]
        total, count = total + (gap * gap).sum() / gap.numel(), count + 1
    return total / count"""


@pytest.fixture(scope="module")
def hand_in(tmp_path_factory):
    """Thirty-odd submissions, of all kinds."""
    folder = tmp_path_factory.mktemp("class")
    for name, (source, *_) in STRANGE.items():
        function = "mix" if name == "renamed" else "shuffle_positions"
        (folder / f"{name}.ipynb").write_text(answered(source, function), encoding="utf-8")
    (folder / "all_right.ipynb").write_text(notebook(*(e.solution for e in FIVE.values())))
    (folder / "untouched.ipynb").write_text(notebook(*(e.stub for e in FIVE.values())))
    other = UNUSUAL.replace("total", "summe").replace("gap", "diff").replace("left", "a")
    for name, source in {"anna": UNUSUAL, "bert": f"# my own idea\n{other}"}.items():
        (folder / name).mkdir()
        (folder / name / "03.ipynb").write_text(notebook(source))
    (folder / "essay.ipynb").write_text("Dear teacher, my dog ate it.")
    (folder / "photo.png").write_bytes(b"\x89PNG\r\n")
    (folder / "=cmd.ipynb").write_text(json.dumps({"cells": 3}))
    return folder


@pytest.fixture(scope="module")
def marks(hand_in, tmp_path_factory):
    """What the command writes, read back: by submission, its row; and the page."""
    if sys.platform == "win32":
        pytest.skip("Windows forks no process: each of 170 exercises would take seconds to start")
    out = tmp_path_factory.mktemp("marks")
    began = time.perf_counter()
    words = ["grade", str(hand_in), "--csv", str(out / "marks.csv"), "--html", str(out / "page")]
    assert console.main([*words, "--seconds", "4", "--seed", "5"]) == 0
    print(f"{time.perf_counter() - began:.0f} s for {len(list(hand_in.iterdir()))} submissions")
    with (out / "marks.csv").open(encoding="utf-8-sig", newline="") as file:
        rows = {row["submission"]: row for row in csv.DictReader(file)}
    return rows, (out / "page" / "index.html").read_text(encoding="utf-8")


def test_there_are_thirty(hand_in, marks):
    assert len(marks[0]) == len(list(hand_in.iterdir())) >= 30


@pytest.mark.parametrize("name", STRANGE)
def test_each_is_marked_rightly_and_harms_no_other_exercise(name, marks):
    row, (_, status, sentence) = marks[0][name], STRANGE[name]
    assert row["shuffle_positions"] == status, row["shuffle_positions: sentence"]
    if sys.platform == "linux" or sentence != MUCH:  # a Mac gives as much memory as is asked for
        assert sentence in row["shuffle_positions: sentence"]
    assert row["batch_gram"] == "pass"
    assert [row[n] for n in [*FIVE][2:]] == ["not yet"] * 3
    assert row["points"] == str(1 + (status == "pass"))


@pytest.mark.parametrize(
    ("name", "points", "status"),
    [("all_right", 5, "pass"), ("untouched", 0, "not yet"), ("essay", 0, "not yet"),
     ("photo.png", 0, "not yet"), ("'=cmd", 0, "not yet")],
)  # fmt: skip
def test_the_rest_too(name, points, status, marks):
    row = marks[0][name]
    assert (row["points"], row["of"]) == (str(points), "5")
    assert {row[n] for n in FIVE} == {status}


def test_what_is_no_notebook_is_called_so(marks):
    for name in ("essay", "photo.png", "'=cmd"):
        assert "is not a notebook that can be read" in marks[0][name]["batch_gram: sentence"]


def test_the_page_shows_what_is_alike_and_lets_no_script_in(marks):
    page = marks[1]
    assert "<li>anna and bert: " in page
    assert page.count("<tr>") == len(marks[0]) + 1
    assert "<script" not in page
    assert "http" not in page.partition("</style>")[2].partition("<h2>Alike")[0]


def test_copies_are_found_and_those_who_took_the_usual_way_are_left_in_peace():
    usual = [e.solution for e in FIVE.values()]
    group = [Submission(f"learner {n}", tuple(usual[:4])) for n in range(8)]
    copies = [Submission(name, (UNUSUAL,)) for name in ("anna", "bert")]
    pairs = marking.similar([*group, *copies], list(FIVE))
    assert [(pair.first, pair.second) for pair in pairs] == [("anna", "bert")]


@pytest.mark.parametrize("name", WRITTEN)
def test_solutions_pass_with_fresh_cases_too(name):
    """And the cases are others than those of the check, where it draws any."""
    exercise, solution = vars(check)[name], WRITTEN[name].build(WRITTEN[name].solution)
    fresh = fresh_cases(exercise, good_seeds(exercise, 11))
    verdict = exercise.judge((case, exercise.attempt(solution, case)) for case in fresh)
    assert verdict, verdict
    assert all(repr(case) not in map(repr, exercise.cases) for case in fresh)


def test_most_exercises_of_tensors_have_fresh_cases():
    drawn = [
        name for name, found in vars(check).items() if fresh_cases(found, good_seeds(found, 1))
    ]
    assert len(drawn) >= 15


@pytest.mark.parametrize("pool", [None, ThreadPoolExecutor, ProcessPoolExecutor])
def test_any_executor_will_do(pool):
    executor = pool and pool(1, **({"mp_context": SPAWN} if pool is ProcessPoolExecutor else {}))
    cells = tuple(WRITTEN[name].solution for name in ("paper_beta", "parameter_count"))
    found = list(marking.mark_all([Submission("one", cells)] * 2, ["paper_beta"], executor))
    assert [one.points for one in found] == [1, 1]


ODD = [
    *(None, ..., True, 3, 0.1, float("inf"), "text", [1, (2.5, {"a": None})]),
    *(torch.eye(2), torch.tensor([True]), torch.arange(3), torch.zeros(2, 0), torch.tensor(0.1)),
    *(NotImplementedError("not"), ValueError("so"), RefusedError("no")),
    {"relu1_1": torch.linspace(0, 1, 6).reshape(2, 3).to(torch.bfloat16)},
]


@pytest.mark.parametrize("answer", ODD)
def test_an_answer_arrives_as_it_was_sent(answer):
    (arrived,) = unpack(pack([answer]))
    assert type(arrived) is type(answer)
    assert repr(arrived) == repr(answer)


@pytest.mark.parametrize(
    "answer", [torch.rand(2).to_sparse(), torch.rand(2, dtype=torch.cfloat), object(), {1, 2}, 1j]
)
def test_what_no_exercise_expects_arrives_as_something_wrong(answer):
    (arrived,) = unpack(pack([answer]))
    assert check.batch_gram.judge([(check.batch_gram.cases[0], arrived)]).status == "failed"


def test_lost_workers_are_told_in_the_marks():
    class Broken(ThreadPoolExecutor):
        def submit(self, *_):
            return super().submit(lambda: 1 / 0)

    (one,) = marking.mark_all([Submission("one")], ["paper_beta"], Broken(1))
    assert "could not be marked" in one.marks[0].sentence


def test_lessons_are_those_handed_in_or_asked_for():
    one = Submission("one", ("check.paper_beta(paper_beta)",))
    assert marking.chosen([one], None) == list(exercises("05_choices_that_matter"))
    assert marking.chosen([one], ["02"]) == list(exercises("02_content_reconstruction"))


@pytest.mark.parametrize(
    ("words", "expected"),
    [(["nowhere"], "Cannot read nowhere"), (["empty"], "empty is empty"),
     (["some"], "name the lessons"), (["some", "--lessons", "09"], "choose from 01")],
)  # fmt: skip
def test_a_wrong_word_is_one_sentence(words, expected, tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "text.ipynb").write_text("{}")
    assert console.main(["grade", *words]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert said.count("\n") == 1
