"""The policy of where and how to compute, on made-up and on real devices."""

import pytest
import torch

from nst_helpers import device as module
from nst_helpers.device import describe_device, pick_device, pick_precision, suggest_size
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


def test_half_precision_must_be_reported_and_must_not_be_slower(monkeypatch):
    seconds = {torch.float32: 1.0, torch.bfloat16: 0.5}
    monkeypatch.setattr(module, "_convolution_seconds", lambda device, dtype: seconds[dtype])
    monkeypatch.setattr(module, "_half_precision", lambda device: torch.bfloat16)
    assert pick_precision(CPU) == torch.bfloat16
    seconds[torch.bfloat16] = 1.5
    assert pick_precision(CPU) == torch.float32
    seconds[torch.bfloat16] = 0.5
    monkeypatch.setattr(module, "_half_precision", lambda device: None)
    assert pick_precision(CPU) == torch.float32


def test_the_choice_can_be_overridden(monkeypatch):
    assert pick_precision(CPU, "float32") == torch.float32
    monkeypatch.setenv("NST_PRECISION", "bfloat16")
    assert pick_precision(CPU) == torch.bfloat16
    with pytest.raises(SettingError, match="float32, bfloat16, float16"):
        pick_precision(CPU, "float64")


def test_a_card_without_bfloat16_is_tried_in_float16(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", lambda including_emulation: False)
    assert module._half_precision(torch.device("cuda")) == torch.float16
    assert module._half_precision(torch.device("mps")) is None


def test_instructions_are_asked_for_not_emulation(monkeypatch):
    monkeypatch.setattr(module.platform, "machine", lambda: "x86_64")
    monkeypatch.setattr(torch.backends.mkldnn, "is_available", lambda: True)
    for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"):
        monkeypatch.setattr(torch.cpu, name, lambda: False, raising=False)
    assert not module._processor_has_bfloat16()
    monkeypatch.setattr(torch.cpu, "_is_amx_tile_supported", lambda: True, raising=False)
    assert module._processor_has_bfloat16()


def test_the_trial_measures_something():
    assert 0 < module._convolution_seconds(CPU, torch.float32) < 5


def test_the_description_names_place_and_precision():
    text = describe_device(CPU, torch.float32)
    assert text == f"CPU with {torch.get_num_threads()} threads, float32 convolutions"
    assert suggest_size(CPU) == 256
