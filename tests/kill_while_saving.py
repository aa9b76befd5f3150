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

from nst_helpers.files import ENDING, write_whole
from nst_helpers.images import save_image
from nst_helpers.preview import save_animation

PICTURE = torch.rand(1, 3, 200, 300)


def save_all(folder: Path) -> None:
    save_image(PICTURE, folder / "one.png")
    save_image(PICTURE, folder / "one.jpg")
    save_animation([PICTURE, 1 - PICTURE], folder / "one.gif")
    write_whole(folder / "one.checkpoint", lambda file: torch.save({"image": PICTURE}, file))


def check_all(folder: Path) -> None:
    for name in ("one.png", "one.jpg", "one.gif"):
        with Image.open(folder / name) as picture:
            sizes = [frame.convert("RGB").size for frame in ImageSequence.Iterator(picture)]
        assert sizes == [(300, 200)] * (2 if name.endswith("gif") else 1), name
    contents = torch.load(folder / "one.checkpoint", weights_only=True)
    assert torch.equal(contents["image"], PICTURE)


def kill_one(folder: Path) -> None:
    began, begun = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(begun, b"1")
        while True:
            save_all(folder)
    os.read(began, 1)
    time.sleep(random.uniform(0, 0.15))
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    os.close(began)
    os.close(begun)


def main(folder: Path, kills: int) -> None:
    torch.set_num_threads(1)  # threads do not survive a fork
    save_all(folder)
    for _ in range(kills):
        kill_one(folder)
        check_all(folder)
    torn = [path for path in folder.iterdir() if path.name.endswith(ENDING)]
    print(kills, len(torn))


if __name__ == "__main__":
    main(Path(sys.argv[1]), int(sys.argv[2]))
