"""The plugin `peaks`, which reads each kernel's peak where `make notebook-tests` runs it anyway.

No notebook of the course is executed here: these tests show that the plugin speaks up, and that
the Makefile loads it.
"""

import subprocess
import sys
from pathlib import Path

import nbformat
import peaks
import pytest

ROOT = Path(__file__).resolve().parent.parent
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BLOCK = "block = 'x' * 50_000_000"
needs_proc = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="only Linux tells the peak of another process"
)


def run_under_nbval(folder: Path, limit: float, *cells: str) -> subprocess.CompletedProcess:
    """A notebook of these cells and a limit in GB, run as `make notebook-tests` runs its own."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(notebook, folder / "small.ipynb")
    (folder / "conftest.py").write_text(f"from tests import peaks\npeaks.OTHERS = {limit}\n")
    command = f"{sys.executable} -m pytest -p nbval --nbval-lax --nbval-current-env".split()
    command += ["-p", "tests.peaks", "-p", "no:randomly", folder]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True)


@needs_proc
def test_a_kernel_within_its_limit_is_only_listed(tmp_path):
    done = run_under_nbval(tmp_path, 1.0, BLOCK, "1 + 1")
    assert done.returncode == 0, done.stdout
    taken = next(line for line in done.stdout.splitlines() if line.startswith("small "))
    assert 0.05 < float(taken.split()[1]) < 0.5


@needs_proc
def test_a_kernel_beyond_its_limit_is_an_error(tmp_path):
    done = run_under_nbval(tmp_path, 0.05, BLOCK, "1 + 1")
    assert done.returncode == 1, done.stdout
    assert "The kernel of small took 0." in done.stdout
    assert "2 passed, 1 error" in done.stdout


@needs_proc
def test_a_kernel_that_is_gone_is_an_error():
    nobody = 2**22 + 1  # more than a system numbers
    assert peaks.peak_memory(nobody) is None
    assert peaks.complaint("small", None) == (
        "The kernel of small ended before its peak could be read."
    )


def test_the_limits_are_of_notebooks_that_exist():
    assert set(peaks.LIMITS) <= {path.stem for path in NOTEBOOKS}


def test_the_notebooks_are_run_with_the_plugin():
    lines = (ROOT / "Makefile").read_text().splitlines()
    running = [line for line in lines if "nbval-lax" in line]
    assert running, "The Makefile runs the notebooks no more."
    assert all("-p tests.peaks" in line for line in running), "Nobody reads the kernels' peaks."
