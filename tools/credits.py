"""Who made each picture, read from images/CREDITS.md."""

from pathlib import Path

CREDITS = Path(__file__).resolve().parent.parent / "images" / "CREDITS.md"


def read_credits() -> dict[str, tuple[str, str, str]]:
    """What, by whom and under which licence, by a picture's path below `images`."""
    lines = CREDITS.read_text(encoding="utf-8").splitlines()
    rows = [[cell.strip() for cell in line.split("|")[1:-1]] for line in lines if "|" in line]
    return {row[0]: (row[1], row[2], row[3]) for row in rows if row[0].endswith(".jpg")}
