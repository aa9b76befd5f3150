"""load_image against changed files: a few seconds each time, ten minutes in `make soak`."""

import subprocess
import sys
import time
from pathlib import Path

import fuzz
import pytest

# small inputs that the guided search kept, each for branches that no other reached, and finds
KEPT = sorted(Path(__file__).parent.joinpath("fuzzed").glob("*"))


def test_a_few_seconds_of_changed_files(files, tmp_path):
    count = fuzz.run(fuzz.seeds(files), seconds=5, seed=7, keep=tmp_path / "found")
    assert count > 50  # some thousands where nobody else is at work


def test_what_the_search_kept_is_still_loaded_or_refused():
    assert len(KEPT) >= 50
    for path in KEPT:
        for size in fuzz.SIZES:
            fuzz.try_one(path.read_bytes(), size)


@pytest.mark.soak
def test_five_minutes_of_changed_files(files, tmp_path):
    seed = int(time.time())
    count = fuzz.run(fuzz.seeds(files), seconds=300, seed=seed, keep=tmp_path / "found")
    print(f"{count} changed files from seed {seed}: each loaded to the contract or was refused")


@pytest.mark.soak
def test_five_minutes_guided_by_coverage(tmp_path):
    pytest.importorskip("atheris", reason="pip install atheris, which is for Linux")
    command = [sys.executable, Path(__file__).with_name("fuzz_guided.py"), "300", tmp_path / "out"]
    done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=600)
    said = done.stderr.splitlines()
    print(*[line for line in said if "stat::" in line or "DONE" in line], sep="\n")
    assert not list((tmp_path / "out" / "found").iterdir()), said[-20:]
    assert done.returncode == 0, said[-20:]
