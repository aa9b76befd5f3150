"""VGG19Features against a hand-walked torchvision model with the same weights."""

import gc
import weakref
from concurrent.futures import ThreadPoolExecutor

import pytest
import torch
import torchvision

from nst_helpers.engine.layers import CONVOLUTIONS, LAYER_NAMES, minimum_side
from nst_helpers.engine.parameters import load_parameters, normalise_activations
from nst_helpers.engine.vgg import VGG19Features, load_network, measure_activations
from nst_helpers.errors import ImageError, SettingError

RECTIFIED = [name for name in LAYER_NAMES if name.startswith("relu")]


def torchvision_walk(weights, image):
    """All named activations of torchvision.models.vgg19 carrying `weights`, max pooling."""
    model = torchvision.models.vgg19(weights=None).features.eval()
    names = iter(LAYER_NAMES)
    activations, value = {}, image - torch.tensor(weights.mean).reshape(1, 3, 1, 1)
    for module in model:
        name = next(names)
        if isinstance(module, torch.nn.Conv2d):
            module.weight.data = weights.tensors[f"{name}.weight"]
            module.bias.data = weights.tensors[f"{name}.bias"]
        if isinstance(module, torch.nn.ReLU):
            module.inplace = False
        value = module(value)
        activations[name] = value.detach()
    return activations


def relative_error(found, expected):
    return ((found - expected).abs().max() / expected.abs().max()).item()


def test_all_layers_equal_torchvision_with_the_original_weights(photo):
    weights = load_parameters("original")
    expected = torchvision_walk(weights, photo)
    found = VGG19Features(LAYER_NAMES, weights, "max")(photo)
    assert list(found) == list(LAYER_NAMES)
    for name in LAYER_NAMES:
        assert relative_error(found[name], expected[name]) < 1e-4, name


def test_original_weights_take_blue_green_red_in_255(photo):
    """conv1_1 as its authors wrote it: BGR, 0..255, minus the three means."""
    stored = load_parameters("original")
    kernel = stored.tensors["conv1_1.weight"].flip(1) / 255
    bgr = photo.flip(1) * 255 - torch.tensor([103.939, 116.779, 123.68]).reshape(1, 3, 1, 1)
    expected = torch.nn.functional.conv2d(bgr, kernel, stored.tensors["conv1_1.bias"], padding=1)
    found = VGG19Features(["conv1_1"], stored)(photo)["conv1_1"]
    assert relative_error(found, expected) < 1e-5


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_normalising_only_rescales_each_filter(photo, pooling):
    raw = load_parameters("original")
    before = VGG19Features(RECTIFIED, raw, pooling)(photo)
    after = VGG19Features(RECTIFIED, normalise_activations(raw), pooling)(photo)
    for name in RECTIFIED:
        scale = before[name].sum() / after[name].sum()
        per_filter = before[name].sum((0, 2, 3)) / after[name].sum((0, 2, 3)).clamp_min(1e-12)
        restored = after[name] * per_filter.reshape(1, -1, 1, 1)
        assert relative_error(restored, before[name]) < 1e-3, (name, scale)


def test_normalised_filters_have_mean_activation_one(photo, painting):
    raw = load_parameters("random", seed=5)
    means = measure_activations(raw, [photo, painting])
    again = measure_activations(normalise_activations(raw, means), [photo, painting])
    for name in CONVOLUTIONS[:8]:
        alive = means[name] > means[name].min()
        torch.testing.assert_close(
            again[name][alive], torch.ones(int(alive.sum())), rtol=1e-3, atol=0
        )


@pytest.mark.soak
def test_kept_means_are_those_of_the_supplied_pictures():
    """The data file is what `make activations` would write (checked on the first blocks)."""
    from nst_helpers.engine.parameters import _known_activations
    from nst_helpers.pictures.catalogue import samples
    from nst_helpers.pictures.images import load_image

    paths = [path for kind in ("content", "style") for path in samples(kind).values()]
    pictures = [load_image(path, 512) for path in paths]
    measured = measure_activations(load_parameters("original"), pictures)
    for name, kept in _known_activations().items():
        torch.testing.assert_close(kept, measured[name], rtol=1e-3, atol=0)


