"""Every supplied photo in the manner of every painting, small (`make grid`): one sheet.

Some 270 pictures of 256 px, with half as many steps as usual. Each stays in build/grid, so what was
cut short goes on where it was; delete that folder when the program has learnt to paint differently.
"""

from PIL import Image, ImageOps

from nst_helpers import Job, paint_all, samples
from tools.gallery import FOLDER

PAINTED = FOLDER.parent.parent / "build" / "grid"
SHEET = FOLDER / "grid.jpg"
SETTINGS = {"size": 256, "steps": 100}
CELL, QUALITY = 112, 80  # px shown, and of the JPEG


def jobs() -> list[list[Job]]:
    """One row a photo, one job a painting."""
    return [
        [Job(photo, style, PAINTED / f"{name}_{manner}.png", SETTINGS)
         for manner, style in samples("style").items()]
        for name, photo in samples("content").items()
    ]  # fmt: skip


def sheet(rows: list[list[Job]]) -> Image.Image:
    """Paintings along the top, photos down the left, and where they meet what became of both."""
    pictures = [[None, *(job.style for job in rows[0])]]
    pictures += [[row[0].content, *(job.output for job in row)] for row in rows]
    page = Image.new("RGB", (CELL * len(pictures[0]), CELL * len(pictures)), "white")
    for y, row in enumerate(pictures):
        for x, file in enumerate(row):
            if file:
                cell = ImageOps.fit(Image.open(file).convert("RGB"), (CELL, CELL))
                page.paste(cell, (x * CELL, y * CELL))
    return page


def main() -> None:
    PAINTED.mkdir(parents=True, exist_ok=True)
    rows = jobs()
    for outcome in paint_all(job for row in rows for job in row):
        if outcome.error:
            raise outcome.error
        print(f"{outcome.job.output.name}: {outcome.seconds:.0f} s", flush=True)
    sheet(rows).save(SHEET, quality=QUALITY)


if __name__ == "__main__":
    main()
