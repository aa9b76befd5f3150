"""Two editions of the notebooks (`make student`, `make instructor`), made from the committed ones.

The student's has no solutions, no outputs in the exercises and no answers to the guesses; the
instructor's has everything unfolded, the teaching notes beside it, and the solutions as pages.
`NBGRADER=1 make student` adds the cell metadata of nbgrader.
"""

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from tools.slides.notes import Notes, teaching_notes

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS, BUILD = ROOT / "notebooks", ROOT / "build"
EXERCISE = re.compile(r"^### Exercise \d+: |^## A first exercise$", re.M)
EXPERIMENT = re.compile(r"^(?=### Experiment: )", re.M)
HEADING = re.compile(r"^#{1,2} (.+)$", re.M)
CHECK = re.compile(r"^check\.(\w+)\((\w+)\)$", re.M)
FOLDED = r"\s*<details>\s*<summary>(?:{})</summary>(.*?)</details>"
SOLUTION = re.compile(FOLDED.format("Solution|One way to do it"), re.S)
RUBRIC = re.compile(FOLDED.format("What a good answer says"), re.S)
ANSWER = re.compile(FOLDED.format("Solution|One way to do it|What a good answer says"), re.S)
OUTSIDE = re.compile(r"\[([^\]]+)\]\(\.\./[^)]+\)")  # a link to what only the repository has
BADGES = re.compile(r"^\[!\[.*$\n*", re.M)  # they lead to the edition with the solutions
FOLD = "<details><summary>What the course says</summary>\n\n{}\n\n</details>"
READ_ME = """# Neural style transfer: the notebooks of the class

Install the course's package as your instructor says, start JupyterLab in this folder, and open
`00_start_here.ipynb`. The pictures are in `images`; nothing is downloaded. The checks of the
exercises tell you at once whether your function is right.
"""


def student(notebook: NotebookNode, nbgrader: bool = False) -> NotebookNode:
    """What a learner gets: nothing in it answers a question before the learner has."""
    guessing = exercises = False
    cells: list[NotebookNode] = []
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            # an exercise ends where the next section begins
            exercises = bool(EXERCISE.search(cell.source)) or (
                exercises and not HEADING.search(cell.source)
            )
            cell.source = BADGES.sub("", _unanswered(cell.source)).strip()
            guessing = _fold_answer(cell) if guessing else _asks(cell)
        elif guessing or exercises:
            cell.outputs, cell.execution_count = [], None
        cells += _for_nbgrader(cell) if nbgrader and exercises else [cell]
    notebook.cells = [cell for cell in cells if cell.source]
    return notebook


def _unanswered(text: str) -> str:
    """`text` without solutions. What a good answer says stays with an experiment, where it only
    names what to look at; elsewhere it describes the picture that was to be guessed.
    """
    exercise, *experiment = EXPERIMENT.split(SOLUTION.sub("", text), maxsplit=1)
    return RUBRIC.sub("", exercise) + "".join(experiment)


def _asks(cell: NotebookNode) -> bool:
    """Whether the cell asks for a guess; the answer is what follows, to the end of the section."""
    return "notes" in cell.metadata.get("tags", [])


def _fold_answer(cell: NotebookNode) -> bool:
    """Fold what the cell says before the next heading; whether the answer goes on after it."""
    if _asks(cell):
        return True
    heading = HEADING.search(cell.source)
    end = heading.start() if heading else len(cell.source)
    answer, rest = cell.source[:end].strip(), cell.source[end:]
    cell.source = "\n\n".join(filter(None, [answer and FOLD.format(answer), rest]))
    return heading is None


def _for_nbgrader(cell: NotebookNode) -> Iterator[NotebookNode]:
    """The cell, marked for nbgrader; after the call of a check, a cell that fails if it does."""
    check, stub = CHECK.search(cell.source), re.search(r"^def (\w+)\(", cell.source, re.M)
    if cell.cell_type == "code" and stub:
        # what stands between the marks is replaced by a line that says "your code here"
        marks = "    ### BEGIN SOLUTION\n    ...\n    ### END SOLUTION"
        cell.source = re.sub(r"^ {4}\.\.\.$", marks, cell.source, flags=re.M)
        cell.metadata["nbgrader"] = _rights(stub[1], solution=True)
    yield cell
    if cell.cell_type == "code" and check:
        name, function = check.groups()
        source = f"verdict = check.{name}({function})\nassert verdict, verdict"
        graded = nbformat.v4.new_code_cell(source, id=f"{cell.id}-graded")
        graded.metadata["nbgrader"] = {**_rights(f"check-{name}", grade=True), "points": 1}
        yield graded


