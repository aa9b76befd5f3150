"""Execute the notebooks in place, as they are committed (`make notebooks`).

`make notebooks NAMES="00_start_here 01_cnn_basics"` runs only those.
"""

import re
import sys
import time
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parent.parent / "notebooks"
CELL_SECONDS = 180


def execute(path: Path) -> str:
    """Run every cell from a fresh kernel and write the outputs back; returns what that took."""
    notebook, peaks = nbformat.read(path, as_version=4), []
    # widget state is large, goes stale, and makes GitHub call a notebook invalid
    client = NotebookClient(
        notebook,
        timeout=CELL_SECONDS,
        store_widget_state=False,
        coalesce_streams=True,
        record_timing=False,
        resources={"metadata": {"path": str(FOLDER)}},
    )
    # after each cell, for after the last one the kernel is gone
    client.on_cell_executed = lambda **_: peaks.append(peak_memory(client.km.provisioner.pid))
    started = time.perf_counter()
    client.execute()
    seconds = time.perf_counter() - started
    tidy(notebook)
    nbformat.write(notebook, path)
    return f"{seconds:.0f} s" + (f", {peaks[-1]:.2f} GB at most" if peaks[-1] else "")


def peak_memory(process: int) -> float | None:
    """The most memory that a living `process` has held so far, in GB; only Linux tells it."""
    status = Path(f"/proc/{process}/status")
    found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text() if status.exists() else "")
    return int(found[1]) * 1024 / 1e9 if found else None


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
        print(f"{path.stem}: {execute(path)}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
