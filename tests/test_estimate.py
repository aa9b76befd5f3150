"""Estimates against what runs then take; memory in a process of its own."""

import itertools
import json
import re
import subprocess
import sys

import pytest
import torch

from nst_helpers.engine import device as module
from nst_helpers.errors import SettingError
from nst_helpers.pictures.catalogue import samples
from nst_helpers.recipes.recipe import growing
from nst_helpers.transfer import estimate, stylize

PAIR = samples("content")["pavilion"], samples("style")["starry_night"]

PEAK = """
import json, psutil, sys
from nst_helpers import estimate, samples, stylize
size, precision = int(sys.argv[1]), sys.argv[2]
foreseen = estimate(size, precision=precision).memory
pair = samples("content")["pavilion"], samples("style")["starry_night"]
run = stylize(*pair, size=size, steps=22, precision=precision)
peak = 0
for snapshot in run:
    peak = max(peak, psutil.Process().memory_info().rss)
if sys.platform == "linux":  # where getrusage would count the peak of the parent too
    lines = open("/proc/self/status").read().splitlines()
    top = 1024 * next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))
else:
    import resource
    top = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps([foreseen, top]))
"""


def test_seconds_are_those_of_a_warm_step(clock):
    """The first evaluation takes 5 s, each later one 2 s."""
    clock.durations = itertools.chain([5.0], itertools.repeat(2.0))
    assert estimate(48, 99, "cpu", precision="float32").seconds == pytest.approx(100 * 2 * 1.02)


def test_the_steps_at_each_scale_count_by_its_area(monkeypatch, clock):
    """Three scales: a quarter, half and all of the area, and one look more at each."""
    monkeypatch.setattr("nst_helpers.transfer.COARSEST_SIZE", 24)
    phases = growing(100, 2)
    assert [round(phase.scale**2, 6) for phase in phases] == [0.25, 0.5, 1]
    parts = [(phase.steps + 1) * area for phase, area in zip(phases, (0.25, 0.5, 1), strict=True)]
    found = estimate(48, 100, "cpu", precision="float32").seconds
    assert found == pytest.approx(sum(parts) * 1.02)


@pytest.mark.soak
def test_seconds_are_foreseen():
    """Best of three pairs of estimate and truth, one after the other on a shared machine."""
    ratios = []
    for _ in range(3):
        foreseen = estimate(192, 20).seconds
        taken = stylize(*PAIR, size=192, steps=20).finish().history[-1]["seconds"]
        ratios.append(foreseen / taken)
    assert min(abs(ratio - 1) for ratio in ratios) < 0.25, ratios


@pytest.mark.soak
@pytest.mark.skipif(sys.platform == "win32", reason="the resource module is not on Windows")
@pytest.mark.parametrize("precision", ["float32", "bfloat16"])
def test_memory_is_foreseen(precision):
    command = [sys.executable, "-c", PEAK, "384", precision]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    foreseen, peak = json.loads(done.stdout)
    assert foreseen == pytest.approx(peak, rel=0.25)


def test_what_does_not_fit_names_what_does(monkeypatch):
    monkeypatch.setattr(module, "free_memory", lambda device: 10**7)
    expected = r"256 x 171 px needs about 0.1 GB and 0.0 GB are free: a size of \d+ px fits"
    with pytest.raises(SettingError, match=expected) as refusal:
        stylize(*PAIR, size=256)
    fits = int(re.search(r"a size of (\d+) px fits", str(refusal.value))[1])
    assert stylize(*PAIR, size=fits, steps=1).image.shape[3] == fits
    with pytest.raises(SettingError, match="fits"):
        stylize(*PAIR, size=2 * fits)


def test_an_estimate_reads_like_a_sentence():
    text = str(estimate(64, 30, "cpu"))
    assert text.startswith("30 steps at 64 x 43 px: about ")
    assert "GB of memory" in text


def test_memory_grows_with_area_and_precision():
    small, large = (module.run_memory(pixels, torch.bfloat16) for pixels in (10**5, 4 * 10**5))
    assert large == 4 * small
    assert module.run_memory(10**5, torch.float32) > small