@pytest.mark.parametrize("pooling", ["average", "max"])
def test_relu_never_overwrites_a_captured_activation(photo, pooling):
    alone = {name: VGG19Features([name], pooling=pooling)(photo)[name] for name in LAYER_NAMES[:10]}
    together = VGG19Features(LAYER_NAMES, pooling=pooling)(photo)
    for name, expected in alone.items():
        assert torch.equal(together[name], expected), name
    assert together["conv1_1"].min() < 0 <= together["relu1_1"].min()


def test_convolutions_captured_under_gradients_keep_their_negative_values(photo):
    network = VGG19Features(["conv4_2", "relu4_2"])
    found = network(photo.clone().requires_grad_())
    assert found["conv4_2"].min() < 0
    torch.testing.assert_close(found["conv4_2"].relu(), found["relu4_2"])


def test_the_network_is_cut_after_the_deepest_layer():
    network = VGG19Features(["relu2_1", "relu1_2"])
    assert network.walk[-1] == "relu2_1"
    assert network.layers == ("relu1_2", "relu2_1")
    held = {name.removesuffix(".kernel") for name in network.state_dict() if "kernel" in name}
    assert held == {"conv1_1", "conv1_2", "conv2_1"}


def test_the_weights_never_require_gradients(network):
    assert not list(network.parameters())
    assert not any(buffer.requires_grad for buffer in network.buffers())


def test_an_unknown_layer_names_the_closest():
    with pytest.raises(SettingError, match="'relu4_2'"):
        VGG19Features(["rleu4_2"])
    with pytest.raises(SettingError, match="average or max"):
        VGG19Features(["relu1_1"], pooling="mean")
    with pytest.raises(SettingError, match="No layer"):
        VGG19Features([])


def test_too_small_an_image_names_the_layer_and_the_minimum():
    network = VGG19Features(["relu5_1"])
    with pytest.raises(ImageError, match=r"20 x 15 px and relu5_1 needs at least 16"):
        network(torch.rand(1, 3, 15, 20))
    assert network(torch.rand(1, 3, 16, 16))["relu5_1"].shape == (1, 512, 1, 1)
    assert [minimum_side(name) for name in ("relu1_1", "pool1", "relu5_4", "pool5")] == [
        1,
        2,
        16,
        32,
    ]


def test_half_precision_stays_close(photo, network):
    rough = VGG19Features(dtype=torch.bfloat16)(photo)
    for name, exact in network(photo).items():
        assert rough[name].dtype == torch.bfloat16
        assert (rough[name].float() - exact).norm() / exact.norm() < 0.03, name


def test_equal_requests_are_answered_with_one_network():
    layers = ["conv1_2", "pool1"]  # no other test asks for these
    first = load_network(layers, precision="float32")
    assert load_network(reversed(layers), precision="float32") is first
    others = (
        {"layers": ["pool1"]},
        {"pooling": "max"},
        {"normalised": False},
        {"precision": "bfloat16"},
        {"parameters": "random"},
    )
    for other in others:
        options = {"layers": layers, "precision": "float32"} | other
        assert load_network(**options) is not first
    gone = weakref.ref(first)
    del first
    gc.collect()
    assert gone() is None


def test_a_file_is_read_anew_each_time(tmp_path):
    path = tmp_path / "vgg19.pth"
    torch.save(torchvision.models.vgg19(weights=None).features.state_dict(prefix="features."), path)
    options = {"parameters": path, "normalised": False, "precision": "float32"}
    first = load_network(["relu1_1"], **options)
    assert load_network(["relu1_1"], **options) is not first


def test_two_threads_may_share_a_network(network):
    """Pictures of two sizes by turns: each gets what it would get alone."""
    sizes = [(48, 64), (40, 56)]
    images = [torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(1)) for size in sizes]
    expected = [network(image)["relu4_2"] for image in images]

    def watch(number: int) -> bool:
        found = (network(images[number])["relu4_2"] for _ in range(40))
        return all(torch.equal(one, expected[number]) for one in found)

    with ThreadPoolExecutor(2) as threads:
        assert all(threads.map(watch, range(2)))
