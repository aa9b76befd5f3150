"""Every notebook in a real JupyterLab: all cells run, and nothing leaves the machine.

NST_BROWSER_NOTEBOOKS chooses: names separated by commas, or "all".
"""

import os
from pathlib import Path

import pytest
from driver import Studio
from lab import Notebook

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
CHOSEN = os.environ.get("NST_BROWSER_NOTEBOOKS", "00_start_here,04_style_transfer")
EVERY = [path.stem for path in sorted(FOLDER.glob("*.ipynb"))]
NAMES = EVERY if CHOSEN == "all" else CHOSEN.split(",")

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("name", NAMES)
def test_all_cells_run(name, open_notebook, screenshots):
    assert name in EVERY, f"There is no notebooks/{name}.ipynb: correct NST_BROWSER_NOTEBOOKS."
    notebook = open_notebook(f"notebooks/{name}.ipynb")
    notebook.run_all_cells(seconds=300)
    notebook.page.screenshot(path=screenshots / f"{name}.png")
    if name.startswith("04"):
        drive_the_lessons_studio(notebook)
    assert notebook.errors() == []
    assert notebook.page_errors == []
    assert notebook.foreign_requests == []


def drive_the_lessons_studio(notebook: Notebook) -> None:
    """The studio stands where the lesson left it, and still answers to hands."""
    studio = Studio(notebook)
    notebook.kernel("setattr(studio.controls.steps, 'value', 5000)")
    studio.box.scroll_into_view_if_needed()
    studio.press("Run")
    studio.await_steps()
    assert studio.frames(3) > 0.5
    before = notebook.kernel("studio.painting.objective.beta")
    studio.slider("β style").press("ArrowRight")
    studio.await_steps()
    assert notebook.kernel("studio.painting.objective.beta") > before
    studio.press("Pause")
    studio.await_status("Paused")
    stood = studio.steps()
    assert studio.frames(1) == 0
    studio.press("Resume")
    studio.await_steps()
    assert studio.steps() > stood
    studio.press("Stop")
    studio.await_status("Stopped")
