"""Kill processes at random moments while they save; prints the kills, and how many tore a file.

    python kill_while_saving.py FOLDER KILLS

Every file under its final name must be whole after each kill. The processes are forked from
one that has imported everything, which leaves time for many.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

import torch
from PIL import Image, ImageSequence

from nst_helpers.pictures.save import ENDING, save_animation, save_image, write_whole

PICTURE = torch.rand(1, 3, 60, 100)


def slow_disk() -> None:
    """Let every file wait 5 ms for the disk, or hardly a kill falls between its two names."""
    sync = os.fsync

    def slowly(handle: int) -> None:
        time.sleep(0.005)
        sync(handle)

    os.fsync = slowly


def save_all(folder: Path) -> None:
    save_image(PICTURE, folder / "one.png")
    save_image(PICTURE, folder / "one.jpg")
    save_animation([PICTURE, 1 - PICTURE], folder / "one.gif")
    write_whole(folder / "one.checkpoint", lambda file: torch.save({"image": PICTURE}, file))


def check_all(folder: Path) -> None:
    for name in ("one.png", "one.jpg", "one.gif"):
        with Image.open(folder / name) as picture:
            sizes = [frame.convert("RGB").size for frame in ImageSequence.Iterator(picture)]
        assert sizes == [(100, 60)] * (2 if name.endswith("gif") else 1), name
    contents = torch.load(folder / "one.checkpoint", weights_only=True)
    assert torch.equal(contents["image"], PICTURE)


def kill_one(folder: Path, round_seconds: float) -> bool:
    """Kill a child that saves over and over; returns whether it left a file that is not whole."""
    saved, says_saved = os.pipe()
    child = os.fork()
    if child == 0:
        while True:
            save_all(folder)
            os.write(says_saved, b"1")
    os.read(saved, 1)  # a whole round first: the first one of a fork is slow on some machines
    time.sleep(random.uniform(0, 2 * round_seconds))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(saved)
    os.close(says_saved)
    torn = [path for path in folder.iterdir() if path.name.endswith(ENDING)]
    for path in torn:
        path.unlink()
    return bool(torn)


def main(folder: Path, kills: int) -> None:
    torch.set_num_threads(1)  # threads do not survive a fork
    slow_disk()
    save_all(folder)
    began = time.perf_counter()
    save_all(folder)
    round_seconds = time.perf_counter() - began
    torn = 0
    for _ in range(kills):
        torn += kill_one(folder, round_seconds)
        check_all(folder)
    print(kills, torn)


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
