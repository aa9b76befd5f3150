"""Files that appear whole or not at all."""

import os
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from nst_helpers.errors import SaveError, shown

ENDING = ".part"  # of a file that is not whole yet
ABANDONED = 600.0  # seconds without a change after which its writer counts as dead


def write_whole(path: str | Path, write: Callable[[BinaryIO], object]) -> Path:
    """Call `write(file)` on a temporary file beside `path`, then rename it into place.

    Until the renaming `path` is what it was before, whatever happens; a process killed
    meanwhile leaves a hidden file ending in .part, which a later save to `path` removes.
    Returns the path. Raises SaveError if the folder is missing, read-only or full.
    """
    path = Path(os.path.expanduser(path))
    beginning = f".{path.name[:40]}."  # a whole name might be too long with its ending
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _remove_abandoned(path.parent, beginning)
        handle, place = tempfile.mkstemp(ENDING, beginning, path.parent)
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())  # on the disk first: the name must not arrive before
            os.chmod(place, 0o644)  # temporary files are private; a picture need not be
            os.replace(place, path)
        except BaseException:
            os.unlink(place)
            raise
    except (OSError, ValueError) as fault:
        reason = getattr(fault, "strerror", None) or fault
        raise SaveError(
            f"{shown(path)} could not be written ({reason}): choose another place."
        ) from fault
    return path


def _remove_abandoned(folder: Path, beginning: str) -> None:
    for entry in os.scandir(folder):
        if entry.name.startswith(beginning) and entry.name.endswith(ENDING):
            try:
                if time.time() - entry.stat().st_mtime > ABANDONED:
                    os.unlink(entry.path)
            except OSError:
                continue  # somebody else was faster, or may and we may not
