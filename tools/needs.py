"""Which cells a plan's sections need before they run (`python -m tools.needs 90`).

A class that skips sections still needs their imports and definitions. What a cell reads and
what it defines is told by its names, so nothing is run.
"""

import ast
import builtins
import symtable
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat

from tools.plans import DATA, ROOT, Part, Session, chosen, sessions

KNOWN = {*dir(builtins), "__name__", "__file__"}


@dataclass(frozen=True)
class Cell:
    """A code cell: its number in the notebook, its section, the names it defines and reads."""

    number: int
    section: str
    source: str
    defines: frozenset[str]
    reads: frozenset[str]


@dataclass(frozen=True)
class Needs:
    """Cells to run before a part, its own, and the names that none of them defines."""

    part: Part
    before: tuple[Cell, ...]
    own: tuple[Cell, ...]
    missing: frozenset[str]


def code_cells(path: Path) -> list[Cell]:
    """The code cells of a notebook; a number counts all cells, as an editor does."""
    section, found = "", []
    for number, cell in enumerate(nbformat.read(path, as_version=4).cells):
        if cell.cell_type == "markdown":
            titles = [line[3:] for line in cell.source.splitlines() if line.startswith("## ")]
            section = titles[-1] if titles else section
        elif cell.cell_type == "code":
            found.append(Cell(number, section, cell.source, *names(cell.source)))
    return found


def names(source: str) -> tuple[frozenset[str], frozenset[str]]:
    """What a cell defines for later cells, and what earlier cells must have defined."""
    defined, read, inside = set(), set(), set()
    for statement in ast.parse(source).body:
        table = symtable.symtable(ast.unparse(statement), "cell", "exec")
        bound = {s.get_name() for s in table.get_symbols() if s.is_assigned() or s.is_imported()}
        used = {s.get_name() for s in table.get_symbols() if s.is_referenced()}
        if isinstance(statement, ast.AugAssign):
            used |= bound
        elif not isinstance(statement, ast.Assign):  # a loop binds its name before it is read
            used -= bound
        within = set(_globals(table))
        if isinstance(statement, ast.FunctionDef):  # it reads them when it is called
            inside |= within
        else:
            used |= within - bound
        read |= used - defined
        defined |= bound
    return frozenset(defined), frozenset((read | (inside - defined)) - KNOWN)


def _globals(table: symtable.SymbolTable) -> Iterator[str]:
    """What functions and comprehensions in the statement read from outside of it."""
    for child in table.get_children():
        yield from (s.get_name() for s in child.get_symbols() if s.is_global())
        yield from _globals(child)


def needs(cells: list[Cell], part: Part, done: set[int]) -> Needs:
    """What `part` needs besides the cells whose numbers are `done`, the latest definition first."""
    own = [cell for cell in cells if part.all or cell.section == part.section]
    wanted, before = set(), []
    for cell in reversed(cells[: cells.index(own[-1]) + 1] if own else []):
        taken = cell in own or (cell.defines & wanted)
        if taken:
            wanted = wanted - cell.defines | cell.reads
            if cell not in own and cell.number not in done:
                before.append(cell)
    return Needs(part, tuple(reversed(before)), tuple(own), frozenset(wanted))


def session_needs(session: Session) -> Iterator[Needs]:
    """For each section of the session what to run before it; what has been run stays."""
    done: dict[str, set[int]] = {}
    for part in session.parts:
        if part.lesson and not part.exercises:
            (path,) = (ROOT / "notebooks").glob(f"{part.lesson}_*.ipynb")
            cells, ran = code_cells(path), done.setdefault(part.lesson, set())
            found = needs(cells, part, ran)
            ran |= {cell.number for cell in found.before}
            ran |= {cell.number for cell in cells if cell.section == part.section}
            yield found


def in_words(found: Needs) -> str:
    """One line a group of cells: under which heading it stands and what it defines."""
    lines = [f"{found.part.lesson} {found.part}"]
    for cell in found.before:
        first = next(line for line in cell.source.splitlines() if not line.startswith("#"))
        lines.append(f"  run the cell `{first}` under {cell.section or 'the title'}")
    return "\n".join(lines)


if __name__ == "__main__":
    try:
        for one in chosen(sessions(DATA.read_text(encoding="utf-8")), " ".join(sys.argv[1:])):
            print(*[in_words(found) for found in session_needs(one)], sep="\n")
    except ValueError as error:
        sys.exit(str(error))
