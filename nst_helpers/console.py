"""The console command `nst`: paint, open the studio, fetch the course, mark a class, get advice."""

import argparse
import platform
import secrets
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nst_helpers import __version__
from nst_helpers.__main__ import MISTAKE, Parser, let_anything_be_printed
from nst_helpers.__main__ import main as paint
from nst_helpers.course import copy_course
from nst_helpers.engine import describe_device, free_memory, pick_device, pick_precision
from nst_helpers.errors import NSTError
from nst_helpers.transfer import estimate

EXAMPLES = """examples:
  nst paint cat.jpg wave.jpg -o out.png
  nst course my-course
  nst paint --help     (every setting, and advice on β)"""

# Versions with a known fault: what goes wrong, and what to ask pip for instead.
BROKEN = {
    "ipywidgets": (("8.1.9",), "shows no slider in VS Code", "ipywidgets!=8.1.9"),
    "ipykernel": (("7.0.0", "7.0.1"), "loses what the studio shows", "ipykernel!=7.0.0,!=7.0.1"),
}
# Voilà's page would fetch its icons from another site: this tells the browser not to.
NO_NETWORK = (
    "default-src 'self' 'unsafe-inline' 'unsafe-eval' data: blob:; connect-src 'self' ws: wss:"
)


def installed(package: str) -> str | None:
    """The version of `package`, or None where it is not installed."""
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def broken_versions() -> Iterator[str]:
    """One sentence for each installed version with a known fault, and the command that fixes it."""
    for package, (versions, fault, wanted) in BROKEN.items():
        if (found := installed(package)) in versions:
            yield f'{package} {found} {fault}: run pip install "{wanted}" and restart.'


def doctor(arguments: list[str]) -> int:
    """Report what this machine offers and what would go wrong on it; 2 if anything would."""
    example = "example:\n  nst doctor        (set NST_DEVICE=cpu first to ask about the processor)"
    Parser("nst doctor", description=doctor.__doc__, epilog=example).parse_args(arguments)
    print(f"Python {platform.python_version()}, {_versions('torch', 'torchvision', 'pillow')}")
    print(f"For the notebooks: {_versions('jupyterlab', 'ipykernel', 'ipywidgets', 'matplotlib')}")
    faults = list(broken_versions())
    try:
        place = pick_device()
        words = describe_device(place, pick_precision(place))
        print(f"{words}; {free_memory(place) / 1e9:.1f} GB of memory are free")
        print(f"A painting of {estimate()}")
    except NSTError as fault:
        faults.append(str(fault))
    print(*faults or ["All is well."], sep="\n")
    return MISTAKE if faults else 0


def studio(arguments: list[str]) -> int:
    """Serve the studio alone, as a page; further options are Voilà's, such as --port=8080."""
    if arguments[:1] in (["-h"], ["--help"]):
        texts = {"description": studio.__doc__, "epilog": "example:\n  nst studio --port=8080"}
        Parser("nst studio", usage="nst studio [OPTION …]", **texts).print_help()
        return 0
    try:
        from voila.app import Voila
    except ImportError:
        print('nst studio needs Voilà: run pip install "voila>=0.5".', file=sys.stderr)
        return MISTAKE
    page = resources.files("nst_helpers.studio").joinpath("page.ipynb")
    settings = {"headers": {"Content-Security-Policy": NO_NETWORK}}
    Voila.launch_instance([str(page), f"--Voila.tornado_settings={settings!r}", *arguments])
    return 0


def grade(arguments: list[str]) -> int:
    """Mark a folder of notebooks: each function in a process of its own, with limits."""
    options = _grade_options(arguments)
    try:
        from nst_helpers import marking
    except ImportError:
        print('nst grade needs nbformat: run pip install "nbformat>=5.7".', file=sys.stderr)
        return MISTAKE
    if not marking.WARM:
        print("This system starts each process anew: allow some seconds for every exercise.")
    if sys.platform == "win32":
        print("Windows limits their time, but neither memory nor files: mark in WSL if you can.")
    try:
        out = [path for path in (options.csv, options.html) if path]
        submissions = marking.read_submissions(options.folder, out)
        exercises = marking.chosen(submissions, options.lessons)
        with ThreadPoolExecutor(options.workers) as pool:
            limits = marking.Limits(options.seconds)
            found = marking.mark_all(submissions, exercises, pool, options.seed, limits)
            marked = sorted(found, key=lambda one: one.submission.name)
        pairs = marking.similar(submissions, exercises)
        marking.write_csv(marked, options.csv)
        if options.html:
            print(marking.write_page(marked, pairs, options.html))
    except NSTError as fault:
        print(f"nst grade: {fault}", file=sys.stderr)
        return MISTAKE
    print(*marking.summary(marked, pairs), sep="\n")
    print(f"{options.csv}; --seed {options.seed} draws the same cases again.")
    return 0


def _grade_options(arguments: list[str]) -> argparse.Namespace:
    example = "example:\n  nst grade handed-in --csv marks.csv --html report"
    parser = Parser("nst grade", description=grade.__doc__, epilog=example)
    parser.add_argument("folder", type=Path, help="one notebook, or folder of them, a learner")
    parser.add_argument("--csv", type=Path, default=Path("marks.csv"), help="where the marks go")
    parser.add_argument("--html", type=Path, metavar="FOLDER", help="the same as a page to read")
    parser.add_argument("--lessons", nargs="+", metavar="NN", help="default: those handed in")
    parser.add_argument("--seconds", type=int, default=10, help="of processor time, an exercise")
    parser.add_argument("--workers", type=int, default=2, help="submissions at a time")
    parser.add_argument("--seed", type=int, help="of the fresh cases; default: another each time")
    options = parser.parse_args(arguments)
    options.seed = secrets.randbelow(10**6) if options.seed is None else options.seed
    for name in ("seconds", "workers"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be 1 or more")
    return options


def _versions(*packages: str) -> str:
    """What is installed of `packages`, and what is not."""
    return ", ".join(f"{name} {installed(name) or 'is missing'}" for name in packages)


COMMANDS: dict[str, tuple[Callable[[list[str]], int], str]] = {
    "paint": (lambda rest: paint(rest, "nst paint"), "a photo in the manner of a painting"),
    "studio": (studio, "the studio alone, as a page for an open day"),
    "course": (copy_course, "the notebooks, in a folder of your own"),
    "grade": (grade, "the marks of a class, out of the notebooks handed in"),
    "doctor": (doctor, "what this machine offers, and what would go wrong"),
}


def main(arguments: list[str] | None = None) -> int:
    """Run the subcommand that the first word names; returns the exit status."""
    let_anything_be_printed()
    words = sys.argv[1:] if arguments is None else arguments
    listed = "\n".join(f"  {name:8} {what}" for name, (_, what) in COMMANDS.items())
    command = Parser("nst", usage="nst COMMAND …", epilog=f"commands:\n{listed}\n\n{EXAMPLES}")
    command.add_argument("--version", action="version", version=f"nst_helpers {__version__}")
    command.add_argument("command", choices=tuple(COMMANDS), metavar="COMMAND")
    chosen = command.parse_args(words[:1] or ["--help"])
    return COMMANDS[chosen.command][0](words[1:])
