"""Where and how to compute: the device, the precision, the memory, and a size that suits all."""

import ctypes
import os
import platform
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import psutil
import torch

from nst_helpers.engine.limits import cpu_quota, free_ram
from nst_helpers.errors import SettingError

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

# Settings of the GNU C library's mallopt, as <malloc.h> numbers them; nearly every Linux has it.
TRIM_THRESHOLD, MMAP_THRESHOLD = -1, -3
LARGEST_BLOCK = 2**30  # bytes; larger ones still go straight back
USUAL = 2**17  # bytes, what both parameters are at first


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """The device called `name`; "auto" takes NST_DEVICE, or else CUDA, Apple's MPS, or the CPU.

    Raises SettingError for an unknown name or a device this machine lacks.
    """
    name = getattr(name, "type", name)
    if name == "auto":
        name = os.environ.get("NST_DEVICE") or name
    if name not in DEVICES:
        raise SettingError(f"Unknown device {name!r}: choose one of {', '.join(DEVICES)}.")
    available = {
        "cuda": torch.cuda.is_available(),
        "mps": torch.backends.mps.is_available(),
        "cpu": True,
    }
    if name == "auto":
        name = next(kind for kind, present in available.items() if present)
    if not available[name]:
        raise SettingError(f"This machine offers PyTorch no {name} device: choose cpu or auto.")
    return torch.device(name)


def pick_precision(device: torch.device, name: str | None = None) -> torch.dtype:
    """The number format for VGG19's convolutions on `device`; losses always stay in float32.

    The half precision that the device says it computes in, where there is one. `name`, or the
    environment variable NST_PRECISION, overrides: "float32", "bfloat16" or "float16". Raises
    SettingError for any other name.
    """
    name = name or os.environ.get("NST_PRECISION")
    if name:
        if name not in PRECISIONS:
            raise SettingError(
                f"Unknown precision {name!r}: choose one of {', '.join(PRECISIONS)}."
            )
        return PRECISIONS[name]
    if device.type == "cuda":
        capability = torch.cuda.get_device_capability(device)
        if capability >= (8, 0):
            return torch.bfloat16
        # a T4 has only float16; cards before its generation store it, and compute in float32
        return torch.float16 if capability >= (7, 0) else torch.float32
    fast = device.type == "cpu" and _processor_has_bfloat16()
    return torch.bfloat16 if fast else torch.float32


def _processor_has_bfloat16() -> bool:
    """Whether there are instructions for it; oneDNN also emulates them, which is slower."""
    if not torch.backends.mkldnn.is_available():
        return False
    if platform.machine().lower() in ("arm64", "aarch64"):
        return bool(torch.ops.mkldnn._is_mkldnn_bf16_supported())
    reports = ("_is_avx512_bf16_supported", "_is_amx_tile_supported")
    return any(getattr(torch.cpu, name, bool)() for name in reports)


def has_tf32(device: torch.device) -> bool:
    """Whether `device` multiplies float32 in TF32: 10 bits behind the point, sums in float32."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


@contextmanager
def fast_products(device: torch.device) -> Iterator[None]:
    """TF32 for matrix products inside, where `device` has it; PyTorch convolves in it anyway."""
    if not has_tf32(device):
        yield
        return
    settings = torch.backends.cuda.matmul
    # PyTorch 2.9 renamed the switch, and refuses to read one by both names
    name, fast = ("allow_tf32", True)
    if hasattr(settings, "fp32_precision"):
        name, fast = ("fp32_precision", "tf32")
    before = getattr(settings, name)
    setattr(settings, name, fast)
    try:
        yield
    finally:
        setattr(settings, name, before)


def describe_device(device: torch.device, precision: torch.dtype) -> str:
    """One line for people, such as "CPU with 2 threads, bfloat16 convolutions"."""
    if device.type == "cuda":
        place = torch.cuda.get_device_name(device)
    elif device.type == "mps":
        place = "Apple GPU (MPS)"
    else:
        threads, quota = torch.get_num_threads(), cpu_quota()
        place = f"CPU with {threads} thread{'s' * (threads != 1)}"
        if quota < psutil.cpu_count():
            place += f" (it may use {quota:g} processors)"
    number = str(precision).removeprefix("torch.")
    if precision == torch.float32 and has_tf32(device):
        number = "TF32"
    return f"{place}, {number} convolutions"


def free_memory(device: torch.device) -> int:
    """Bytes that a run on `device` may still take."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return free_ram()


def run_memory(pixels: int, dtype: torch.dtype) -> int:
    """Bytes that a run over an image of `pixels` adds to the process at its peak.

    Measured at 512 and 1024 px in both precisions, and explained by what is held: about 300
    activations a pixel in `dtype`, and in float32 forty images of L-BFGS history. At 2048 px,
    tile by tile, a run in bfloat16 took 7 % less.
    """
    return pixels * (770 + 595 * dtype.itemsize)


def check_memory(height: int, width: int, device: torch.device, dtype: torch.dtype) -> None:
    """Raise SettingError, naming a size that fits in any shape, if a run would not."""
    needed, free = run_memory(height * width, dtype), free_memory(device)
    if needed > free:
        fits = int((0.8 * free / run_memory(1, dtype)) ** 0.5)
        raise SettingError(
            f"A picture of {width} x {height} px needs about {needed / 1e9:.1f} GB and "
            f"{free / 1e9:.1f} GB are free: a size of {fits} px fits, or close other programs."
        )


def suggest_size(device: torch.device) -> int:
    """Longer side in pixels at which a lesson stays pleasant: 256 on a CPU, 512 on a GPU."""
    return 256 if device.type == "cpu" else 512


def keep_freed_memory(keep: bool) -> None:
    """Let freed memory wait for the next evaluation, or give it back and keep no more.

    An evaluation at 512 px takes and gives back half a gigabyte. Left to itself, the C library
    returns much of that each time, and the system must clear every page anew: 16,000 page faults
    and an eighth of the time of one evaluation. Does nothing without the GNU C library.
    """
    library = ctypes.CDLL(None) if sys.platform == "linux" else None
    if hasattr(library, "mallopt"):
        library.mallopt(MMAP_THRESHOLD, LARGEST_BLOCK if keep else USUAL)
        library.mallopt(TRIM_THRESHOLD, 2**31 - 1 if keep else USUAL)
        if not keep:
            library.malloc_trim(0)
