"""A fuzzer for load_image: files of the corpus, changed at random, over and over."""

import io
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from nst_helpers.errors import ImageError
from nst_helpers.pictures.decode import decode_stream
from nst_helpers.pictures.images import check_image, from_pil

SIZES = (None, 1, 33)
SLOW = 2.0  # seconds
SEED_BYTES = 20_000  # larger files only slow the search down


def seeds(files: dict[str, Path]) -> list[bytes]:
    """The corpus, as far as it has bytes and few of them."""
    paths = [path for name, path in sorted(files.items()) if "\0" not in name and len(name) < 200]
    return [p.read_bytes() for p in paths if p.is_file() and p.stat().st_size <= SEED_BYTES]


def try_one(data: bytes, size: int | None = None) -> None:
    """Decode `data`: to the contract or to one sentence; anything else is a find."""
    try:
        picture, _ = decode_stream(io.BytesIO(data), "any file", size)
    except ImageError as refusal:
        if "\n" in str(refusal):
            raise AssertionError("more than one line") from refusal
    else:
        check_image(from_pil(picture))


def _flip(data: bytearray, chance: random.Random) -> None:
    for _ in range(chance.choice((1, 2, 8, 32))):
        data[chance.randrange(len(data))] = chance.choice(
            (0, 1, 0x7F, 0x80, 0xFF, chance.randrange(256))
        )


def _cut(data: bytearray, chance: random.Random) -> None:
    del data[chance.randrange(len(data)) :]


def _drop(data: bytearray, chance: random.Random) -> None:
    place = chance.randrange(len(data))
    del data[place : place + chance.choice((1, 4, 40))]


def _double(data: bytearray, chance: random.Random) -> None:
    place, length = chance.randrange(len(data)), chance.choice((1, 4, 40, 400))
    data[place:place] = data[place : place + length]


def _number(data: bytearray, chance: random.Random) -> None:
    """A length or a size in the file becomes an extreme one."""
    place = chance.randrange(len(data))
    value = chance.choice((0, 1, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF))
    length = 2 if value <= 0xFFFF else 4
    data[place : place + length] = value.to_bytes(length, chance.choice(("big", "little")))


CHANGES: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip, _flip, _cut, _drop, _double, _number, _number,
)  # fmt: skip


def changed(sources: Sequence[bytes], chance: random.Random) -> bytes:
    """One of `sources` after a few changes, now and then spliced with another."""
    data = bytearray(chance.choice(sources))
    if chance.random() < 0.1:
        other = chance.choice(sources)
        data[chance.randrange(len(data) + 1) :] = other[chance.randrange(len(other) + 1) :]
    for _ in range(chance.choice((1, 1, 2, 4))):
        if data:
            chance.choice(CHANGES)(data, chance)
    return bytes(data)


def run(sources: Sequence[bytes], seconds: float, seed: int, keep: Path) -> int:
    """Try changed files for so many seconds; returns how many. A find is written to `keep`."""
    chance, count, ends = random.Random(seed), 0, time.monotonic() + seconds
    while time.monotonic() < ends:
        data, size = changed(sources, chance), chance.choice(SIZES)
        started = time.process_time()
        try:
            try_one(data, size)
            assert time.process_time() - started < SLOW, "slow"
        except BaseException:
            keep.mkdir(parents=True, exist_ok=True)
            (keep / f"found {count} of {seed} at {size}").write_bytes(data)
            raise
        count += 1
    return count
