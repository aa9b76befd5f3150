"""The loops that are compared, each a generator that yields after every few evaluations.

Written from the descriptions of those loops. All minimise the same loss with the same VGG19;
ours uses the package, the others plain PyTorch operations in float32, as they are published.
"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor

from nst_helpers.engine.layers import CONTENT_LAYERS, LAYER_NAMES, STYLE_LAYERS
from nst_helpers.engine.objective import Objective
from nst_helpers.engine.parameters import VGG19Parameters
from nst_helpers.engine.run import Run

TUTORIAL, SLOW = "tutorial (L-BFGS, clamp in closure)", "Adam, lr 0.003"
FREE, FAST = "L-BFGS, unconstrained", "Adam, lr 0.02"
OURS, EXACT = "ours", "ours, float32"
CHUNK = 20  # evaluations a turn: what torch.optim.LBFGS does in one call of step


@dataclass
class Trace:
    """What a loop has done, evaluation by evaluation.

    `seconds` on its own clock, and the picture as it would be shown; an evaluation that showed
    no new picture repeats the one before.
    """

    seconds: list[float] = field(default_factory=list)
    images: list[Tensor] = field(default_factory=list)
    spent: float = 0.0


def wait() -> None:
    """Until a graphics card has done what it was told; a processor has by then."""
    if torch.cuda.is_available():
        torch.cuda.synchronize()


class Clock:
    """Runs only while its loop works, so that loops can take turns."""

    def __init__(self, trace: Trace):
        self.trace = trace

    def __enter__(self) -> None:
        self.started = time.perf_counter()

    def __exit__(self, *_) -> None:
        wait()
        self.trace.spent += time.perf_counter() - self.started

    def note(self, image: Tensor) -> None:
        """Keep the picture as it would be shown, on time that nobody pays for."""
        wait()
        now = time.perf_counter()
        self.trace.seconds.append(self.trace.spent + now - self.started)
        self.trace.images.append(image.detach().clamp(0, 1).clone())
        self.started += time.perf_counter() - now


class PlainLoss:
    """The same loss from plain operations, in the memory layout that tensors have by themselves."""

    def __init__(self, parameters: VGG19Parameters, content: Tensor, style: Tensor, beta: float):
        device = content.device
        self.tensors = {name: value.to(device) for name, value in parameters.tensors.items()}
        self.mean = torch.tensor(parameters.mean, device=device).reshape(1, 3, 1, 1)
        self.beta = beta
        with torch.no_grad():
            self.content = self.activations(content)[CONTENT_LAYERS[0]]
            painted = self.activations(style)
            self.grams = {name: self.gram(painted[name]) for name in STYLE_LAYERS}

    def activations(self, image: Tensor) -> dict[str, Tensor]:
        value, kept = image - self.mean, {}
        for name in LAYER_NAMES[: LAYER_NAMES.index(STYLE_LAYERS[-1]) + 1]:
            if name.startswith("conv"):
                kernel, bias = self.tensors[f"{name}.weight"], self.tensors[f"{name}.bias"]
                value = F.conv2d(value, kernel, bias, padding=1)
            elif name.startswith("relu"):
                value = kept[name] = F.relu(value)
            else:
                value = F.avg_pool2d(value, 2)
        return kept

    @staticmethod
    def gram(features: Tensor) -> Tensor:
        rows = features.reshape(features.shape[1], -1)
        return rows @ rows.T / rows.shape[1]

    def __call__(self, image: Tensor) -> Tensor:
        found = self.activations(image)
        style = sum(F.mse_loss(self.gram(found[n]), self.grams[n]) for n in STYLE_LAYERS) / 5
        return F.mse_loss(found[CONTENT_LAYERS[0]], self.content) + self.beta * style


def torch_lbfgs(loss: Callable, start: Tensor, trace: Trace, clamp: bool) -> Iterator[None]:
    """torch.optim.LBFGS as the official tutorial runs it; `clamp` pixels as each closure begins."""
    pixels = start.clone().requires_grad_()
    method, clock = torch.optim.LBFGS([pixels]), Clock(trace)

    def closure() -> Tensor:
        if clamp:
            with torch.no_grad():
                pixels.clamp_(0, 1)
        clock.note(pixels)
        method.zero_grad()
        value = loss(pixels)
        value.backward()
        return value

    while True:
        with clock:
            method.step(closure)
        yield


def adam(loss: Callable, start: Tensor, trace: Trace, rate: float) -> Iterator[None]:
    """Adam on unconstrained pixels, as most notebooks do it."""
    pixels = start.clone().requires_grad_()
    method, clock = torch.optim.Adam([pixels], lr=rate), Clock(trace)
    while True:
        with clock:
            for _ in range(CHUNK):
                clock.note(pixels)
                method.zero_grad()
                loss(pixels).backward()
                method.step()
        yield


def ours(objective: Objective, start: Tensor, trace: Trace) -> Iterator[None]:
    """The package's loop, as `stylize` runs it."""
    clock, run = Clock(trace), Run(objective, start, 10**6)
    while True:
        with clock:
            for _ in range(CHUNK):
                snapshot = next(run)
                for _ in range(max(1, snapshot.evaluations - len(trace.images))):
                    clock.note(snapshot.image)
        yield
