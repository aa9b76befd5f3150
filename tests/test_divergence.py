"""A loss that is no number any more: the picture before it is not lost."""

import math

import pytest
import torch

from nst_helpers.engine.minimise import OPTIMISERS
from nst_helpers.engine.objective import Objective, Term
from nst_helpers.errors import DivergenceError


def plain() -> torch.Tensor:
    return torch.full((1, 3, 32, 32), 0.5)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("poison", [math.nan, math.inf])
def test_divergence_carries_the_last_good_image(network, optimiser, poison):
    """A loss that turns bad for good, at a weight moved during the run or by itself."""
    bad = []
    term = Term("mine", None, None, lambda image, _: image.mean() * (poison if bad else 1.0))
    objective = Objective(network, [term])
    run = optimize(objective, plain(), 10, optimiser)
    good = [next(run) for _ in range(3)][-1]
    bad.append(True)
    term.weight = 2.0
    with pytest.raises(DivergenceError, match="step 3") as caught:
        list(run)
    assert torch.equal(caught.value.image, good.image)


def test_a_loss_that_is_bad_from_the_start_carries_the_start_image(network):
    term = Term("mine", None, None, lambda image, _: image.mean() * math.nan)
    with pytest.raises(DivergenceError, match="step 0") as caught:
        next(optimize(Objective(network, [term]), plain(), 10))
    assert torch.equal(caught.value.image, plain())
