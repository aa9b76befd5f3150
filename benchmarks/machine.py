"""What the machine itself can do, and what our loop makes of it."""

import platform
import subprocess
import sys
import time
from functools import partial
from pathlib import Path
from statistics import median

import torch
import torch.nn.functional as F
from torch import Tensor

from benchmarks.contenders import OURS, TUTORIAL, wait
from nst_helpers.engine.device import describe_device
from nst_helpers.engine.layers import BLOCKS
from nst_helpers.engine.run import Run
from nst_helpers.pictures.catalogue import samples
from nst_helpers.transfer import stylize

SIZES = (128, 256, 512, 1024)
REPEATS = 15

MEMORY = """
import sys
from benchmarks.contenders import Trace
from benchmarks.loops import contenders
from nst_helpers.pictures.images import load_image
from nst_helpers.pictures.catalogue import samples
content = load_image(samples("content")["pavilion"], int(sys.argv[2]))
makers = contenders(content, load_image(samples("style")["starry_night"], int(sys.argv[2])))
trace = Trace()
turns = makers[sys.argv[1]](trace)
while len(trace.images) < 101:
    next(turns)
    trace.images[:] = [None] * len(trace.images)
lines = open("/proc/self/status").read().splitlines()  # getrusage would count the parent too
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def name_machine() -> str:
    """The processor's own name where the system tells it, and the threads in use."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":")[1].strip() for line in lines if line.startswith("model name")]
    return f"{names[0] if names else platform.processor()}, {torch.get_num_threads()} threads"


def operations(height: int, width: int) -> int:
    """Floating-point operations of one evaluation's convolutions up to relu5_1, both ways."""
    total, channels = 0, 3
    for block, count, filters in BLOCKS:
        for _ in range(1 if block == 5 else count):
            total += 4 * 9 * channels * filters * height * width
            channels = filters
        height, width = height // 2, width // 2
    return total


def seconds(work) -> float:
    started = time.perf_counter()
    work()
    wait()
    return time.perf_counter() - started


def run_under_way(size: int) -> tuple[Run, Tensor]:
    """A run past its second picture, from where on the loop reuses its memory, and that picture.

    The picture is on the device that computes.
    """
    run = stylize(samples("content")["pavilion"], samples("style")["starry_night"], size=size)
    next(run)
    return run, next(run).position


def convolution_peak(size: int) -> dict[str, float]:
    """Rate of one large 3x3 convolution, and of a whole evaluation, measured in turns.

    The evaluation is one of a run under way: its memory is kept, as in the race.
    """
    run, image = run_under_way(size)
    objective, layout = run.objective, torch.channels_last
    dtype, weights = objective.network.dtype, objective.weights()
    features = torch.randn(1, 256, 64, 64).to(image.device, dtype, memory_format=layout)
    kernel = torch.randn(256, 256, 3, 3).to(image.device, dtype, memory_format=layout)
    whole, single = [], []
    for _ in range(REPEATS):
        whole.append(seconds(lambda: objective.evaluate(image, weights)))
        single += [seconds(lambda: F.conv2d(features, kernel, padding=1)) for _ in range(5)]
    peak = 2 * 9 * 256**2 * 64**2 / median(single)
    reached = operations(*image.shape[2:]) / median(whole)
    return {
        "device": describe_device(objective.network.device, dtype),
        "convolution_gflops": peak / 1e9,
        "evaluation_gflops": reached / 1e9,
        "share": reached / peak,
    }


def cost_by_size() -> dict[int, dict[str, float]]:
    """Seconds an evaluation, and a megapixel, from 128 to 1024 px."""
    table = {}
    for size in SIZES:
        run, image = run_under_way(size)
        megapixels = image[0, 0].numel() / 1e6
        work = partial(run.objective.evaluate, image, run.objective.weights())
        taken = [seconds(work) for _ in range(6)]
        table[size] = {
            "seconds": median(taken[1:]),
            "per_megapixel": median(taken[1:]) / megapixels,
        }
    return table


def peak_memory(size: int) -> dict[str, float]:
    """Peak gigabytes of a process of its own in 100 evaluations, for the two main contenders.

    It is the computer's memory; what a graphics card holds is not counted.
    """
    table = {}
    for name in (TUTORIAL, OURS):
        command = [sys.executable, "-c", MEMORY, name, str(size)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        table[name] = int(done.stdout) / 1e6
    return table
