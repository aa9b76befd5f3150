"""What the site is made of, laid out as in the repository, so that links need no change."""

import base64
import hashlib
import posixpath
import re
import shutil
from html import escape
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbformat.v4 import new_output
from PIL import Image

from nst_helpers.quizzes import quiz_part
from tools.website.home import GALLERY, home

ROOT = Path(__file__).resolve().parents[2]
PAGES = ("TEACHING.md", "CONTRIBUTING.md", "CHANGELOG.md", "benchmarks/README.md",
         "benchmarks/results/pictures.md", "images/CREDITS.md")  # fmt: skip
ON_THE_HOME_PAGE = re.compile(r"\]\(((?:\.\./)*)(?:README|images/results/README)\.md\)")
QUIZ = re.compile(r'^quiz\("(\d\d)"\)$', re.M)
LINK = re.compile(r"\]\(([^)#:\s]+)\)")
WIDGET = "application/vnd.jupyter.widget-view+json"
THUMBNAIL = (512, 512)  # px


def anchor(title: str) -> str:
    """A heading's anchor, as Jupyter makes it."""
    return title.replace(" ", "-")


def gather(pages: Path, extra: Path) -> None:
    """Write what Sphinx reads into `pages`, and what it copies as it is into `extra`.

    Both are new folders. The second has the pictures that raw HTML shows.
    """
    folders = (ROOT / "docs", ROOT / "teaching")
    more = [path.relative_to(ROOT).as_posix() for each in folders for path in each.glob("*.md")]
    for name in (*PAGES, *more):
        _page(name, pages)
    shutil.copytree(ROOT / "notebooks" / "assets", pages / "notebooks" / "assets")
    for path in (ROOT / "notebooks").glob("*.ipynb"):
        _lesson(path, pages, extra)
    _pictures(extra)
    (pages / "index.md").write_text(home(ROOT), encoding="utf-8")
    shutil.copy(Path(__file__).with_name("reference.md"), pages)


def _page(name: str, pages: Path) -> None:
    """One page, and the files it links to that are no pages themselves."""
    text = (ROOT / name).read_text(encoding="utf-8")
    text = ON_THE_HOME_PAGE.sub(r"](\1index.md)", text)
    for link in LINK.findall(text):
        target = posixpath.normpath(posixpath.join(posixpath.dirname(name), link))
        if (ROOT / target).is_file() and not target.endswith((".md", ".ipynb")):
            _place(pages / target).write_bytes((ROOT / target).read_bytes())
    _place(pages / name).write_text(text, encoding="utf-8")


def _lesson(path: Path, pages: Path, extra: Path) -> None:
    """A notebook whose pictures are files, with their words, and whose widgets are left out."""
    notebook = nbformat.read(path, as_version=4)
    figures = extra / "notebooks" / "figures"
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = ON_THE_HOME_PAGE.sub(r"](\1index.md)", cell.source)
        else:
            outputs = [o for o in cell.outputs if WIDGET not in o.get("data", {})]
            if asked := QUIZ.search(cell.source):  # a page has no kernel, and needs none for this
                outputs = [new_output("display_data", {"text/html": quiz_part(asked[1])})]
            cell.outputs = [_with_file(output, figures) for output in outputs]
    nbformat.write(notebook, pages / "notebooks" / path.name)


def _with_file(output: NotebookNode, figures: Path) -> NotebookNode:
    """The output with a link to its picture in the place of the picture itself."""
    data = output.get("data", {})
    if "image/jpeg" in data:
        picture = base64.b64decode(data.pop("image/jpeg"))
        name = f"{hashlib.sha256(picture).hexdigest()[:16]}.jpg"
        _place(figures / name).write_bytes(picture)
        alt = escape(output.metadata["image/jpeg"]["alt"])
        data["text/html"] = f'<a href="figures/{name}"><img src="figures/{name}" alt="{alt}"></a>'
    return output


def _pictures(extra: Path) -> None:
    """The gallery's paintings, large and small, and the films."""
    for path in (ROOT / GALLERY).iterdir():
        if path.suffix in (".jpg", ".webp"):
            shutil.copy(path, _place(extra / GALLERY / path.name))
    shutil.copy(ROOT / "images" / "studio.webp", extra / "images")
    for path in (ROOT / GALLERY).glob("*.jpg"):
        picture = Image.open(path)
        picture.thumbnail(THUMBNAIL, Image.Resampling.LANCZOS)
        picture.save(_place(extra / "thumbs" / path.name), quality=80)


def _place(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    return path
