"""The pictures a studio can choose from: supplied, yours, uploaded. Reads files, writes none."""

import io
import re
from collections import ChainMap
from pathlib import Path

from PIL import Image
from torch import Tensor

from nst_helpers.errors import ImageError
from nst_helpers.pictures import (
    Decoded,
    check_image,
    decode_file,
    decode_stream,
    fit_within,
    from_pil,
    samples,
    to_pil,
)

LARGEST_SIZE = 1024  # px, the longer side at which an upload is kept
LONGEST_NAME = 80  # characters, from the end: a picker is not wide
LARGEST_UPLOAD = 10 * 2**20  # bytes; larger messages are refused by Jupyter's own server


class Gallery:
    """Pictures by name. `names("content")` and `names("style")` are what a picker offers.

    `take_notes()` says what was done to added pictures that their owner may not expect.
    """

    def __init__(self):
        self._notes: list[str] = []
        self._supplied = {kind: samples(kind) for kind in ("content", "style")}
        self._added: dict[str, Path | Tensor] = {}
        self._all = ChainMap(self._added, *self._supplied.values())

    def names(self, kind: str) -> list[str]:
        return [*self._supplied[kind], *self._added]

    def take_notes(self) -> list[str]:
        """The sentences since they were last taken."""
        notes, self._notes = self._notes, []
        return notes

    @property
    def added(self) -> list[str]:
        return list(self._added)

    def add(self, picture: Tensor | str | Path, name: str) -> str:
        """Accept the name of a supplied picture, a file, or a tensor (then called `name`).

        Returns the name to choose it by. Raises ImageError if a file cannot be read.
        """
        if isinstance(picture, Tensor):
            return self._keep(name, check_image(picture, name.capitalize()).detach().cpu())
        if any(str(picture) in names for names in self._supplied.values()):
            return str(picture)
        self._noted(decode_file(picture, 1))  # say now, not during a run, that it is no picture
        path = Path(picture).expanduser()
        for names in self._supplied.values():
            if path.stem in names and path.samefile(names[path.stem]):
                return path.stem
        return self._keep(path.name, path)

    def add_upload(self, name: str, content: bytes) -> str:
        """Keep an uploaded picture, in memory only; returns its name.

        Raises ImageError unless it is a picture of at most 10 MB.
        """
        name = last_part(name)
        if len(content) > LARGEST_UPLOAD:
            raise ImageError(
                f"{name} has {len(content) / 2**20:.0f} MB and an upload at most "
                f"{LARGEST_UPLOAD // 2**20}: make it smaller, or give its path to StyleStudio."
            )
        picture = self._noted(decode_stream(io.BytesIO(content), name, LARGEST_SIZE))
        return self._keep(name, from_pil(picture))

    def at_size(self, name: str, size: int) -> Tensor:
        """The picture called `name`, its longer side `size` pixels.

        Raises ImageError if there is none, or if its file cannot be read any more.
        """
        if name not in self._all:
            raise ImageError(f"The studio has no picture called {name!r}: upload it first.")
        picture = self._all[name]
        if isinstance(picture, Tensor):
            return from_pil(fit_within(to_pil(picture), size))
        return from_pil(decode_file(picture, size).picture)

    def file(self, name: str) -> Path | None:
        """Where the picture called `name` lies; None for one that is only in memory."""
        picture = self._all[name]
        return None if isinstance(picture, Tensor) else Path(picture)

    def _noted(self, decoded: Decoded) -> Image.Image:
        if decoded.note:
            self._notes.append(decoded.note)
        return decoded.picture

    def _keep(self, name: str, picture: Path | Tensor) -> str:
        self._added[name] = picture
        return name


def last_part(name: str) -> str:
    """A file's name without folders of either system, control characters, or emptiness."""
    name = "".join(filter(str.isprintable, re.split(r"[/\\]", name)[-1])).strip()
    return name[-LONGEST_NAME:] if name.strip(".") else "upload"
