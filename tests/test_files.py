"""Saving: a file is whole or as it was before, whatever happens to process and disk."""

import contextlib
import errno
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from PIL import Image

from nst_helpers.engine.checkpoint import keep_run
from nst_helpers.engine.objective import Objective, content_terms
from nst_helpers.engine.run import Run
from nst_helpers.errors import SaveError
from nst_helpers.pictures import save
from nst_helpers.pictures.save import save_animation, save_image, write_whole

KILLER = Path(__file__).parent / "kill_while_saving.py"
KILLS = 20


@pytest.fixture
def picture() -> torch.Tensor:
    return torch.rand(1, 3, 64, 96, generator=torch.Generator().manual_seed(0))


@pytest.fixture
def saves(picture, network):
    """Each way of saving, as a function of the path."""

    def checkpoint(path):
        run = Run(Objective(network, content_terms(network, picture)), picture, 2)
        next(keep_run(run, path, seconds=0.0))
        return path

    return {
        "PNG": lambda folder: save_image(picture, folder / "one.png"),
        "JPEG": lambda folder: save_image(picture, folder / "one.jpg"),
        "GIF": lambda folder: save_animation([picture, 1 - picture], folder / "one.gif"),
        "checkpoint": lambda folder: checkpoint(folder / "one.checkpoint"),
        "text": lambda folder: write_whole(folder / "one.json", lambda file: file.write(b"1" * 99)),
    }


KINDS = ("PNG", "JPEG", "GIF", "checkpoint", "text")


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks processes to kill them")
def test_a_process_killed_while_saving_leaves_whole_files(tmp_path):
    done = subprocess.run(
        [sys.executable, KILLER, tmp_path, str(KILLS)],
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    kills, torn = map(int, done.stdout.split())
    assert kills == KILLS
    assert torn > 0, "no process was killed in the middle of a file: the test shows nothing"


@contextlib.contextmanager
def disk_with_room_for(size: int):
    """No file may grow beyond `size` bytes: to a writer, a disk that is full."""
    resource = pytest.importorskip("resource")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("part", [0, 0.01, 0.5, 0.999])
def test_a_full_disk_is_one_sentence_and_the_old_file_stays(tmp_path, saves, kind, part):
    path = saves[kind](tmp_path)
    before = path.read_bytes()
    with disk_with_room_for(int(part * len(before))), pytest.raises(SaveError) as refusal:
        saves[kind](tmp_path)
    assert str(refusal.value).startswith(f"{path} could not be written (File too large)")
    assert "\n" not in str(refusal.value)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.parametrize("kind", KINDS)
def test_a_disk_that_is_full_for_a_moment_is_not_taken_for_success(
    tmp_path, saves, kind, monkeypatch
):
    path = saves[kind](tmp_path)
    before, failures = path.read_bytes(), []

    class Disk(io.FileIO):
        def write(self, content):
            if not failures:
                failures.append(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)))
                raise failures[0]
            return super().write(content)

    monkeypatch.setattr(save.os, "fdopen", lambda *arguments: io.BufferedWriter(Disk(*arguments)))
    with pytest.raises(SaveError, match=os.strerror(errno.ENOSPC)):
        saves[kind](tmp_path)
    assert failures
    assert path.read_bytes() == before


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("reason", [errno.EROFS, errno.EACCES, errno.ENOSPC])
def test_a_folder_that_cannot_be_written_is_one_sentence(
    tmp_path, saves, kind, reason, monkeypatch
):
    def refuse(*_):
        raise OSError(reason, os.strerror(reason))

    monkeypatch.setattr(save.tempfile, "mkstemp", refuse)
    with pytest.raises(SaveError, match=os.strerror(reason)):
        saves[kind](tmp_path)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="permissions are POSIX's here")
def test_a_read_only_folder_is_one_sentence(strangers_folder, picture):
    folder = strangers_folder / "read-only"
    folder.mkdir(0o500)
    with pytest.raises(SaveError, match="Permission denied"):
        save_image(picture, folder / "one.png")


def test_an_interrupt_while_saving_leaves_what_was_there(tmp_path):
    path = write_whole(tmp_path / "one.txt", lambda file: file.write(b"before"))

    def interrupted(file):
        file.write(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_whole(path, interrupted)
    assert path.read_bytes() == b"before"
    assert list(tmp_path.iterdir()) == [path]


def test_a_name_passes_at_once_to_a_file_that_is_on_the_disk(tmp_path, monkeypatch):
    path = write_whole(tmp_path / "one.txt", lambda file: file.write(b"before"))
    fsync, replace, on_disk, renamed = os.fsync, os.replace, [], []

    def fsync_and_tell(handle):
        fsync(handle)
        on_disk.append((os.fstat(handle).st_ino, os.fstat(handle).st_size))

    def replace_and_tell(source, target):
        assert path.read_bytes() == b"before"
        renamed.append((os.stat(source).st_ino, os.stat(source).st_size))
        replace(source, target)

    monkeypatch.setattr(os, "fsync", fsync_and_tell)
    monkeypatch.setattr(os, "replace", replace_and_tell)
    write_whole(path, lambda file: file.write(b"afterwards"))
    assert path.read_bytes() == b"afterwards"
    assert renamed == on_disk == [(path.stat().st_ino, 10)]


def test_what_a_killed_process_left_is_removed_once_it_is_old(tmp_path):
    old, new = tmp_path / ".one.png.abc.part", tmp_path / ".one.png.def.part"
    others = [tmp_path / ".two.png.abc.part", tmp_path / "one.png.abc.part"]
    for path in (old, new, *others):
        path.write_bytes(b"half")
    for path in (old, *others):
        os.utime(path, (0, 0))
    path = write_whole(tmp_path / "one.png", lambda file: file.write(b"whole"))
    assert set(tmp_path.iterdir()) == {path, new, *others}


@pytest.mark.parametrize("name", ["ü b.png", "x" * 251 + ".png", "😀" * 62 + ".png"])
def test_any_name_that_the_system_allows(tmp_path, name):
    assert write_whole(tmp_path / name, lambda file: file.write(b"1")).read_bytes() == b"1"


def test_a_picture_is_readable_by_others(tmp_path):
    path = write_whole(tmp_path / "one.txt", lambda file: file.write(b"1"))
    assert path.stat().st_mode & 0o777 == 0o644 or os.name == "nt"


@pytest.mark.parametrize("kind", ["gif", "webp"])
def test_a_film_of_a_picture_that_grows_has_the_size_of_the_last_frame(tmp_path, picture, kind):
    small = picture[:, :, ::2, ::2]
    frames = [small, picture, 1 - small, 1 - picture]
    path = save_animation(frames, tmp_path / f"growing.{kind}")
    with Image.open(path) as film:
        assert film.format == kind.upper()
        assert film.size == (picture.shape[3], picture.shape[2])
        assert film.n_frames == 4
