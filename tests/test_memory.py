"""Freed memory is kept within a run and goes back to the system after it."""

import ctypes
import gc
import sys
from statistics import median

import psutil
import pytest
import torch

from nst_helpers.engine.device import reused_memory
from nst_helpers.transfer import stylize

GNU = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt")
needs_gnu = pytest.mark.skipif(not GNU, reason="only the GNU C library offers it")
BLOCK = 10_000_000  # float32 values: 40 MB, ten thousand pages


def page_faults():
    return pytest.importorskip("resource").getrusage(0).ru_minflt  # 0: this process


@needs_gnu
def test_a_freed_block_is_taken_again_without_a_page_fault():
    faults = []
    with reused_memory():
        for _ in range(9):
            before = page_faults()
            torch.ones(BLOCK)
            faults.append(page_faults() - before)
    assert median(faults) < 1000, "the first few make room for one at the heap's end"


@needs_gnu
def test_memory_goes_back_when_the_run_is_closed(photo, painting):
    run = stylize(photo, painting, steps=50)
    next(run), next(run)
    torch.ones(BLOCK)  # kept, for the run may want it again
    during = psutil.Process().memory_info().rss
    run.close()
    gc.collect()
    assert psutil.Process().memory_info().rss < during - 2 * BLOCK


def test_an_error_inside_passes_through():
    with pytest.raises(ValueError, match="mine"), reused_memory():
        raise ValueError("mine")
