"""Marks as a table for a spreadsheet, and as a page to read."""

import csv
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from nst_helpers.errors import SaveError, shown
from nst_helpers.marking.marks import Mark, Marked
from nst_helpers.marking.similarity import Pair
from nst_helpers.marking.submissions import SubmissionError

STYLE = """body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto;
padding: 0 1rem } table { border-collapse: collapse } th, td { padding: .3rem .7rem;
border: 1px solid #bbb; text-align: left } pre { background: #f4f4f4; padding: .7rem;
overflow-x: auto } .wide { overflow-x: auto } .pass { background: #d7f0dd }
.fail { background: #f9dcd6 }"""


def write_csv(marked: Sequence[Marked], path: Path) -> None:
    """One row a submission: its points, then the status and the sentence of each exercise."""
    names = [mark.exercise for mark in marked[0].marks]
    try:
        # with a byte order mark, or spreadsheets guess the wrong encoding
        with path.open("w", encoding="utf-8-sig", newline="") as file:
            table = csv.writer(file)
            sentences = [f"{name}: sentence" for name in names]
            table.writerow(["submission", "points", "of", *names, *sentences])
            for one in marked:
                texts = [mark.sentence for mark in one.marks]
                row = [one.submission.name, one.points, len(names)]
                table.writerow([_harmless(cell) for cell in [*row, *_statuses(one), *texts]])
    except OSError as fault:
        raise SaveError(f"Cannot write {shown(path)}: {fault.strerror}.") from fault


def summary(marked: Sequence[Marked], pairs: Sequence[Pair]) -> Iterator[str]:
    """A line for each submission, and one for each pair that is alike."""
    for one in marked:
        yield f"{one.points:3} of {len(one.marks)}  {one.submission.name}"
    for pair in pairs:
        yield f"{pair.first} and {pair.second} are alike ({pair.share:.0%}): read both."


def _statuses(one: Marked) -> list[str]:
    return [mark.status for mark in one.marks]


def _harmless(cell: object) -> object:
    """A text that no spreadsheet takes for a formula; learners choose what stands in it."""
    return f"'{cell}" if isinstance(cell, str) and cell[:1] in tuple("=+-@\t\r") else cell


def write_page(marked: Sequence[Marked], pairs: Sequence[Pair], folder: Path) -> Path:
    """`index.html` in `folder`: the table, what is alike, and each function with its sentence."""
    names = [mark.exercise for mark in marked[0].marks]
    titles = ["submission", "points", *names]
    head = "".join(f"<th scope='col'>{title}</th>" for title in titles)
    alike = "".join(
        f"<li>{escape(pair.first)} and {escape(pair.second)}: {pair.share:.0%}</li>"
        for pair in pairs
    )
    page = (
        f"<!doctype html><html lang='en'><meta charset='utf-8'><title>Marks</title>"
        f"<style>{STYLE}</style><main><h1>Marks</h1><div class='wide' tabindex='0'><table>"
        f"<tr>{head}</tr>{''.join(map(_row, marked))}</table></div><h2>Alike</h2>"
        f"<ul>{alike or '<li>No two submissions are strikingly alike.</li>'}</ul>"
        f"{''.join(map(_details, marked))}</main></html>\n"
    )
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "index.html").write_text(page, encoding="utf-8", errors="replace")
    except OSError as fault:
        raise SaveError(f"Cannot write to {shown(folder)}: {fault.strerror}.") from fault
    return folder / "index.html"


def _row(one: Marked) -> str:
    cells = "".join(f"<td class='{status}'>{status}</td>" for status in _statuses(one))
    name = escape(one.submission.name)
    return f"<tr><th scope='row'>{name}</th><td>{one.points} of {len(one.marks)}</td>{cells}</tr>"


def _details(one: Marked) -> str:
    parts = "".join(_detail(one, mark) for mark in one.marks)
    return f"<h2>{escape(one.submission.name)}</h2>{parts}"


def _detail(one: Marked, mark: Mark) -> str:
    try:
        source, _ = one.submission.program(mark.exercise)
    except SubmissionError:
        source = ""
    said = f"<p><b>{mark.exercise}</b>, {mark.status}: {escape(mark.sentence)}</p>"
    return said + (f"<pre tabindex='0'>{escape(source)}</pre>" if source else "")
