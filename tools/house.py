"""The map of the house, docs/house.md, drawn from the code (`make house`)."""

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = ROOT / "nst_helpers"
PAGE = ROOT / "docs" / "house.md"
FILES = sorted(PACKAGE.rglob("*.py"))
OPENING = """\
# A map of the house

`make house` draws this page from the code: each line is what a module says of itself, and the
imports are those in the files. Imports only point downwards; `tests/test_structure.py` holds the
table of what may import what. Tests are in `tests`, one file a module or a habit; what makes pages,
slides and pictures is in `tools`; races against other programs are in `benchmarks`.
"""


def imports(path: Path) -> set[str]:
    """The modules of the package that a file imports, at any depth, by their dotted names."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return {name for name in found if name.startswith("nst_helpers.")}


def wing(name: str) -> str:
    return name.split(".")[1]


def module(path: Path) -> str:
    return ".".join(path.relative_to(PACKAGE.parent).with_suffix("").parts)


def summary(path: Path) -> str:
    """The first sentence of a module's docstring, on one line."""
    first = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))).split("\n\n")[0]
    return " ".join(first.split())


def page() -> str:
    """The whole page: the root, then the wings, each with its rooms."""
    folders = sorted({path.parent for path in FILES} - {PACKAGE}, key=_height, reverse=True)
    rooms = [(PACKAGE, "The root"), *((folder, f"`{folder.name}`") for folder in folders)]
    return "\n".join([OPENING, *(_wing(folder, title) for folder, title in rooms)])


def _height(folder: Path) -> tuple[int, str]:
    """How many wings stand below this one, and its name."""
    below, waiting = set(), [folder.name]
    while waiting:
        found = _wings_used(PACKAGE / waiting.pop()) - below
        below |= found
        waiting += found
    return len(below), folder.name


def _wings_used(folder: Path) -> set[str]:
    used = {wing(name) for path in folder.glob("*.py") for name in imports(path)}
    return {name for name in used - {folder.name} if (PACKAGE / name).is_dir()}


def _wing(folder: Path, title: str) -> str:
    files = [path for path in FILES if path.parent == folder]
    rows = [f"| `{path.stem}` | {summary(path)} |" for path in files if path.stem != "__init__"]
    below = ", ".join(f"`{name}`" for name in sorted(_wings_used(folder)))
    facts = f"{summary(folder / '__init__.py')} Imports {below or 'no other folder'}."
    return "\n".join(
        [f"## {title}\n", f"{facts}\n", "| module | what it is |", "| --- | --- |", *rows, ""]
    )


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
