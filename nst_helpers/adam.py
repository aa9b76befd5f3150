"""Adam on pixels that stay in [0, 1]: the optimiser of most tutorials, for comparison."""

import copy
from dataclasses import dataclass

import torch
from torch import Tensor

from nst_helpers.lbfgs import Evaluate, Point

RATE = 0.05  # first learning rate; the measured best for pixels in [0, 1]


@dataclass(frozen=True)
class Adam:
    """An `optimiser` for `optimize`: Adam with a learning rate of one's own.

    `rate`, for pixels in [0, 1], is multiplied by `factor` after each `every` steps.
    """

    rate: float
    factor: float = 1.0
    every: int = 100


class ProjectedAdam:
    """Adam, the picture put back into [0, 1] after each step.

    The rate decays along a cosine, or as `setting` says. The papers use L-BFGS; this is the
    comparison that most tutorials make.
    """

    def __init__(self, image: Tensor, steps: int, setting: Adam | None = None):
        rate = setting.rate if setting else RATE
        self.pixels = image.clone().requires_grad_()
        self.adam = torch.optim.Adam([self.pixels], lr=rate)
        decays = torch.optim.lr_scheduler
        self.decay = (
            decays.StepLR(self.adam, setting.every, setting.factor)
            if setting
            else decays.CosineAnnealingLR(self.adam, max(1, steps))
        )

    def forget(self) -> None:
        """Keep the averages: unlike curvature they adapt within a few steps."""

    def state(self, position: Tensor) -> dict:
        """The averages and the decay, as plain data; never written to again."""
        parts = {"adam": self.adam.state_dict(), "decay": self.decay.state_dict()}
        return copy.deepcopy(parts)  # Adam goes on in place

    def restore(self, state: dict, position: Tensor) -> None:
        """Go on as the minimiser that gave `state` would."""
        self.adam.load_state_dict(state["adam"])
        self.decay.load_state_dict(state["decay"])

    def step(self, point: Point, evaluate: Evaluate) -> Point:
        """The next point; its loss may be higher than before."""
        self.pixels.grad = point.gradient
        self.adam.step()
        self.decay.step()
        return evaluate(self.pixels.detach().clamp_(0, 1).clone())
