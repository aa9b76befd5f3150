"""Laws that hold for any picture and any activation, tried on examples that hypothesis makes."""

import contextlib
import io
import tempfile
from pathlib import Path

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from nst_helpers.engine.layers import CONVOLUTIONS
from nst_helpers.engine.losses import content_loss, gram_matrix, style_loss, total_variation
from nst_helpers.engine.parameters import load_parameters, normalise_activations
from nst_helpers.errors import ImageError
from nst_helpers.pictures.decode import decode_stream, fit_within
from nst_helpers.pictures.images import check_image, cover, from_pil, load_image, rescale, to_pil
from nst_helpers.pictures.save import save_image

SIDES = st.integers(1, 40)
SEEDS = st.integers(0, 2**32 - 1)
FACTORS = st.floats(0.1, 10)
MODES = dict.fromkeys(("1", "L", "LA", "P", "RGB", "RGBA", "I;16"), "PNG")
MODES |= dict.fromkeys(("CMYK", "YCbCr", "LAB", "F", "I"), "TIFF")


def close(found, wanted) -> None:
    torch.testing.assert_close(found, wanted, rtol=2e-4, atol=1e-5)


def noise(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(shape, generator=torch.Generator().manual_seed(seed))


@st.composite
def images(draw, least: int = 1) -> torch.Tensor:
    sides = st.integers(least, 40)
    return noise(draw(SEEDS), 1, 3, draw(sides), draw(sides))


@st.composite
def activations(draw) -> torch.Tensor:
    shape = (1, draw(st.integers(1, 12)), draw(st.integers(1, 9)), draw(st.integers(1, 9)))
    return (noise(draw(SEEDS), *shape) - 0.3).relu()


@given(images())
def test_saving_and_loading_only_rounds(image):
    with tempfile.TemporaryDirectory() as folder:
        loaded = load_image(save_image(image, Path(folder, "any.png")))
    check_image(loaded)
    assert torch.equal(loaded, (image * 255).round() / 255)


@given(images())
def test_pillow_and_back_only_rounds(image):
    assert torch.equal(from_pil(to_pil(image)), (image * 255).round() / 255)


@given(images(), st.integers(1, 80))
def test_the_longer_side_becomes_the_size_and_nothing_leaves_the_range(image, size):
    scaled = check_image(from_pil(fit_within(to_pil(image), size)))
    height, width = image.shape[2:]
    assert max(scaled.shape[2:]) == size
    assert min(scaled.shape[2:]) == max(1, round(min(height, width) * size / max(height, width)))


@given(st.tuples(*[st.integers(0, 255)] * 3), SIDES, SIDES, st.integers(1, 80))
def test_one_colour_stays_that_colour_at_any_size(colour, width, height, size):
    scaled = from_pil(fit_within(Image.new("RGB", (width, height), colour), size))
    assert torch.equal(
        (scaled * 255).round(), torch.tensor(colour)[None, :, None, None] + 0 * scaled
    )


@given(images(), SIDES, SIDES)
def test_cover_has_the_frames_shape_and_the_contract(image, height, width):
    assert check_image(cover(image, height, width)).shape[2:] == (height, width)


@given(images(2), st.integers(2, 40), st.integers(2, 40))
def test_scaling_knows_no_direction(image, height, width):
    """Transposed before or after, the picture is the same.

    Not where a side is 1: there PyTorch 2.15 takes rows for columns. No layer is that small.
    """
    turned = rescale(image.mT.contiguous(), None, (width, height))
    torch.testing.assert_close(turned, rescale(image, None, (height, width)).mT, rtol=0, atol=1e-4)


@pytest.mark.parametrize("mode", MODES)
@settings(max_examples=15)
@given(seed=SEEDS, width=SIDES, height=SIDES, size=st.none() | st.integers(1, 60))
def test_any_numbers_in_any_mode_keep_the_contract(mode, seed, width, height, size):
    blank = Image.new(mode, (width, height))
    count = len(blank.tobytes())
    data = (noise(seed, count) * 256).to(torch.uint8).numpy().tobytes()
    buffer = io.BytesIO()
    Image.frombytes(mode, (width, height), data).save(buffer, MODES[mode])
    # random bits are not always a number
    with contextlib.suppress(ImageError) if mode == "F" else contextlib.nullcontext():
        picture, _ = decode_stream(buffer, "any", size)
        image = check_image(from_pil(picture))
        shape = image.shape[2:]
        assert shape == (height, width) if size is None else max(shape) == size


@given(activations(), FACTORS)
def test_losses_scale_by_their_powers(features, factor):
    target = features.flip(3)
    close(gram_matrix(factor * features), factor**2 * gram_matrix(features))
    close(
        content_loss(factor * features, factor * target), factor**2 * content_loss(features, target)
    )
    one = style_loss(features, gram_matrix(target) * 0.5)
    close(style_loss(factor * features, factor**2 * gram_matrix(target) * 0.5), factor**4 * one)


@given(activations(), SEEDS)
def test_a_gram_matrix_forgets_places_and_follows_channels(features, seed):
    generator = torch.Generator().manual_seed(seed)
    places = torch.randperm(features[0, 0].numel(), generator=generator)
    channels = torch.randperm(features.shape[1], generator=generator)
    gram = gram_matrix(features)
    close(gram_matrix(features.flatten(2)[:, :, places].reshape(features.shape)), gram)
    close(gram_matrix(features[:, channels]), gram[channels][:, channels])


@given(activations())
def test_a_gram_matrix_is_symmetric_positive_and_blind_to_transposition(features):
    gram = gram_matrix(features)
    close(gram, gram.T)
    close(gram_matrix(features.mT), gram)
    close(gram_matrix(features.to(memory_format=torch.channels_last)), gram)
    assert torch.linalg.eigvalsh(gram.double()).min() > -1e-5
    close(gram.trace(), features.square().sum() / features[0, 0].numel())


@given(activations(), SEEDS)
def test_losses_are_0_for_the_same_and_the_same_both_ways(features, seed):
    other = noise(seed, *features.shape)
    assert content_loss(features, features).item() == 0
    assert style_loss(features, gram_matrix(features)).item() == 0
    close(content_loss(features, other), content_loss(other, features))
    close(style_loss(features, gram_matrix(other)), style_loss(other, gram_matrix(features)))
    order = torch.randperm(features.shape[1], generator=torch.Generator().manual_seed(seed))
    close(content_loss(features[:, order], other[:, order]), content_loss(features, other))


@given(st.integers(2, 20), st.integers(2, 20), SEEDS, FACTORS)
def test_total_variation_sees_differences_only(height, width, seed, factor):
    image = noise(seed, 1, 3, height, width)
    one = total_variation(image)
    for same in (image.mT, image.flip(2), image.flip(3), image + 1, 1 - image):
        close(total_variation(same), one)
    close(total_variation(factor * image), factor**2 * one)


@settings(max_examples=2)
@given(SEEDS)
def test_normalising_is_undone_in_the_next_layer(seed):
    """Whatever the means, each filter and its successor multiply to what they were."""
    weights = load_parameters("random", seed=seed)
    widths = [len(weights.tensors[f"{name}.bias"]) for name in CONVOLUTIONS]
    means = {n: 0.1 + noise(seed + i, w) for i, (n, w) in enumerate(zip(CONVOLUTIONS, widths))}  # noqa: B905
    rescaled = normalise_activations(weights, means)
    incoming = torch.ones(3)
    for name in CONVOLUTIONS:
        back = rescaled.tensors[f"{name}.weight"] * means[name][:, None, None, None]
        close(back / incoming[None, :, None, None], weights.tensors[f"{name}.weight"])
        incoming = means[name]
