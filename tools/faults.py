"""Put faults into the package, one at a time, and say which tests catch each.

    python tools/faults.py                        all faults, two at a time
    python tools/faults.py --only gradient        those with "gradient" in their name
    python tools/faults.py --json faults.json     also as data: fault to failing tests
    python tools/faults.py --stages 1             only the tests that the list names for each

The faults are in `fault_list.py`. Each goes into a copy of the repository in a temporary
folder: the working tree is never touched. Its own tests run first, then the quick ones, and
only if nothing fails the slow ones. Exit status 0 if every fault is caught, 1 if one is not,
2 if something is wrong with the list or with the tests themselves.
"""

import argparse
import ast
import contextlib
import itertools
import json
import multiprocessing
import os
import queue
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fault_list import FAULTS, Fault

ROOT = Path(__file__).resolve().parent.parent
PACKAGE = "nst_helpers"
NOT_COPIED = (".*", "build", "__pycache__", "*.egg-info")
STALLED = 300  # seconds without a finished test, after which a fault counts as caught by it
ENOUGH = 3  # failing tests of one stage, after which the next fault's turn comes

# Test files by name without "test_"; what is in none of these lists is quick.
SLOW = """cli cli_arguments corpus files fuzz interrupts kernel recipes second_device soak
studio transfer upload vgg"""
# a minute each, about one thing: they run only for a fault that names them
IF_NAMED = "precision"
# they know nothing of what the package does, or run whole notebooks
NEVER = (
    "address benchmark browser colab docs environment habits kernel_peaks notebook_runs notebooks "
    "package slides structure"
)
# they measure time or memory of the machine, or race with it, and would fail of themselves
DESELECTED = (
    "test_none_takes_two_seconds_or_300_mb",
    "test_a_freed_block_is_taken_again_without_a_page_fault",
)
RESULT = re.compile(r"^(\S+::.*?) (?:PASSED|FAILED|ERROR|SKIPPED|XFAIL|XPASS)\b.*$")
FAILURE = re.compile(r"^(?:(\S+::.*?) (?:FAILED|ERROR)\s.*|ERROR (\S+\.py)(?: - .*)?)$")

# Every run of pytest is forked from one process that has imported what is slow to import.
WARM = multiprocessing.get_context("forkserver")
SLOW_TO_IMPORT = ["torch", "torchvision.models", "PIL.ImageCms", "psutil", "ipywidgets", "IPython"]
MOST_MEMORY = 10 * 10**9  # bytes of addresses: a fault may ask for more than the machine has
ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONDONTWRITEBYTECODE": "1",  # a restored file may be as old and long as a changed one
    "COLUMNS": "400",
}

_stopping = threading.Event()


class ListError(Exception):
    """The list of faults, or the tests without a fault, are not in order."""


