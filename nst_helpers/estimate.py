"""How long and how much memory, before a run: measured by one trial step."""

import time
from dataclasses import dataclass

import psutil
import torch

from nst_helpers.contract import check_count
from nst_helpers.device import check_memory, free_memory, run_memory
from nst_helpers.images import samples
from nst_helpers.transfer import Picture, stylize

STEPS_TO_EVALUATIONS = 1.02  # L-BFGS now and then shortens a step, for one evaluation more


@dataclass(frozen=True)
class Estimate:
    """What a run would cost: `seconds`, peak `memory` of the process and `free` memory, bytes."""

    width: int
    height: int
    steps: int
    seconds: float
    memory: int
    free: int

    def __str__(self) -> str:
        return (
            f"{self.steps} steps at {self.width} x {self.height} px: about {self.seconds:.0f} s, "
            f"{self.memory / 1e9:.1f} GB of memory ({self.free / 1e9:.0f} GB are free)"
        )


def estimate(
    size: int = 256,
    steps: int = 100,
    device: str = "auto",
    *,
    content: Picture | None = None,
    precision: str | None = None,
) -> Estimate:
    """Seconds and peak memory of `stylize` at `size` px, from one warm trial step.

    `content` is the picture whose shape counts; None takes a supplied photo of 3 to 2.
    Raises SettingError, naming what would fit, if there is not enough memory even to try.
    """
    check_count("The number of steps", steps)
    content = samples("content")["pavilion"] if content is None else content
    painting = samples("style")["starry_night"]
    run = stylize(content, painting, size=size, steps=2, device=device, precision=precision)
    height, width = run.image.shape[2:]
    network = run.objective.network
    place, dtype = network.device, network.dtype
    check_memory(height, width, place, dtype)
    base = (
        torch.cuda.memory_allocated()
        if place.type == "cuda"
        else psutil.Process().memory_info().rss
    )
    next(run), next(run)  # the first evaluation warms up
    started = time.perf_counter()
    next(run)
    a_step = time.perf_counter() - started
    run.close()
    seconds = a_step * (steps + 1) * STEPS_TO_EVALUATIONS
    memory = base + run_memory(height * width, dtype)
    return Estimate(width, height, steps, seconds, memory, free_memory(place))
