"""Films: the pictures of a run, one after the other, in a file."""

from collections.abc import Iterable
from pathlib import Path

from torch import Tensor

from nst_helpers.errors import SettingError
from nst_helpers.files import write_whole
from nst_helpers.images import encode, to_pil


def save_animation(frames: Iterable[Tensor], path: str | Path, *, seconds: float = 4.0) -> Path:
    """Write image tensors as a looping GIF of `seconds` in all, the last frame held longer.

    Returns the path. Raises SaveError if it cannot be written, SettingError without frames.
    """
    pictures = [to_pil(frame).quantize(256) for frame in frames]
    if not pictures:
        raise SettingError("A film needs at least one picture: keep some frames of the run.")
    durations = [max(20, round(1000 * seconds / len(pictures)))] * len(pictures)
    durations[-1] += 1500
    first, rest = pictures[0], pictures[1:]
    options = {"save_all": True, "append_images": rest, "duration": durations, "loop": 0}
    content = encode(first, "GIF", **options)
    return write_whole(path, lambda file: file.write(content))
