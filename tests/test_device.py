"""The policy of where and how to compute, on made-up and on real devices."""

import math
import os
import platform
import subprocess
import sys

import pytest
import torch

from nst_helpers.engine import device as module
from nst_helpers.engine.device import describe_device, pick_device, pick_precision, suggest_size
from nst_helpers.engine.objective import Objective, Term
from nst_helpers.errors import SettingError

CPU = torch.device("cpu")


def test_auto_takes_what_there_is():
    present = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available()}
    expected = next((kind for kind, there in present.items() if there), "cpu")
    assert pick_device("auto").type == expected


def test_a_device_that_is_missing_says_so(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SettingError, match="no cuda device"):
        pick_device("cuda")
    with pytest.raises(SettingError, match="auto, cpu, cuda, mps"):
        pick_device("tpu")


@pytest.mark.parametrize("reported", [True, False])
def test_half_precision_must_be_reported(monkeypatch, reported):
    monkeypatch.setattr(module, "_processor_has_bfloat16", lambda: reported)
    assert pick_precision(CPU) == (torch.bfloat16 if reported else torch.float32)
    assert pick_precision(torch.device("mps")) == torch.float32


def test_the_choice_can_be_overridden(monkeypatch):
    assert pick_precision(CPU, "float32") == torch.float32
    for name in ("float16", "float32", "bfloat16"):  # one of them is what this machine does best
        monkeypatch.setenv("NST_PRECISION", name)
        assert str(pick_precision(CPU)) == f"torch.{name}"
    with pytest.raises(SettingError, match="float32, bfloat16, float16"):
        pick_precision(CPU, "float64")


@pytest.mark.parametrize(
    ("capability", "expected"),
    [
        ((8, 0), torch.bfloat16),
        ((7, 5), torch.float16),  # a T4
        ((6, 1), torch.float32),  # stores float16, and computes it slowly
    ],
)
def test_a_cards_precision_is_one_it_computes_in(monkeypatch, capability, expected):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    assert pick_precision(torch.device("cuda")) == expected


def test_instructions_are_asked_for_not_emulation(monkeypatch):
    monkeypatch.setattr(module.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: False, raising=False)
    assert not module._processor_has_bfloat16()
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True, raising=False)
    assert module._processor_has_bfloat16()


def test_the_description_names_place_and_precision(monkeypatch):
    monkeypatch.setattr(module, "cpu_quota", lambda: math.inf)
    text = describe_device(CPU, torch.float32)
    threads = torch.get_num_threads()
    assert text == f"CPU with {threads} thread{'s' * (threads > 1)}, float32 convolutions"
    assert suggest_size(CPU) == 256


@pytest.fixture
def graphics_card(monkeypatch) -> torch.device:
    """A card as far as its name and age go."""
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA A100")
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (8, 0))
    return torch.device("cuda")


def tf32_products() -> bool:
    settings = torch.backends.cuda.matmul
    if hasattr(settings, "fp32_precision"):
        return settings.fp32_precision == "tf32"
    return settings.allow_tf32


def test_a_card_multiplies_matrices_in_tf32_only_where_asked(graphics_card, monkeypatch):
    before = tf32_products()
    with module.fast_products(graphics_card):
        assert tf32_products()
    assert tf32_products() == before
    assert torch.backends.cuda.matmul.allow_tf32 == before  # programs may read the old name
    with module.fast_products(CPU):
        assert tf32_products() == before
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))  # a T4
    with module.fast_products(graphics_card):
        assert tf32_products() == before


def test_the_switch_goes_back_after_an_error(graphics_card):
    before = tf32_products()
    with pytest.raises(ZeroDivisionError), module.fast_products(graphics_card):
        _ = 1 / 0
    assert tf32_products() == before


def test_an_evaluation_multiplies_fast_both_ways(network, photo, painting, monkeypatch):
    monkeypatch.setattr(module, "has_tf32", lambda device: True)
    seen = []

    def looking(value: torch.Tensor, target: None) -> torch.Tensor:
        seen.append(tf32_products())
        value.register_hook(lambda gradient: seen.append(tf32_products()))
        return value.float().mean()

    Objective(network, [Term("style", "relu2_1", None, looking)]).evaluate(photo, (1.0,))
    assert seen == [True, True]
    assert not tf32_products()


def test_the_description_owns_up_to_tf32(graphics_card, monkeypatch):
    assert describe_device(graphics_card, torch.float32) == "NVIDIA A100, TF32 convolutions"
    assert describe_device(graphics_card, torch.bfloat16) == "NVIDIA A100, bfloat16 convolutions"
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: (7, 5))
    assert describe_device(graphics_card, torch.float32) == "NVIDIA A100, float32 convolutions"


def variables_after_import(**given: str) -> tuple[list[str], str]:
    """What a new process has in its environment once the package is there, and libgomp's report."""
    names = ("GOMP_SPINCOUNT", "PYTORCH_ENABLE_MPS_FALLBACK")
    bare = {name: value for name, value in os.environ.items() if name not in names}
    ask = f"import nst_helpers, os; print(*(os.environ.get(name) for name in {names}))"
    done = subprocess.run(
        [sys.executable, "-c", ask],
        env=bare | {"OMP_DISPLAY_ENV": "VERBOSE"} | given,
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split(), done.stderr


def test_importing_the_package_tells_threads_how_to_wait_and_a_mac_to_fall_back():
    found, report = variables_after_import()
    assert found == ["3000" if platform.machine() == "x86_64" else "None", "1"]
    if sys.platform == "linux" and platform.machine() == "x86_64":
        assert "GOMP_SPINCOUNT = '3000'" in report  # by the library that PyTorch's wheel brings


def test_who_has_chosen_already_is_left_alone():
    given = {"GOMP_SPINCOUNT": "7", "PYTORCH_ENABLE_MPS_FALLBACK": "0"}
    assert variables_after_import(**given)[0] == ["7", "0"]
