"""The status line: how far, how fast, how long still, how much memory, on what."""

import html
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import psutil
import torch

from nst_helpers.engine.device import describe_device
from nst_helpers.engine.vgg import VGG19Features

RECENT = 10  # steps over which the speed is averaged


@dataclass(frozen=True)
class Status:
    """One reading; `text` is for people and screen readers, `html` the same with a bar."""

    phase: str
    step: int
    goal: int
    seconds_a_step: float | None = None
    machine: str = ""
    note: str = ""

    @property
    def facts(self) -> str:
        parts = [f"step {self.step} of {self.goal}"]
        if self.seconds_a_step is not None:
            left = self.seconds_a_step * (self.goal - self.step)
            parts += [f"{self.seconds_a_step:.3f} s a step", f"{_in_words(left)} left"]
        return ", ".join(parts)

    @property
    def text(self) -> str:
        sentences = (f"{self.phase}: {self.facts}", self.machine, self.note)
        return " ".join(f"{sentence.rstrip('.')}." for sentence in sentences if sentence)

    @property
    def html(self) -> str:
        done = 100 * self.step / max(1, self.goal)
        lines = [
            f'<div class="nst-track" aria-hidden="true">'
            f'<div class="nst-done" style="width:{done:.1f}%"></div></div>',
            f"<b>{self.phase}</b> · {self.facts}",
        ]
        lines += [f"<br><b>{html.escape(self.note)}</b>"] if self.note else []
        lines += [f'<br><span class="nst-quiet">{html.escape(self.machine)}</span>']
        return f'<div class="nst-status">{"".join(lines)}</div>'


def _in_words(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 100 else f"{seconds / 60:.0f} min"


def seconds_a_step(history: Sequence[Mapping[str, float]]) -> float | None:
    """Average of the last few steps; None before there are two."""
    recent = history[-RECENT - 1 :]
    if len(recent) < 2:
        return None
    return (recent[-1]["seconds"] - recent[0]["seconds"]) / (recent[-1]["step"] - recent[0]["step"])


def describe_machine(network: VGG19Features | None) -> str:
    """Memory in use, device and precision, such as "812 MB, CPU with 2 threads, …"."""
    memory = f"{psutil.Process().memory_info().rss / 2**20:.0f} MB"
    if network is None:
        return memory
    device = network.device
    if device.type == "cuda":
        memory = f"{torch.cuda.memory_allocated(device) / 2**20:.0f} MB on the GPU"
    return f"{memory}, {describe_device(device, network.dtype)}"
