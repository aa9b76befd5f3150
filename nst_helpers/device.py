"""Where and how to compute: the device, the precision, and a size that suits both."""

import os
import time

import psutil
import torch
import torch.nn.functional as F

from nst_helpers.errors import SettingError

DEVICES = ("auto", "cpu", "cuda", "mps")
PRECISIONS = {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}

# Below this gain the rounding of half precision is not worth having. Processors with bf16
# instructions gain about 2, those that emulate it lose: 1.2 is far from both.
WORTHWHILE_GAIN = 1.2


def pick_device(name: str | torch.device = "auto") -> torch.device:
    """The device called `name`; "auto" takes CUDA, then Apple's MPS, then the CPU.

    Raises SettingError for an unknown name or a device this machine lacks.
    """
    name = getattr(name, "type", name)
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
        raise SettingError(f"This machine offers PyTorch no {name} device: use --device cpu.")
    return torch.device(name)


def pick_precision(device: torch.device, name: str | None = None) -> torch.dtype:
    """The number format for VGG19's convolutions on `device`; losses always stay in float32.

    Decided by what the device reports, then confirmed by a trial of a few milliseconds.
    `name`, or the environment variable NST_PRECISION, overrides: "float32", "bfloat16" or
    "float16". Raises SettingError for any other name.
    """
    name = name or os.environ.get("NST_PRECISION")
    if name:
        if name not in PRECISIONS:
            raise SettingError(
                f"Unknown precision {name!r}: choose one of {', '.join(PRECISIONS)}."
            )
        return PRECISIONS[name]
    half = _half_precision(device)
    if half is None:
        return torch.float32
    gain = _convolution_seconds(device, torch.float32) / _convolution_seconds(device, half)
    return half if gain > WORTHWHILE_GAIN else torch.float32


def _half_precision(device: torch.device) -> torch.dtype | None:
    """The half precision that the device says it computes in, or None."""
    if device.type == "cuda":
        has_bfloat16 = torch.cuda.is_bf16_supported(including_emulation=False)
        return torch.bfloat16 if has_bfloat16 else torch.float16  # a T4 has only the latter
    if device.type != "cpu" or not torch.backends.mkldnn.is_available():
        return None
    # oneDNN's own word: it knows avx512_bf16, AMX and Arm's bf16 instructions alike
    return torch.bfloat16 if torch.ops.mkldnn._is_mkldnn_bf16_supported() else None


def _convolution_seconds(device: torch.device, dtype: torch.dtype, runs: int = 4) -> float:
    """Shortest of `runs` 3x3 convolutions, 64 channels at 128x128 (the first one warms up)."""
    image = torch.zeros(1, 64, 128, 128, device=device, dtype=dtype)
    image = image.contiguous(memory_format=torch.channels_last)
    kernel = torch.zeros(64, 64, 3, 3, device=device, dtype=dtype)
    seconds = []
    for _ in range(runs + 1):
        started = time.perf_counter()
        F.conv2d(image, kernel, padding=1).sum().item()
        seconds.append(time.perf_counter() - started)
    return min(seconds[1:])


def describe_device(device: torch.device, precision: torch.dtype) -> str:
    """One line for people, such as "CPU with 2 threads, bfloat16 convolutions"."""
    if device.type == "cuda":
        place = torch.cuda.get_device_name(device)
    elif device.type == "mps":
        place = "Apple GPU (MPS)"
    else:
        place = f"CPU with {torch.get_num_threads()} threads"
    return f"{place}, {str(precision).removeprefix('torch.')} convolutions"


def free_memory(device: torch.device) -> int:
    """Bytes that a run on `device` may still take."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    return psutil.virtual_memory().available


def run_memory(pixels: int, dtype: torch.dtype) -> int:
    """Bytes that a run over an image of `pixels` adds to the process at its peak.

    Measured at 512 and 1024 px in both precisions, and explained by what is held: about 300
    activations a pixel in `dtype`, and in float32 forty images of L-BFGS history.
    """
    return pixels * (770 + 595 * dtype.itemsize)


def check_memory(pixels: int, device: torch.device, dtype: torch.dtype) -> None:
    """Raise SettingError, naming a size that fits, if a run would not fit into memory."""
    needed, free = run_memory(pixels, dtype), free_memory(device)
    if needed > free:
        shrink = (0.9 * free / needed) ** 0.5
        raise SettingError(
            f"This picture needs about {needed / 1e9:.1f} GB and {free / 1e9:.1f} GB are free: "
            f"make its sides {shrink:.0%} as long, or close other programs."
        )


def suggest_size(device: torch.device) -> int:
    """Longer side in pixels at which a lesson stays pleasant: 256 on a CPU, 512 on a GPU."""
    return 256 if device.type == "cpu" else 512
