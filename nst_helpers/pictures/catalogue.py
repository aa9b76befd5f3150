"""The catalogue of supplied pictures."""

import os
from importlib import resources
from pathlib import Path

from nst_helpers.errors import ImageError


def supplied(name: str) -> Path:
    """The folder "images" or "notebooks": inside an installed package, beside it in a checkout."""
    package = Path(str(resources.files("nst_helpers")))
    inside = package / name
    return inside if inside.is_dir() else package.parent / name


def samples(kind: str) -> dict[str, Path]:
    """The supplied pictures by name, in alphabetical order; `kind` is "content" or "style".

    They come with the package, or from the folder that the variable NST_IMAGES names.
    Raises ImageError if there are none.
    """
    folder = Path(os.environ.get("NST_IMAGES", supplied("images"))) / kind
    found = {path.stem: path for path in sorted(folder.glob("*.jpg"))}
    if not found:
        raise ImageError(f"No pictures in {folder}: set NST_IMAGES to the course's images folder.")
    return found
