"""The catalogue of supplied pictures."""

import os
from pathlib import Path

from nst_helpers.errors import ImageError


def samples(kind: str) -> dict[str, Path]:
    """The supplied pictures by name, in alphabetical order; `kind` is "content" or "style".

    They are found beside the package, or in the folder the variable NST_IMAGES names.
    Raises ImageError if there are none.
    """
    beside = Path(__file__).resolve().parents[2] / "images"
    folder = Path(os.environ.get("NST_IMAGES", beside)) / kind
    found = {path.stem: path for path in sorted(folder.glob("*.jpg"))}
    if not found:
        raise ImageError(f"No pictures in {folder}: set NST_IMAGES to the course's images folder.")
    return found
