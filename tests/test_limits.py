"""Control groups: on files made as the kernel writes them, and in a real group where one may be."""

import math
import os
import subprocess
import sys
from pathlib import Path

import psutil
import pytest
import torch

from nst_helpers.engine import device
from nst_helpers.engine.limits import cpu_quota, free_ram, use_own_processors
from nst_helpers.errors import SettingError

VERSION_1 = "4:memory:/box/inner\n2:cpu,cpuacct:/box/inner\n1:name=systemd:/\n0::/\n"
VERSION_2 = "0::/box/inner\n"


@pytest.fixture
def machine(tmp_path):
    """Makes a root folder of the groups that a process is in, and of what their files say."""

    def make(groups: str, **files: str) -> Path:
        write(tmp_path / "proc/self/cgroup", groups)
        for name, text in files.items():
            write(tmp_path / "sys/fs/cgroup" / name, text)
        return tmp_path

    return make


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_version_2_takes_the_narrowest_group(machine):
    root = machine(
        VERSION_2,
        **{"box/inner/cpu.max": "max 100000\n", "box/cpu.max": "150000 100000\n"},
        **{"box/inner/memory.max": "1500000000\n", "box/inner/memory.current": "600000000\n"},
        **{"box/inner/memory.stat": "anon 1\ninactive_file 100000000\n"},
        **{"box/memory.max": "max\n", "box/memory.current": "700000000\n"},
    )
    assert cpu_quota(root) == 1.5
    assert free_ram(root) == 1_000_000_000


def test_version_1_takes_the_narrowest_group(machine):
    cpu, memory = "cpu,cpuacct/box/inner", "memory/box/inner"
    root = machine(
        VERSION_1,
        **{f"{cpu}/cpu.cfs_quota_us": "50000\n", f"{cpu}/cpu.cfs_period_us": "100000\n"},
        **{"cpu,cpuacct/cpu.cfs_quota_us": "-1\n", "cpu,cpuacct/cpu.cfs_period_us": "100000\n"},
        **{f"{memory}/memory.limit_in_bytes": "1500000000\n"},
        **{f"{memory}/memory.usage_in_bytes": "1000000000\n"},
        **{f"{memory}/memory.stat": "inactive_file 7\ntotal_inactive_file 200000000\n"},
        **{"memory/memory.limit_in_bytes": "9223372036854771712\n"},
        **{"memory/memory.usage_in_bytes": "2000000000\n"},
    )
    assert cpu_quota(root) == 0.5
    assert free_ram(root) == 700_000_000


def test_a_container_sees_its_group_at_the_top(machine):
    root = machine("0::/docker/3f/of/the/host\n", **{"cpu.max": "200000 100000\n"})
    assert cpu_quota(root) == 2


def test_without_groups_there_is_no_limit(tmp_path, machine):
    assert cpu_quota(tmp_path) == math.inf
    assert free_ram(tmp_path) == pytest.approx(psutil.virtual_memory().available, rel=0.1)
    assert cpu_quota(machine(VERSION_2, **{"box/cpu.max": "max 100000\n"})) == math.inf


@pytest.fixture
def threads(monkeypatch):
    """What PyTorch was told, on a machine where it would start eight threads."""
    told = []
    monkeypatch.setattr(torch, "get_num_threads", lambda: 8)
    monkeypatch.setattr(torch, "set_num_threads", told.append)
    monkeypatch.delenv("NST_THREADS", raising=False)
    return told


@pytest.mark.parametrize(("quota", "expected"), [("50000", 1), ("250000", 3), ("max", 8)])
def test_a_quota_limits_the_threads(machine, threads, quota, expected):
    use_own_processors(machine(VERSION_2, **{"box/inner/cpu.max": f"{quota} 100000\n"}))
    assert threads == [expected]


def test_the_variable_has_the_last_word(machine, threads, monkeypatch):
    root = machine(VERSION_2, **{"box/inner/cpu.max": "50000 100000\n"})
    monkeypatch.setenv("NST_THREADS", "4")
    use_own_processors(root)
    assert threads == [4]
    for wrong in ("0", "-1", "many", "1.5"):
        monkeypatch.setenv("NST_THREADS", wrong)
        with pytest.raises(SettingError, match=r"NST_THREADS is .* whole number from 1"):
            use_own_processors(root)


def test_a_run_that_the_group_has_no_room_for_is_refused_with_a_size_that_fits(monkeypatch):
    monkeypatch.setattr(device, "free_ram", lambda: 1_000_000_000)
    with pytest.raises(SettingError, match=r"1\.0 GB are free: a size of [0-9]+ px fits"):
        device.check_memory(1024, 1024, torch.device("cpu"), torch.float32)


GROUPS = Path("/sys/fs/cgroup")
PROGRAM = """
import nst_helpers, sys, torch
from nst_helpers.engine.device import describe_device, free_memory
place = torch.device("cpu")
print(torch.get_num_threads(), describe_device(place, torch.float32), free_memory(place), sep="|")
"""


@pytest.fixture
def group():
    """A real group of half a processor and 1.5 GB; needs root and version 1."""
    made = [GROUPS / kind / f"nst_test_{os.getpid()}" for kind in ("cpu", "memory")]
    limits = {"cpu.cfs_quota_us": 50_000, "memory.limit_in_bytes": 1_500_000_000}
    try:
        for folder in made:
            folder.mkdir()
        for folder, (name, value) in zip(made, limits.items(), strict=True):
            (folder / name).write_text(str(value))
        yield made
    except OSError as refused:
        pytest.skip(f"this machine lets us make no control group: {refused}")
    finally:
        for folder in made:
            if folder.exists():
                folder.rmdir()


def test_in_a_real_group_of_half_a_processor_one_thread_starts_and_the_limit_counts(group):
    def enter() -> None:
        for folder in group:
            (folder / "cgroup.procs").write_text(str(os.getpid()))

    environment = {
        k: v for k, v in os.environ.items() if k not in ("OMP_NUM_THREADS", "NST_THREADS")
    }
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        preexec_fn=enter, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    threads, words, free = done.stdout.strip().split("|")
    assert threads == "1"
    assert words == "CPU with 1 thread (it may use 0.5 processors), float32 convolutions"
    assert 5e8 < int(free) < 1.5e9
