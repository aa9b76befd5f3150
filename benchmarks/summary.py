"""What came of the races: figures, chart, and the files that hold them."""

import json
import math
from pathlib import Path
from statistics import geometric_mean

from benchmarks.contenders import EXACT, FAST, FREE, OURS, SLOW, TUTORIAL
from nst_helpers.figures.still import figure_jpeg, new_figure

EVERY = 10  # evaluations between two points of a curve
RESULTS = Path(__file__).parent / "results"
LOOKS = {  # of the curves: dashes and colour
    TUTORIAL: ("--", "#0072B2"),
    FREE: (":", "#56B4E9"),
    SLOW: ("-.", "#E69F00"),
    FAST: ((0, (1, 3)), "#CC79A7"),
    OURS: ("-", "#D55E00"),
    EXACT: ((0, (5, 1)), "#000000"),
}


def seconds_to(curve, loss: float) -> float:
    """When `curve` first shows a picture of at most `loss`; infinite if it never does."""
    pairs = zip(curve["seconds"], curve["loss"], strict=True)
    return next((seconds for seconds, value in pairs if value <= loss), float("inf"))


def compare(curves) -> dict[str, dict[str, float]]:
    """Each loop beside the tutorial's and beside ours, on one pair."""
    tutorial, mine, table = curves[TUTORIAL], curves[OURS], {}
    last = len(tutorial["loss"]) - 1  # ours has more points, for the sake of `seconds_to`
    lowest = min(tutorial["loss"])  # not the last: at times that loop loses its picture
    for name, curve in curves.items():
        seconds, losses = curve["seconds"], curve["loss"]
        when_ours_ends = mine["seconds"][last]
        table[name] = {
            "seconds_per_evaluation": (seconds[last] - seconds[0]) / (EVERY * last),
            "last_loss": losses[last],
            "seconds_to_tutorials_lowest_loss": seconds_to(curve, lowest),
            "loss_when_ours_ends": [
                loss for at, loss in zip(seconds, losses, strict=True) if at <= when_ours_ends
            ][-1],
            "times_slower_than_ours_to_its_last_loss": seconds[last]
            / max(1e-9, seconds_to(mine, losses[last])),
        }
    return table


def summarise(tables) -> dict[str, object]:
    """The figures that the README quotes: ratios pair by pair, and their geometric means."""
    ratios = {
        "evaluations_faster": ("seconds_per_evaluation", TUTORIAL, OURS),
        "evaluations_faster_in_float32": ("seconds_per_evaluation", TUTORIAL, EXACT),
        "sooner_at_tutorials_lowest_loss": ("seconds_to_tutorials_lowest_loss", TUTORIAL, OURS),
        "sooner_in_float32": ("seconds_to_tutorials_lowest_loss", TUTORIAL, EXACT),
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


def chart(report: dict) -> Path:
    """Where its chart is, named by the size and by what it ran on; its numbers lie beside it."""
    words = ["loops", str(report["size"]), *report["on"].lower().split()]
    return RESULTS / f"{'_'.join(words)}.jpg"


def save(report: dict) -> None:
    """The report and its chart in `RESULTS`."""
    RESULTS.mkdir(exist_ok=True)
    path = chart(report)
    path.with_suffix(".json").write_text(json.dumps(report, indent=1) + "\n")
    draw(report["races"], path)


def load() -> list[dict]:
    """All results, those of the machine without a name first, the smallest picture first."""
    reports = [json.loads(path.read_text()) for path in RESULTS.glob("loops_*.json")]
    return sorted(reports, key=lambda report: (report["on"], report["size"]))
