"""The student's edition gives nothing away, and the instructor's holds everything."""

import json
import os
import re
import subprocess
import sys
import zipfile

import nbformat
import pytest
from exercises import NOTEBOOKS, exercises

from tools.editions import BUILD, instructor, main, solutions, student, write_student
from tools.slides.notes import teaching_notes

PATHS = sorted(NOTEBOOKS.glob("*.ipynb"))


@pytest.fixture(params=PATHS, ids=lambda path: path.stem)
def path(request):
    return request.param


def read(path):
    return nbformat.read(path, as_version=4)


@pytest.fixture
def edition(path):
    return student(read(path))


def text(notebook) -> str:
    return json.dumps(notebook, ensure_ascii=False)


def code(notebook) -> list[str]:
    return [cell.source for cell in notebook.cells if cell.cell_type == "code"]


def test_no_solution_is_left_and_every_check_stands(path, edition):
    everything = "\n".join(cell.source for cell in edition.cells)
    assert not re.search("<summary>(Solution|One way to do it)", everything)
    for name, exercise in exercises(path.stem).items():
        body = exercise.solution.partition("\n")[2].strip()
        assert exercise.solution.strip() not in everything
        assert body not in everything.partition("## Exercises")[2]
        assert f"check.{name}({exercise.function})" in code(edition)
        assert exercise.stub in code(edition)
    assert code(edition) == code(read(path)), "the code is that of the course"


def test_no_guess_is_answered_and_no_exercise_has_outputs(edition):
    """Counted apart from the tool: from a question or an exercise to the next heading."""
    guess = exercise = False
    for cell in edition.cells:
        if cell.cell_type == "markdown":
            ends = re.match(r"##? ", cell.source)
            begins = re.search(r"(?mi)^##.*\bexercise\b", cell.source)
            exercise = bool(begins) or (exercise and not ends)
            visible = re.sub(r"<details>.*?</details>", "", cell.source, flags=re.S).strip()
            asks = "Guess first" in visible
            guess = asks or (guess and not visible.startswith("## "))
            assert asks or not guess or not visible, f"an answer in sight: {visible[:80]}"
        elif guess or exercise:
            assert cell.outputs == []
            assert cell.execution_count is None


def test_a_rubric_stays_with_an_open_experiment_only(path, edition):
    """Lesson 00's first exercise asks for a guess, and what a good answer says would give it."""
    asked, given = (
        "\n".join(cell.source for cell in notebook.cells) for notebook in (read(path), edition)
    )
    rubrics = asked.count("What a good answer says")
    assert given.count("What a good answer says") == (0 if path.stem[:2] == "00" else rubrics)
    for piece in given.split("What a good answer says")[:-1]:
        assert piece.rpartition("\n### ")[2].startswith("Experiment: ")
    assert given.count("### Experiment: ") == asked.count("### Experiment: ")


def test_questions_and_pictures_remain(path, edition):
    asked = "\n".join(cell.source for cell in read(path).cells).count("Guess first")
    assert "\n".join(cell.source for cell in edition.cells).count("Guess first") == asked
    assert any(cell.get("outputs") for cell in edition.cells)
    nbformat.validate(edition)


def test_nothing_leads_to_the_edition_with_solutions(edition):
    assert "colab.research" not in edition.cells[0].source
    assert edition.cells[0].source.startswith("# ")


def test_nbgrader_gets_a_cell_to_write_and_one_to_grade(path):
    notebook = student(read(path), nbgrader=True)
    marked = [cell for cell in notebook.cells if "nbgrader" in cell.metadata]
    names = [cell.metadata.nbgrader.grade_id for cell in marked]
    assert len(set(names)) == len(names) == 2 * len(exercises(path.stem))
    for cell in marked:
        rights = cell.metadata.nbgrader
        assert rights.grade != rights.solution
        assert ("### BEGIN SOLUTION" in cell.source) == rights.solution
        assert rights.get("points") == (1 if rights.grade else None)
    nbformat.validate(notebook)


def test_the_instructors_has_everything_unfolded(path):
    notes = teaching_notes((NOTEBOOKS.parent / "TEACHING.md").read_text(encoding="utf-8"))
    notebook = instructor(read(path), notes)
    assert code(notebook) == code(read(path)), "it runs as the course does"
    everything = text(notebook)
    assert "<details>" not in everything
    said = sum(cell.source.startswith("> **") for cell in notebook.cells)
    assert said == sum(number == path.stem[:2] for number, _ in notes)
    nbformat.validate(notebook)


def test_the_solutions_are_a_page(path):
    page = solutions(read(path))
    for exercise in exercises(path.stem).values():
        assert exercise.solution.strip() in page
        assert f": {exercise.title}\n" in page
    everything = "\n".join(cell.source for cell in read(path).cells)
    assert page.count("## Experiment: ") == everything.count("### Experiment: ")
    for answer in re.findall(r"<summary>[OW].*?</summary>\s*(.*?)\s*</details>", everything, re.S):
        assert answer in page
    assert "details" not in page


def test_the_students_folder_stands_alone(tmp_path):
    archive = write_student(tmp_path / "student")
    with zipfile.ZipFile(archive) as packed:
        packed.extractall(tmp_path / "home")
    home = tmp_path / "home" / "student"
    for path in home.glob("*.ipynb"):
        for target in re.findall(r"\]\(([^)#]+)\)", path.read_text(encoding="utf-8")):
            assert "://" in target or (home / target).exists(), target
    program = "from nst_helpers import samples; print(samples('content')['cat'])"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=home, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": str(NOTEBOOKS.parent), "NST_IMAGES": "images"},
    )  # fmt: skip
    assert done.stdout.strip() == os.path.join("images", "content", "cat.jpg"), done.stderr


def test_make_writes_where_git_does_not_look(monkeypatch, tmp_path, capsys):
    assert BUILD.name == "build"
    monkeypatch.setattr("tools.editions.BUILD", tmp_path)
    main("instructor")
    found = {path.name for path in (tmp_path / "instructor" / "solutions").iterdir()}
    assert found == {f"{path.stem}.md" for path in PATHS}
