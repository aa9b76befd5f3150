"""A pytest plugin: how much memory each notebook's kernel took, where nbval runs it anyway.

`pytest -p nbval --nbval-lax -p tests.peaks notebooks`. After the last cell of a notebook, while
its kernel still lives, the system is asked for the most memory that this process ever held. More
than the notebook may take is an error of that cell, and so is no answer. All peaks are listed at
the end. Systems other than Linux do not tell it; there the list says so.
"""

import os
import sys

import pytest

from tools.run_notebooks import peak_memory

# two workers on two cores: threads that wait awake would take each other's time
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ["OMP_NUM_THREADS"] = "1"

LIMITS = {  # GB; 00 and 03 paint at 384 px, and 05 and 06 at several sizes
    "00_start_here": 1.3,
    "03_style_reconstruction": 1.3,
    "04_style_transfer": 1.5,
    "05_choices_that_matter": 1.3,
    "06_beyond": 1.3,
}
OTHERS = 1.2


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item, nextitem):
    """Once the kernel has run its last cell, read its peak; then let nbval stop it."""
    notebook, fault = item.parent, None
    kernel = getattr(notebook, "kernel", None)
    if kernel and getattr(nextitem, "parent", None) is not notebook:
        name, peak = notebook.path.stem, peak_memory(kernel.km.provisioner.pid)
        item.user_properties.append(("peak", (name, peak)))
        fault = complaint(name, peak)
    result = yield
    if fault:
        pytest.fail(fault, pytrace=False)
    return result


def complaint(name: str, peak: float | None) -> str | None:
    """What is wrong with the peak, in GB, of the notebook `name`; None if nothing is."""
    limit = LIMITS.get(name, OTHERS)
    if peak is None and sys.platform == "linux":
        return f"The kernel of {name} ended before its peak could be read."
    if peak is None or peak <= limit:
        return None
    return (
        f"The kernel of {name} took {peak:.2f} GB at its peak, and its limit is {limit} GB: "
        "hold fewer networks and runs at a time."
    )


def pytest_terminal_summary(terminalreporter):
    """One line a notebook; with several workers their reports arrive here too."""
    reports = [report for found in terminalreporter.stats.values() for report in found]
    peaks = sorted(
        value
        for report in reports
        if getattr(report, "when", None) == "teardown"
        for name, value in report.user_properties
        if name == "peak"
    )
    if peaks:
        terminalreporter.section("most memory that each kernel held")
    for name, peak in peaks:
        terminalreporter.line(f"{name:26} {f'{peak:.2f} GB' if peak else 'not told here'}")
