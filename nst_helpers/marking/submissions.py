"""What learners handed in: notebooks, and in them one function an exercise with what it needs."""

import ast
import dis
import re
import warnings
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import CodeType

import nbformat
from IPython.core.inputtransformer2 import TransformerManager

from nst_helpers.errors import NSTError, shown

LARGEST = 50_000_000  # bytes of a notebook; ours have three million
NAMES, STORES = ("LOAD_NAME", "LOAD_GLOBAL"), ("STORE_NAME", "STORE_GLOBAL")


class SubmissionError(NSTError):
    """A function that cannot be taken out of a submission: says why."""


class MissingError(SubmissionError):
    """There is no such function in the submission."""


@dataclass(frozen=True)
class Statement:
    """A top-level statement of a notebook: the global names that it sets and that it reads."""

    source: str
    sets: frozenset[str]
    reads: frozenset[str]


@dataclass(frozen=True)
class Submission:
    """What one learner handed in: the sources of the code cells, and what could not be read."""

    name: str
    cells: tuple[str, ...] = ()
    complaint: str = ""

    @cached_property
    def _parsed(self) -> tuple[list[Statement], dict[str, str]]:
        """The statements, and the cells that are no Python, each with what is wrong."""
        statements, broken = [], {}
        for cell in self.cells:
            try:
                statements += _statements(cell)
            except Exception as fault:  # deep nesting, null characters: anything may be there
                text = (getattr(fault, "text", None) or "").strip()
                broken[cell] = f"{getattr(fault, 'msg', fault)}" + (f" in “{text}”" if text else "")
        return statements, broken

    def program(self, name: str) -> tuple[str, str]:
        """Source that defines the function of the exercise `name`, and what it is called.

        Only what the function needs comes along: its imports, helpers and constants. A function
        of another name counts if the cell with the check names it. Raises SubmissionError.
        """
        statements, broken = self._parsed
        known = set().union(*(statement.sets for statement in statements))
        handed = re.findall(rf"^check\.{name}\((\w+)\)", "\n".join(self.cells), re.M)
        for function in dict.fromkeys([name, *handed]):
            for cell, fault in broken.items():
                if re.search(rf"^def {function}\b", cell, re.M):
                    raise SubmissionError(f"the cell with {function} is not Python: {fault}.")
            if function in known:
                return "\n".join(_needed(statements, function)), function
        raise MissingError(self.complaint or f"the notebook defines no function {name}.")


def _statements(cell: str) -> list[Statement]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # such as those about a backslash
        source = TransformerManager().transform_cell(cell)
        return [_statement(node) for node in ast.parse(source).body]


def _statement(node: ast.stmt) -> Statement:
    code = compile(ast.Module([node], []), "submission", "exec", dont_inherit=True)
    sets = {i.argval for i in dis.get_instructions(code) if i.opname in STORES}
    if isinstance(node, ast.ImportFrom) and node.names[0].name == "*":
        sets.add("*")
    return Statement(ast.unparse(node), frozenset(sets), frozenset(_reads(code)))


def _reads(code: CodeType) -> Iterator[str]:
    """The global names that the code reads, and the functions inside it."""
    for instruction in dis.get_instructions(code):
        if instruction.opname in NAMES:
            yield instruction.argval
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _reads(constant)


def _needed(statements: list[Statement], function: str) -> list[str]:
    """The sources, in order, of the statements that `function` rests on, itself included."""
    wanted, before = {function, "*"}, set()
    while wanted != before:
        before = set(wanted)
        for statement in statements:
            if statement.sets & wanted:
                wanted |= statement.reads
    return [statement.source for statement in statements if statement.sets & wanted]


def read_submissions(folder: Path, but: Collection[Path] = ()) -> list[Submission]:
    """A submission for each file and folder in `folder`, by name; hidden ones and `but` are not.

    In a folder every notebook counts, at any depth. What cannot be read is a complaint. Raises
    SubmissionError if there is nothing to mark.
    """
    out = {path.resolve() for path in but}
    try:
        entries = [path for path in sorted(folder.iterdir()) if path.resolve() not in out]
    except OSError as fault:
        raise SubmissionError(f"Cannot read {shown(folder)}: {fault.strerror}.") from fault
    found = [_read(entry) for entry in entries if not entry.name.startswith(".")]
    if not found:
        raise SubmissionError(f"{shown(folder)} is empty: put the submissions into it.")
    return found


def _read(entry: Path) -> Submission:
    inside = entry.rglob("*.ipynb") if entry.is_dir() else [entry]
    paths = sorted(path for path in inside if ".ipynb_checkpoints" not in path.parts)
    cells, complaints = [], [] if paths else ["the folder holds no notebook."]
    for path in paths:
        try:
            cells += _code(path)
        except Exception:  # anything may have been handed in
            complaints.append(f"{shown(path.name)} is not a notebook that can be read.")
    return Submission(entry.name.removesuffix(".ipynb"), tuple(cells), *complaints[:1])


def _code(path: Path) -> list[str]:
    if path.suffix != ".ipynb" or path.stat().st_size > LARGEST:
        raise ValueError(path)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # an old notebook has no names for its cells
        cells = nbformat.read(path, as_version=4).cells
    return [cell.source for cell in cells if cell.cell_type == "code"]
