"""Execute the notebooks in place, as they are committed (`make notebooks`).

`make notebooks NAMES="00_start_here 01_cnn_basics"` runs only those.
"""

import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
CELL_SECONDS = 180


def execute(path: Path) -> float:
    """Run every cell from a fresh kernel and write the outputs back; returns the seconds."""
    notebook = nbformat.read(path, as_version=4)
    # widget state is large, goes stale, and makes GitHub call a notebook invalid
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        store_widget_state=False,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    started = time.perf_counter()
    client.execute()
    tidy(notebook)
    nbformat.write(notebook, path)
    return time.perf_counter() - started


def tidy(notebook: nbformat.NotebookNode) -> None:
    """Keep only the metadata that a reader needs."""
    notebook.metadata = {
        "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
        "language_info": {"name": "python"},
    }
    for number, cell in enumerate(notebook.cells):
        tags = cell.metadata.get("tags")
        cell.metadata = {"tags": tags} if tags else {}
        cell.id = f"cell-{number}"


def main(names: list[str]) -> None:
    paths = [FOLDER / f"{name}.ipynb" for name in names] or sorted(FOLDER.glob("*.ipynb"))
    for path in paths:
        print(f"{path.stem}: {execute(path):.0f} s", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
