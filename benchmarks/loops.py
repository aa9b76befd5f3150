"""Our loop against four others: `make benchmark` (about two hours on two cores, both sizes).

Loops take turns of twenty evaluations in one process, each on its own clock, so that a
machine whose speed drifts treats them alike. The loss is that of the picture shown, pixels
in [0, 1], computed afterwards in float32 by one and the same function.
"""

import argparse
import json
import math
import platform
from functools import cache
from pathlib import Path
from statistics import geometric_mean

import torch

from benchmarks.contenders import PlainLoss, Trace, adam, ours, torch_lbfgs
from benchmarks.machine import convolution_peak, cost_by_size, name_machine, peak_memory
from nst_helpers.device import pick_device
from nst_helpers.images import load_image, samples
from nst_helpers.objective import Objective, content_terms, style_terms
from nst_helpers.preview import figure_jpeg, new_figure
from nst_helpers.transfer import load_network
from nst_helpers.vgg import CONTENT_LAYERS, STYLE_LAYERS
from nst_helpers.weights import load_vgg19_weights, normalise_activations

PAIRS = (
    ("pavilion", "starry_night"),
    ("astronaut", "great_wave"),
    ("pavilion", "langlois_bridge"),
    ("cat", "kazusa_sea_route"),
)
LAYERS = STYLE_LAYERS + CONTENT_LAYERS
BETA = 1000.0
EVERY = 10  # evaluations between two points of a curve
RESULTS = Path(__file__).parent / "results"
TUTORIAL, SLOW = "tutorial (L-BFGS, clamp in closure)", "Adam, lr 0.003"
FREE, FAST = "L-BFGS, unconstrained", "Adam, lr 0.02"
OURS, EXACT = "ours", "ours, float32"
LOOKS = {  # of the curves: dashes and colour
    TUTORIAL: ("--", "#0072B2"),
    FREE: (":", "#56B4E9"),
    SLOW: ("-.", "#E69F00"),
    FAST: ((0, (1, 3)), "#CC79A7"),
    OURS: ("-", "#D55E00"),
    EXACT: ((0, (5, 1)), "#000000"),
}


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
        return PlainLoss(normalise_activations(load_vgg19_weights()), content, style, BETA)

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


def seconds_to(curve, loss: float) -> float:
    """When `curve` first shows a picture of at most `loss`; infinite if it never does."""
    pairs = zip(curve["seconds"], curve["loss"], strict=True)
    return next((seconds for seconds, value in pairs if value <= loss), float("inf"))


def compare(curves) -> dict[str, dict[str, float]]:
    """Each loop beside the tutorial's and beside ours, on one pair."""
    tutorial, mine, table = curves[TUTORIAL], curves[OURS], {}
    last = len(tutorial["loss"]) - 1  # ours has more points, for the sake of `seconds_to`
    for name, curve in curves.items():
        seconds, losses = curve["seconds"], curve["loss"]
        when_ours_ends = mine["seconds"][last]
        table[name] = {
            "seconds_per_evaluation": (seconds[last] - seconds[0]) / (EVERY * last),
            "last_loss": losses[last],
            "seconds_to_tutorials_last_loss": seconds_to(curve, tutorial["loss"][last]),
            "loss_when_ours_ends": [
                loss for at, loss in zip(seconds, losses, strict=True) if at <= when_ours_ends
            ][-1],
            "times_slower_than_ours_to_its_last_loss": seconds[last]
            / max(1e-9, seconds_to(mine, losses[last])),
        }
    return table


def draw(races, path: Path) -> None:
    """The curves of all pairs, one panel a pair."""
    rows = math.ceil(len(races) / 2)
    figure = new_figure(9, 0.4 + 3 * rows)
    panels = list(figure.subplots(rows, 2, squeeze=False).flat)
    for unused in panels[len(races) :]:
        unused.set_axis_off()
    for panel, (title, curves) in zip(panels, races.items(), strict=False):
        for name, curve in curves.items():
            mark, colour = LOOKS[name]
            panel.plot(curve["seconds"], curve["loss"], ls=mark, color=colour, label=name)
        panel.set(title=title, yscale="log", xlabel="seconds", ylabel="loss of the picture shown")
        panel.grid(alpha=0.3)
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside lower center", ncols=3)
    path.write_bytes(figure_jpeg(figure))


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--size", type=int, default=256)
    options.add_argument("--evaluations", type=int, default=201)
    options.add_argument("--pairs", type=int, default=len(PAIRS))
    chosen = options.parse_args()
    RESULTS.mkdir(exist_ok=True)
    races = {}
    for pair in PAIRS[: chosen.pairs]:
        races[" × ".join(pair)] = race(pair, chosen.size, chosen.evaluations)
        print(f"{' × '.join(pair)} at {chosen.size} px", flush=True)
        for name, row in compare(races[" × ".join(pair)]).items():
            print(
                "  ", name, {key: float(f"{value:.3g}") for key, value in row.items()}, flush=True
            )
    summary = summarise({title: compare(curves) for title, curves in races.items()})
    machine = {
        "machine": name_machine(),
        "versions": {"python": platform.python_version(), "torch": torch.__version__},
        "convolution_peak": convolution_peak(chosen.size),
        "cost_by_size": cost_by_size(),
        "peak_memory": peak_memory(chosen.size),
    }
    report = {"size": chosen.size, "beta": BETA, **machine, "summary": summary, "races": races}
    (RESULTS / f"loops_{chosen.size}.json").write_text(json.dumps(report, indent=1) + "\n")
    draw(races, RESULTS / f"loops_{chosen.size}.jpg")
    print(json.dumps({**machine, "summary": summary}, indent=1))


def summarise(tables) -> dict[str, object]:
    """The figures that the README quotes: ratios pair by pair, and their geometric means."""
    ratios = {
        "evaluations_faster": ("seconds_per_evaluation", TUTORIAL, OURS),
        "evaluations_faster_in_float32": ("seconds_per_evaluation", TUTORIAL, EXACT),
        "sooner_at_tutorials_last_loss": ("seconds_to_tutorials_last_loss", TUTORIAL, OURS),
        "sooner_in_float32": ("seconds_to_tutorials_last_loss", TUTORIAL, EXACT),
        "last_loss_to_that_in_float32": ("last_loss", OURS, EXACT),
    }
    summary = {
        name: [table[one][key] / table[other][key] for table in tables.values()]
        for name, (key, one, other) in ratios.items()
    }
    key = "times_slower_than_ours_to_its_last_loss"
    summary["sooner_at_slow_adams_last_loss"] = [table[SLOW][key] for table in tables.values()]
    return {
        # a loop that never got there counts as 0 times as fast, of which there is no logarithm
        name: {"pairs": values, "mean": geometric_mean(values) if all(values) else 0.0}
        for name, values in summary.items()
    }


if __name__ == "__main__":
    main()
