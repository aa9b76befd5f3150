"""Freed memory is kept within a run and goes back to the system after it."""

import ctypes
import gc
import sys
from statistics import median

import psutil
import pytest
import torch

from nst_helpers.engine import device, run
from nst_helpers.transfer import stylize

GNU = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt")
needs_gnu = pytest.mark.skipif(not GNU, reason="only the GNU C library offers it")
BLOCK = 10_000_000  # float32 values: 40 MB, ten thousand pages


@pytest.fixture
def kept(monkeypatch) -> list[bool]:
    """What runs asked of the C library, in order, without the repetitions."""
    asked = []

    def ask(keep: bool) -> None:
        if asked[-1:] != [keep]:
            asked.append(keep)

    monkeypatch.setattr(run, "keep_freed_memory", ask)
    return asked


def test_memory_is_kept_from_the_first_evaluation_to_the_end(photo, painting, kept):
    painted = stylize(photo, painting, steps=3)
    next(painted)
    assert kept == [False, True], "what the first evaluation packs outlives the run"
    painted.finish()
    assert kept == [False, True, False]


def test_it_is_given_back_when_a_run_rests_or_is_dropped(photo, painting, kept):
    painted = stylize(photo, painting, steps=50)
    next(painted), next(painted)
    painted.rest()
    assert kept == [False, True, False]
    next(painted)
    assert kept[-1]
    del painted
    gc.collect()
    assert not kept[-1]


@needs_gnu
def test_a_freed_block_is_taken_again_without_a_page_fault():
    faults, resource = [], pytest.importorskip("resource")
    device.keep_freed_memory(True)
    for _ in range(9):
        before = resource.getrusage(0).ru_minflt
        torch.ones(BLOCK)
        faults.append(resource.getrusage(0).ru_minflt - before)
    device.keep_freed_memory(False)
    assert median(faults) < 1000, "the first few make room for one at the heap's end"


@needs_gnu
@pytest.mark.soak
def test_memory_goes_back_when_the_run_is_dropped(photo, painting):
    painted = stylize(photo, painting, steps=50)
    next(painted), next(painted)
    torch.ones(BLOCK)  # kept, for the run may want it again
    during = psutil.Process().memory_info().rss
    del painted
    gc.collect()
    assert psutil.Process().memory_info().rss < during - 2 * BLOCK
