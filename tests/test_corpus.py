"""Bad and odd files: each loads to the contract or is refused in one useful sentence."""

import json
import os
import subprocess
import sys
import warnings
from pathlib import Path

import psutil
import pytest
import torch
from corpus_cases import CASES, LOADED, REFUSED, SPOILT
from PIL import Image

from nst_helpers.errors import ImageError, ImageNote
from nst_helpers.pictures.images import check_image, from_pil, load_image

SECONDS, MEGABYTES = 2, 300


def path_of(files, name: str) -> Path:
    return files[name] if name in files else pytest.skip("this system cannot make such a file")


def assert_useful(fault: ImageError, path: Path) -> None:
    """One line that names the file, with what is wrong and, after a colon, what to do."""
    sentence = str(fault)
    assert len(sentence.splitlines()) == 1
    assert path.name in sentence or repr(str(path)) in sentence
    assert sentence.endswith(".")
    assert ": " in sentence.replace(str(path), "")


def test_the_corpus_is_large():
    assert len(CASES) >= 40


@pytest.mark.parametrize("name", REFUSED, ids=lambda name: ascii(name[:40]))
def test_it_is_refused_in_one_sentence(files, name):
    path = path_of(files, name)
    with pytest.raises(ImageError, match=REFUSED[name].words) as caught:
        load_image(path, REFUSED[name].size)
    assert_useful(caught.value, path)


@pytest.mark.parametrize("name", LOADED, ids=lambda name: ascii(name[:40]))
def test_it_loads_to_the_contract(files, name):
    case, path = LOADED[name], path_of(files, name)
    with warnings.catch_warnings(record=True) as notes:
        warnings.simplefilter("always")
        image = check_image(load_image(path, case.size))
    assert image.is_contiguous()
    assert [note.category for note in notes] == [ImageNote] * case.note
    if case.like is not None:
        wanted = from_pil(case.like)
        assert image.shape == wanted.shape
        assert (image - wanted).abs().max() <= case.tolerance


@pytest.mark.parametrize("name", SPOILT)
def test_it_loads_or_is_refused(files, name):
    try:
        check_image(load_image(files[name]))
    except ImageError as fault:
        assert_useful(fault, files[name])


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are POSIX's here")
def test_permission_denied_is_a_sentence(strangers_folder):
    path = strangers_folder / "private.png"
    Image.new("RGB", (4, 4)).save(path)
    path.chmod(0)
    with pytest.raises(ImageError, match="may not be read") as caught:
        load_image(path)
    assert_useful(caught.value, path)


WATCHER = """
import json, resource, sys, time, warnings
from nst_helpers.errors import ImageError
from nst_helpers.pictures.images import load_image

def peak():
    try:
        with open("/proc/self/status") as status:
            return next(int(line.split()[1]) for line in status if line.startswith("VmHWM")) / 1024
    except OSError:  # no Linux: the highest so far, which later files cannot lower
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20

def from_here():
    try:
        with open("/proc/self/clear_refs", "w") as refs:
            refs.write("5")
    except OSError:
        pass
    return peak()

warnings.simplefilter("ignore")
for name, path, size in json.load(sys.stdin):
    before, started = from_here(), time.process_time()
    try:
        load_image(path, size)
    except ImageError:
        pass
    print(json.dumps([name, time.process_time() - started, peak() - before]), flush=True)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="the process's peak is read as POSIX has it")
def test_none_takes_two_seconds_or_300_mb(files):
    """In a process of its own; on Linux its peak of resident memory is reset before each file.

    The seconds are the processor's: the clock's would measure who else is at work. A file
    that hangs runs into the time limit of the whole.
    """
    work = json.dumps([(name, str(path), CASES[name].size) for name, path in files.items()])
    done = subprocess.run(
        [sys.executable, "-c", WATCHER], input=work, capture_output=True, text=True, timeout=90
    )
    assert done.returncode == 0, done.stderr
    costs = [json.loads(line) for line in done.stdout.splitlines()]
    assert len(costs) == len(files)
    assert not [cost for cost in costs if cost[1] > SECONDS or cost[2] > MEGABYTES]
    assert max(megabytes for _, _, megabytes in costs) > 50, "the measure does not measure"


def test_files_are_closed_again(files):
    me = psutil.Process()
    before = me.num_fds() if hasattr(me, "num_fds") else me.num_handles()
    for name, path in files.items():
        if "megapixels" not in name:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", ImageNote)
                try:
                    load_image(path, CASES[name].size)
                except ImageError:
                    continue
    after = me.num_fds() if hasattr(me, "num_fds") else me.num_handles()
    assert after <= before


def test_a_format_that_starts_programs_is_never_tried(files, monkeypatch):
    """Pillow hands EPS to Ghostscript."""
    from PIL import EpsImagePlugin

    monkeypatch.setattr(EpsImagePlugin, "Ghostscript", lambda *_: pytest.fail("it was started"))
    with pytest.raises(ImageError):
        load_image(files["program.eps"])


def test_the_four_quadrants_are_where_they_were(files):
    image = load_image(files["plain.png"])
    corners = image[0, :, [0, 0, -1, -1], [0, -1, 0, -1]].T
    assert torch.equal(corners, torch.tensor([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [1, 1, 1]]))
