"""Reads the exercises out of a notebook: stubs, solutions, and the names of their checks."""

import ast
import contextlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from nst_helpers.checks import check
from nst_helpers.checks.exercise import Verdict

NOTEBOOKS = Path(__file__).resolve().parent.parent / "notebooks"
HEADING = re.compile(r"^### Exercise \d+: (.+)$", re.MULTILINE)
CHECK = re.compile(r"\bcheck\.(\w+)\((\w+)\)")
SOLUTION = re.compile(
    r"<details>\s*<summary>Solution</summary>\s*```python\n(.*?)```\s*</details>", re.DOTALL
)
DEFINITIONS = (ast.Import, ast.ImportFrom, ast.FunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Exercise:
    """One exercise as the notebook states it; `check` and `function` are names."""

    notebook: str
    title: str
    check: str
    function: str
    stub: str
    solution: str

    def build(self, source: str) -> Callable:
        """The learner's function, made by running `source` in the notebook's namespace."""
        names = namespace(self.notebook)
        exec(source, names)
        return names[self.function]

    def verdict(self, source: str) -> Verdict:
        """What the check says of the function that `source` defines."""
        return getattr(check, self.check)(self.build(source))


def exercises(notebook: str) -> dict[str, Exercise]:
    """The exercises of `notebook` (a name without ending), by the name of their check."""
    cells = nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells
    starts = [number for number, cell in enumerate(cells) if _is_exercise(cell)]
    sections = [number for number, cell in enumerate(cells) if _is_section(cell)]
    stops = [*starts, *sections, len(cells)]
    ends = [min(stop for stop in stops if stop > start) for start in starts]
    found = [_read(notebook, cells[a:b]) for a, b in zip(starts, ends, strict=True)]
    return {exercise.check: exercise for exercise in found}


def _is_exercise(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "markdown" and HEADING.search(cell.source) is not None


def _is_section(cell: nbformat.NotebookNode) -> bool:
    return cell.cell_type == "markdown" and cell.source.startswith("## ")


def _read(notebook: str, cells: list[nbformat.NotebookNode]) -> Exercise:
    title = HEADING.search(cells[0].source)[1]
    code = [cell.source for cell in cells if cell.cell_type == "code"]
    name, function = next(found for source in code if (found := CHECK.search(source))).groups()
    stub = next(source for source in code if f"def {function}(" in source)
    prose = "\n".join(cell.source for cell in cells if cell.cell_type == "markdown")
    (solution,) = SOLUTION.findall(prose)
    return Exercise(notebook, title, name, function, stub, solution)


def namespace(notebook: str) -> dict[str, Any]:
    """What the notebook imports and defines, without running anything else in it."""
    cells = nbformat.read(NOTEBOOKS / f"{notebook}.ipynb", as_version=4).cells
    code = (cell.source for cell in cells if cell.cell_type == "code")
    names: dict[str, Any] = {"__name__": "__main__"}
    for source in code:
        for statement in ast.parse(source).body:
            if isinstance(statement, DEFINITIONS):
                # a default argument may need a value that only a run would compute
                with contextlib.suppress(NameError):
                    exec(compile(ast.Module([statement], []), notebook, "exec"), names)
    return names
