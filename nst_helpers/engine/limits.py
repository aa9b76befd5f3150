"""What of this machine is ours, where a control group of Linux gives a process only a part.

Containers, shared servers and class hubs do so, and neither OpenMP nor psutil asks them.
Both versions of the kernel's interface are read: docs.kernel.org/admin-guide/cgroup-v2.html and
cgroup-v1. Elsewhere there are no such files, and so no limit.
"""

import math
import os
from collections.abc import Iterator
from pathlib import Path

import psutil
import torch

from nst_helpers.errors import SettingError

ROOT = Path("/")


def cpu_quota(root: Path = ROOT) -> float:
    """How many processors' time this process may use, such as 0.5; infinity without a quota."""
    found = [math.inf]
    for group in _groups("cpu", root):
        limit = _numbers(group, "cpu.max")
        limit = limit or _numbers(group, "cpu.cfs_quota_us") + _numbers(group, "cpu.cfs_period_us")
        if len(limit) == 2 and limit[0] > 0:  # version 1 says -1 where there is none
            found.append(limit[0] / limit[1])
    return min(found)


def free_ram(root: Path = ROOT) -> int:
    """Bytes that this process may still take: of the machine's, and of each group's around it."""
    found = [psutil.virtual_memory().available]
    for group in _groups("memory", root):
        limit = _numbers(group, "memory.max") or _numbers(group, "memory.limit_in_bytes")
        used = _numbers(group, "memory.current") or _numbers(group, "memory.usage_in_bytes")
        if limit and used:
            found.append(max(0, limit[0] - used[0] + _cached(group)))
    return int(min(found))


def use_own_processors(root: Path = ROOT) -> None:
    """Let PyTorch start as many threads as there are processors for them, or NST_THREADS.

    PyTorch itself counts those that the process may run on. More threads than a quota has
    processors would wait for each other most of the time.
    """
    asked = os.environ.get("NST_THREADS")
    if asked and not (asked.isdecimal() and int(asked) > 0):
        raise SettingError(f"NST_THREADS is {asked!r}: give a whole number from 1, or unset it.")
    quota = cpu_quota(root)
    shared = min(torch.get_num_threads(), math.ceil(quota) if quota < math.inf else math.inf)
    torch.set_num_threads(int(asked or shared))


def _groups(controller: str, root: Path) -> Iterator[Path]:
    """The folders of this process's groups that may limit it, from its own to the outermost."""
    listed = root / "proc/self/cgroup"
    mounts = root / "sys/fs/cgroup"
    for line in listed.read_text().splitlines() if listed.exists() else ():
        _, controllers, path = line.split(":", 2)
        if controllers and controller not in controllers.split(","):
            continue
        mount = mounts / controllers
        group = mount / path.lstrip("/")
        # within a container the path may be the host's: then only the outermost is there
        yield from (folder for folder in (group, *group.parents) if folder.is_relative_to(mount))


def _numbers(group: Path, name: str) -> list[float]:
    """What stands in a file of a group: "max" is infinity, and no file is no number."""
    try:
        words = (group / name).read_text().split()
    except OSError:
        return []
    return [math.inf if word == "max" else float(word) for word in words]


def _cached(group: Path) -> float:
    """Bytes that hold files read before, which the kernel gives up when memory is wanted."""
    try:
        lines = (group / "memory.stat").read_text().splitlines()
    except OSError:
        return 0
    told = dict(line.split() for line in lines)
    return float(told.get("total_inactive_file", told.get("inactive_file", 0)))
