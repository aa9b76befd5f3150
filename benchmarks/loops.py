"""Our loop against four others: `make benchmark` (about two hours on two cores, both sizes).

Loops take turns of twenty evaluations in one process, each on its own clock, so that a
machine whose speed drifts treats them alike. The loss is that of the picture shown, pixels
in [0, 1], computed afterwards in float32 by one and the same function.
"""

import argparse
import json
import platform
from functools import cache

import torch

from benchmarks.contenders import (
    EXACT,
    FAST,
    FREE,
    OURS,
    SLOW,
    TUTORIAL,
    PlainLoss,
    Trace,
    adam,
    ours,
    torch_lbfgs,
)
from benchmarks.machine import convolution_peak, cost_by_size, name_machine, peak_memory
from benchmarks.summary import EVERY, compare, save, summarise
from nst_helpers.engine.device import pick_device
from nst_helpers.engine.layers import CONTENT_LAYERS, STYLE_LAYERS
from nst_helpers.engine.objective import Objective, content_terms, style_terms
from nst_helpers.engine.parameters import load_parameters, normalise_activations
from nst_helpers.engine.vgg import load_network
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image

PAIRS = (
    ("pavilion", "starry_night"),
    ("astronaut", "great_wave"),
    ("pavilion", "langlois_bridge"),
    ("cat", "kazusa_sea_route"),
)
LAYERS = STYLE_LAYERS + CONTENT_LAYERS
BETA = 1000.0


def objective(content, style, precision: str | None = None) -> Objective:
    """The loss that all minimise, as the package computes it."""
    network = load_network(LAYERS, precision=precision)
    terms = content_terms(network, content) + style_terms(network, style)
    return Objective(network, terms, beta=BETA)


def contenders(content, style):
    """Name to a maker of the loop on a trace, all from the same start, the photo.

    Each loads what it needs when it is called, so that alone it takes no other's memory.
    """

    @cache
    def plain() -> PlainLoss:
        return PlainLoss(normalise_activations(load_parameters()), content, style, BETA)

    return {
        TUTORIAL: lambda trace: torch_lbfgs(plain(), content, trace, clamp=True),
        FREE: lambda trace: torch_lbfgs(plain(), content, trace, clamp=False),
        SLOW: lambda trace: adam(plain(), content, trace, 0.003),
        FAST: lambda trace: adam(plain(), content, trace, 0.02),
        OURS: lambda trace: ours(objective(content, style), content, trace),
        EXACT: lambda trace: ours(objective(content, style, "float32"), content, trace),
    }


def race(pair, size: int, evaluations: int) -> dict[str, dict[str, list[float]]]:
    """Curves of every loop on one pair: seconds and loss of the picture shown.

    All compute on one device, the one that the package picks, and leave their pictures there.
    """
    files = samples("content")[pair[0]], samples("style")[pair[1]]
    content, style = (load_image(file, size).to(pick_device()) for file in files)
    makers, exact = contenders(content, style), objective(content, style, "float32")
    traces = {name: Trace() for name in makers}
    loops = {name: (trace, makers[name](trace)) for name, trace in traces.items()}
    # ours goes on, to see when it reaches what the tutorial's loop does on a bad day
    limits = {name: evaluations * (2 if name == OURS else 1) for name in traces}
    waiting = dict(loops)
    while waiting:
        for name, (trace, turns) in list(waiting.items()):
            next(turns)
            if len(trace.images) >= limits[name]:
                turns.close()
                del waiting[name]
    weights, curves = exact.weights(), {}
    for name, (trace, _) in loops.items():
        picked = range(0, limits[name], EVERY)
        losses = [exact.evaluate(trace.images[i], weights)[0].total for i in picked]
        curves[name] = {"seconds": [trace.seconds[i] for i in picked], "loss": losses}
        trace.images.clear()
    return curves


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=256)
    options.add_argument("--evaluations", type=int, default=201)
    options.add_argument("--pairs", type=int, default=len(PAIRS))
    options.add_argument("--on", default="", help="keep the results beside others, as those of ON")
    chosen = options.parse_args()
    races = {}
    for pair in PAIRS[: chosen.pairs]:
        title = " × ".join(pair)
        races[title] = race(pair, chosen.size, chosen.evaluations)
        print(f"{title} at {chosen.size} px", flush=True)
        for name, row in compare(races[title]).items():
            shown = {key: float(f"{value:.3g}") for key, value in row.items()}
            print("  ", name, shown, flush=True)
    measured = {
        "machine": name_machine(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "convolution_peak": convolution_peak(chosen.size),
        "cost_by_size": cost_by_size(),
        "peak_memory": peak_memory(chosen.size),
        "summary": summarise({title: compare(curves) for title, curves in races.items()}),
    }
    setting = {"size": chosen.size, "on": chosen.on, "beta": BETA}
    save({**setting, **measured, "races": races})
    print(json.dumps(measured, indent=1))


if __name__ == "__main__":
    main()
