"""The pictures a studio can choose from: the supplied ones, yours, and uploads."""

import os
import tempfile
from pathlib import Path

from torch import Tensor

from nst_helpers.errors import ImageError
from nst_helpers.images import fit_within, from_pil, load_image, samples, to_pil

LARGEST_SIZE = 1024  # px, the longer side at which an upload is kept
LARGEST_UPLOAD = 10 * 2**20  # bytes; larger messages are refused by Jupyter's own server


class Gallery:
    """Pictures by name. `names("content")` and `names("style")` are what a picker offers."""

    def __init__(self):
        self._supplied = {kind: samples(kind) for kind in ("content", "style")}
        self._added: dict[str, Path | Tensor] = {}

    def names(self, kind: str) -> list[str]:
        return [*self._supplied[kind], *self._added]

    @property
    def added(self) -> list[str]:
        return list(self._added)

    def add(self, picture: Tensor | str | Path, name: str) -> str:
        """Accept the name of a supplied picture, a file, or a tensor (then called `name`).

        Returns the name to choose it by. Raises ImageError if a file cannot be read.
        """
        if isinstance(picture, Tensor):
            return self._keep(name, picture.detach().cpu())
        if any(str(picture) in names for names in self._supplied.values()):
            return str(picture)
        path = Path(picture).expanduser()
        load_image(path, 1)  # say now, not in the middle of a run, that it is no picture
        for names in self._supplied.values():
            if path.stem in names and path.samefile(names[path.stem]):
                return path.stem
        return self._keep(path.name, path)

    def add_upload(self, name: str, content: bytes) -> str:
        """Keep an uploaded file; returns its name. Raises ImageError unless it is a picture."""
        if len(content) > LARGEST_UPLOAD:
            raise ImageError(
                f"{name} has {len(content) / 2**20:.0f} MB and an upload at most "
                f"{LARGEST_UPLOAD // 2**20}: make it smaller, or give its path to StyleStudio."
            )
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder, os.path.basename(name) or "upload")
            path.write_bytes(content)
            try:
                return self._keep(path.name, load_image(path, LARGEST_SIZE))
            except ImageError as fault:
                raise ImageError(str(fault).replace(str(path), name)) from fault

    def at_size(self, name: str, size: int) -> Tensor:
        """The picture called `name`, its longer side `size` pixels."""
        picture = self._find(name)
        if isinstance(picture, Tensor):
            return from_pil(fit_within(to_pil(picture), size))
        return load_image(picture, size)

    def _find(self, name: str) -> Path | Tensor:
        for pictures in (self._added, *self._supplied.values()):
            if name in pictures:
                return pictures[name]
        raise ImageError(f"The studio has no picture called {name!r}: upload it first.")

    def _keep(self, name: str, picture: Path | Tensor) -> str:
        self._added[name] = picture
        return name
