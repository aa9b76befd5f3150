"""The table of benchmarks/README.md, from the results that `make benchmark` saved."""

from collections.abc import Callable, Iterable
from pathlib import Path
from statistics import geometric_mean

from benchmarks.contenders import OURS, TUTORIAL
from benchmarks.summary import compare, load

PAGE = Path(__file__).parent / "README.md"


def _ratios(name: str, form: str = ".1f") -> Callable[[dict], str]:
    def cell(report: dict) -> str:
        entry = report["summary"][name]
        pairs = ", ".join(f"{value:{form}}" if value else "not in 200" for value in entry["pairs"])
        return f"**{entry['mean']:{form}}** ({pairs})" if all(entry["pairs"]) else pairs

    return cell


def _seconds(name: str) -> Callable[[dict], str]:
    def cell(report: dict) -> str:
        tables = (compare(curves) for curves in report["races"].values())
        mean = geometric_mean(table[name]["seconds_per_evaluation"] for table in tables)
        return f"{mean:.3f} s"

    return cell


def _share(report: dict) -> str:
    peak = report["convolution_peak"]
    return f"{100 * peak['share']:.0f} % of {peak['convolution_gflops'] / 1000:.1f} TFLOP/s"


def _cost(report: dict) -> str:
    costs = report["cost_by_size"].values()
    return ", ".join(f"{cost['per_megapixel']:.1f}" for cost in costs)


def _memory(report: dict) -> str:
    return f"{report['peak_memory'][TUTORIAL]:.2f} GB, {report['peak_memory'][OURS]:.2f} GB"


ROWS: dict[str, Callable[[dict], str]] = {
    "an evaluation in the tutorial's loop": _seconds(TUTORIAL),
    "an evaluation in ours": _seconds(OURS),
    "times faster an evaluation": _ratios("evaluations_faster"),
    "the same, ours without half precision": _ratios("evaluations_faster_in_float32"),
    "times sooner at the lowest loss that the tutorial's loop shows": _ratios(
        "sooner_at_tutorials_lowest_loss"
    ),
    "this too without half precision": _ratios("sooner_in_float32"),
    "times sooner at the loss that Adam at 0.003 ends with": _ratios(
        "sooner_at_slow_adams_last_loss", ".0f"
    ),
    "last loss, as a multiple of that without half precision": _ratios(
        "last_loss_to_that_in_float32", ".2f"
    ),
    "share of the machine's rate in one large convolution": _share,
    "seconds a megapixel and evaluation at 128, 256, 512, 1024 px, measured after each race": _cost,
    "peak memory, the tutorial's loop and ours": _memory,
}


def _title(report: dict) -> str:
    return f"{report['size']} px" + (f", {report['on']}" if report["on"] else "")


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def table(reports: list[dict]) -> str:
    """Markdown: a row a figure, a column a size; mean in bold, the pairs in brackets."""
    lines = [
        _line(["", *(_title(report) for report in reports)]),
        _line(["---"] * (1 + len(reports))),
    ]
    return "\n".join(
        lines + [_line([name, *(cell(r) for r in reports)]) for name, cell in ROWS.items()]
    )


def renewed(page: str, reports: list[dict]) -> str:
    """The text of `page` with the table of `reports` in the place of its own."""
    lines = page.splitlines()
    rows = [number for number, line in enumerate(lines) if line.startswith("|")]
    return "\n".join([*lines[: rows[0]], table(reports), *lines[rows[-1] + 1 :], ""])


if __name__ == "__main__":
    PAGE.write_text(renewed(PAGE.read_text(encoding="utf-8"), load()), encoding="utf-8")
