"""Notebooks as learners run them: from the middle, twice over, anywhere, without warnings."""

from collections.abc import Iterator
from pathlib import Path

import nbformat
import pytest
from kernels import Kernel, running_kernel

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
NOTEBOOKS = sorted(FOLDER.glob("*.ipynb"))
STRICT = "import warnings; warnings.simplefilter('error')"


def code_cells(path: Path) -> list[tuple[str, str]]:
    """Name and source of each code cell."""
    cells = nbformat.read(path, as_version=4).cells
    return [(cell.id, cell.source) for cell in cells if cell.cell_type == "code"]


def run_cells(kernel: Kernel, cells: list[tuple[str, str]]) -> None:
    for name, source in cells:
        kernel.run(source, name)
    assert kernel.said == "", "something was said on standard error"


@pytest.fixture
def kernel(tmp_path) -> Iterator[Kernel]:
    """Far from the notebooks, where a warning is an error."""
    with running_kernel(tmp_path) as kernel:
        kernel.run(STRICT)
        yield kernel


def run_in_parts_and_again(kernel: Kernel, path: Path) -> None:
    """Set up three times, run up to the middle, the rest twice, and all again."""
    cells = code_cells(path)
    middle = len(cells) // 2
    run_cells(kernel, [cells[0]] * 3)
    run_cells(kernel, cells[:middle])
    run_cells(kernel, cells[middle:] + cells[middle:])
    run_cells(kernel, cells)


@pytest.mark.soak
@pytest.mark.parametrize("path", NOTEBOOKS, ids=lambda path: path.stem)
def test_every_notebook_in_parts_and_again(kernel, path):
    run_in_parts_and_again(kernel, path)