def main() -> int:
    options = _options()
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    _prepare()
    chosen = [fault for fault in FAULTS if options.only.lower() in fault.name.lower()]
    caught: dict[str, list[str]] = {}
    try:
        _check(chosen)
        with tempfile.TemporaryDirectory(prefix="faults-") as scratch:
            for fault, found in _try_all(chosen, Path(scratch), options):
                caught[fault.name] = found
    except ListError as complaint:
        print(f"faults: {complaint}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("faults: interrupted; the table holds what was tried.", file=sys.stderr)
    if options.json:
        Path(options.json).write_text(json.dumps(caught, indent=1, ensure_ascii=False) + "\n")
    _print_table(caught)
    return 130 if len(caught) < len(chosen) else int(not all(caught.values()))


def _prepare() -> None:
    """Nothing of the user's settings, one thread a process, and a warm process to fork."""
    for name in [name for name in os.environ if name.startswith("NST_")]:
        del os.environ[name]
    os.environ.update(ENVIRONMENT)
    WARM.set_forkserver_preload(SLOW_TO_IMPORT)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--only", metavar="NAME_PART", default="", help="faults with it in a name")
    parser.add_argument("--stages", metavar="N", type=int, default=3, help="give up after so many")
    parser.add_argument("--workers", metavar="N", type=int, default=2, help="faults at a time")
    parser.add_argument("--json", metavar="FILE", help="where the result goes as data")
    return parser.parse_args()


def find(package: Path, fault: Fault) -> Path:
    """The one file in which `fault.old` occurs, and once; ListError if there is no such file."""
    counts = {path: path.read_text("utf-8").count(fault.old) for path in package.rglob("*.py")}
    places = sorted(path for path, count in counts.items() if count)
    if sum(counts.values()) != 1:
        names = ", ".join(str(path.relative_to(package)) for path in places) or "no file"
        raise ListError(
            f"“{fault.name}”: {fault.old!r} occurs {sum(counts.values())} times, in {names}, and "
            "not once: give it text that occurs once."
        )
    return places[0]


def _check(faults: Sequence[Fault]) -> None:
    """Raise ListError, with everything that is wrong, if a fault could not be put in."""
    wrong = [] if faults else ["No fault has such a name: look in fault_list.py."]
    known = {path.stem.removeprefix("test_") for path in _test_files(ROOT)}
    for fault in faults:
        try:
            place = find(ROOT / PACKAGE, fault)
            ast.parse(place.read_text("utf-8").replace(fault.old, fault.new))
        except ListError as complaint:
            wrong.append(str(complaint))
        except SyntaxError as error:
            wrong.append(f"“{fault.name}”: {error} with its new text: give it whole code.")
        for name in sorted(set(fault.tests.split()) - known):
            wrong.append(f"“{fault.name}”: there is no test_{name}.py: name tests that exist.")
    names = [fault.name for fault in faults]
    wrong += [f"“{name}” is there twice." for name in sorted(set(names)) if names.count(name) > 1]
    if wrong:
        raise ListError("\nfaults: ".join(wrong))


def _test_files(folder: Path) -> list[Path]:
    return sorted(p for p in (folder / "tests").rglob("test_*.py") if p.parent.name != "browser")


def _stages(folder: Path, first: str = "") -> Iterator[list[str]]:
    """Test files by turns, none twice: those that `first` names, the quick ones, the slow ones."""
    rest = {path.stem.removeprefix("test_"): path for path in _test_files(folder)}
    rest = {name: path for name, path in rest.items() if name not in NEVER.split()}
    quick = [name for name in rest if name not in (SLOW + " " + IF_NAMED).split()]
    for names in (first.split(), quick, SLOW.split()):
        stage = [str(rest.pop(name).relative_to(folder)) for name in names if name in rest]
        if stage:
            yield stage


def _try_all(
    faults: Sequence[Fault], scratch: Path, options: argparse.Namespace
) -> Iterator[tuple[Fault, list[str]]]:
    """Each fault and the tests that fail with it; ListError if any fail without a fault."""
    folders: queue.SimpleQueue[Path] = queue.SimpleQueue()
    for number in range(options.workers):
        folders.put(shutil.copytree(ROOT, scratch / str(number), ignore=_not_copied))

    def in_a_copy(work, *arguments):
        folder = folders.get()
        try:
            return work(folder, *arguments)
        finally:
            folders.put(folder)

    pool = ThreadPoolExecutor(options.workers)
    try:
        stages = _stages(scratch / "0", IF_NAMED)
        before = pool.map(lambda stage: in_a_copy(_failures, stage), stages)
        if failing := list(itertools.chain(*before)):
            raise ListError(f"{', '.join(failing)} failed without a fault: put that right first.")
        print("faults: all is well without a fault", file=sys.stderr, flush=True)
        yield from zip(
            faults,
            pool.map(lambda fault: in_a_copy(_try_one, fault, options.stages), faults),
            strict=True,
        )
    finally:  # also after Ctrl-C, nothing may run on in copies that are about to go
        _stopping.set()
        pool.shutdown(cancel_futures=True)


def _not_copied(folder: str, names: list[str]) -> set[str]:
    return shutil.ignore_patterns(*NOT_COPIED)(folder, names)


def _try_one(folder: Path, fault: Fault, stages: int) -> list[str]:
    """The tests that fail with `fault` in the copy; afterwards the copy is as it was."""
    place = find(folder / PACKAGE, fault)
    sound = place.read_text("utf-8")
    place.write_text(sound.replace(fault.old, fault.new), "utf-8")
    try:
        tried = itertools.islice(_stages(folder, fault.tests), stages)
        found = next(filter(None, (_failures(folder, tests) for tests in tried)), [])
    finally:
        place.write_text(sound, "utf-8")
    says = f"caught by {found[0]}" if found else "NOT CAUGHT"
    print(f"faults: {fault.name}: {says}", file=sys.stderr, flush=True)
    return found


def _failures(folder: Path, tests: Sequence[str]) -> list[str]:
    """The ids of the tests that fail, or in which the process dies or hangs."""
    log = folder.with_suffix(".log")
    log.touch()
    process = WARM.Process(target=_run_pytest, args=(folder, tests, log))
    process.start()
    while process.is_alive():
        process.join(0.2)
        if time.time() - log.stat().st_mtime > STALLED or _stopping.is_set():
            with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                os.killpg(process.pid, signal.SIGKILL)
    lines = log.read_text("utf-8", "replace").splitlines()
    log.unlink()
    found = [next(filter(None, match.groups())) for match in map(FAILURE.match, lines) if match]
    if not found and process.exitcode not in (0, 5):
        begun = [line for line in lines if "::" in line and not RESULT.match(line)]
        where = begun[-1].split("[")[0].strip() if begun else tests[0]
        found = [f"{where} (the process ended with status {process.exitcode})"]
    return sorted(set(found), key=found.index)


def _run_pytest(folder: Path, tests: Sequence[str], log: Path) -> None:
    """In a process of its own, in which torch is there already: pytest, in the copy `folder`."""
    import resource

    os.setsid()  # what a test starts goes when this goes
    signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored, if we are in the background
    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    descriptor = os.open(log, os.O_WRONLY | os.O_TRUNC)
    for stream in (1, 2):
        os.dup2(descriptor, stream)
    os.chdir(folder)
    os.environ["PYTHONPATH"] = str(folder)
    sys.path[:] = [str(folder), *(path for path in sys.path if Path(path).resolve() != ROOT)]
    import pytest

    status = pytest.main([
        "-vv", "--tb=no", f"--maxfail={ENOUGH}", "-p", "no:cacheprovider", "-p", "no:xdist",
        "-m", "not soak and not browser",
        "-k", " and ".join(f"not {name}" for name in DESELECTED), *tests,
    ])  # fmt: skip
    sys.stdout.flush()
    os._exit(int(status))  # at once, whatever threads a fault has left


def _print_table(caught: dict[str, list[str]]) -> None:
    print("| fault | caught by |\n|---|---|")
    for name, tests in caught.items():
        print(f"| {name} | {', '.join(tests) or '**nothing**'} |")
    count = sum(map(bool, caught.values()))
    print(f"\n{count} of {len(caught)} faults are caught.")


if __name__ == "__main__":
    sys.exit(main())