def _rights(name: str, solution: bool = False, grade: bool = False) -> dict:
    kinds = {"grade": grade, "solution": solution, "locked": grade, "task": False}
    return {"schema_version": 3, "grade_id": name, "cell_type": "code", **kinds}


def instructor(notebook: NotebookNode, notes: Notes) -> NotebookNode:
    """Everything, unfolded, with what TEACHING.md says of each section below its heading."""
    number = HEADING.search(notebook.cells[0].source)[1][:2]
    cells = []
    for cell in notebook.cells:
        titles = HEADING.findall(cell.source) if cell.cell_type == "markdown" else []
        cell.source = cell.source.replace("<details>", "<details open>")
        cells.append(cell)
        for place, title in enumerate(titles):
            if note := notes.get((number, title)):
                text = "\n".join(f"> {line}" for line in f"**{title}**, {note}".splitlines())
                new = nbformat.v4.new_markdown_cell(text, id=f"{cell.id}-notes-{place}")
                cells.append(new)
    notebook.cells = cells
    return notebook


def solutions(notebook: NotebookNode) -> str:
    """The exercises of a notebook and their solutions, as a page of Markdown; "" without any."""
    page, begun = [HEADING.search(notebook.cells[0].source)[0]], False
    for cell in notebook.cells:
        if cell.cell_type != "markdown":
            continue
        exercise, *experiment = EXPERIMENT.split(cell.source, maxsplit=1)
        if EXERCISE.search(exercise):
            page.append(re.sub("^##+ ", "## ", exercise))
            begun = True
        elif begun:
            page += [found.strip() for found in ANSWER.findall(exercise)]
        page += [ANSWER.sub(r"\n\n\1", text).replace("### ", "## ", 1) for text in experiment]
    return "\n\n".join(page) + "\n" if begun else ""


def write_student(folder: Path, nbgrader: bool = False) -> Path:
    """The student's edition in `folder`, and beside it as a zip, whose path is returned."""
    _write_all(folder, lambda notebook: student(notebook, nbgrader))
    (folder / "README.md").write_text(READ_ME, encoding="utf-8")
    return Path(shutil.make_archive(str(folder), "zip", folder.parent, folder.name))


def write_instructor(folder: Path) -> None:
    """The instructor's edition in `folder`, with the page of solutions of each lesson."""
    guide = ROOT / "TEACHING.md"
    notes = teaching_notes(guide.read_text(encoding="utf-8"))
    _write_all(folder, lambda notebook: instructor(notebook, notes))
    shutil.copy(guide, folder)
    (folder / "solutions").mkdir()
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        if page := solutions(nbformat.read(path, as_version=4)):
            (folder / "solutions" / f"{path.stem}.md").write_text(page, encoding="utf-8")


def _write_all(folder: Path, edit: Callable[[NotebookNode], NotebookNode]) -> None:
    """Every notebook as `edit` gives it back, with the pictures that the notebooks need."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(NOTEBOOKS / "assets", folder / "assets")
    for kind in ("content", "style"):
        shutil.copytree(ROOT / "images" / kind, folder / "images" / kind)
    shutil.copy(ROOT / "NOTICE", folder)
    for path in sorted(NOTEBOOKS.glob("*.ipynb")):
        notebook = edit(nbformat.read(path, as_version=4))
        for cell in notebook.cells:
            if cell.cell_type == "markdown":
                cell.source = OUTSIDE.sub(r"\1", cell.source)
        nbformat.write(notebook, folder / path.name)


def main(which: str) -> None:
    if which == "student":
        print(write_student(BUILD / "student", bool(os.environ.get("NBGRADER"))))
    else:
        write_instructor(BUILD / "instructor")
        print(BUILD / "instructor")


if __name__ == "__main__":
    main(sys.argv[1])
