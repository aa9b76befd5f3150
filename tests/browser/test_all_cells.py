"""Every notebook in a real JupyterLab: all cells run, and nothing leaves the machine.

NST_BROWSER_NOTEBOOKS chooses: names separated by commas, or "all".
"""

import os
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
CHOSEN = os.environ.get("NST_BROWSER_NOTEBOOKS", "00_start_here,04_style_transfer")
EVERY = [path.stem for path in sorted(FOLDER.glob("*.ipynb"))]
NAMES = EVERY if CHOSEN == "all" else CHOSEN.split(",")

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", NAMES)
def test_all_cells_run(name, open_notebook, screenshots):
    assert name in EVERY, f"There is no notebooks/{name}.ipynb: mend NST_BROWSER_NOTEBOOKS."
    notebook = open_notebook(f"notebooks/{name}.ipynb")
    notebook.run_all_cells(seconds=300)
    notebook.page.screenshot(path=screenshots / f"{name}.png")
    assert notebook.errors() == []
    assert notebook.page_errors == []
    assert notebook.foreign_requests == []
