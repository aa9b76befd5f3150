"""Pictures in and out: the tensor contract holds for whatever Pillow reads."""

import os

import pytest
import torch
from PIL import Image

from nst_helpers.errors import ImageError, ImageNote, SaveError, SettingError
from nst_helpers.pictures import (
    cover,
    fit_within,
    from_pil,
    load_image,
    rescale,
    samples,
    save_image,
    starting_image,
    to_jpeg,
    to_pil,
)


def assert_contract(image: torch.Tensor) -> None:
    assert image.dtype == torch.float32
    assert image.ndim == 4
    assert image.shape[:2] == (1, 3)
    assert image.is_contiguous()
    assert 0 <= image.min() <= image.max() <= 1


def test_fifteen_photos_and_eighteen_paintings_are_supplied():
    assert {"astronaut", "cat", "coffee", "pavilion", "rocket"} < set(samples("content"))
    assert (len(samples("content")), len(samples("style"))) == (15, 18)
    for kind in ("content", "style"):
        for path in samples(kind).values():
            assert_contract(load_image(path))


def test_samples_may_lie_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv("NST_IMAGES", str(tmp_path))
    with pytest.raises(ImageError, match="NST_IMAGES"):
        samples("content")


@pytest.mark.parametrize("size", [100, 640, 700])
def test_the_longer_side_becomes_size(size):
    image = load_image(samples("content")["pavilion"], size)
    assert image.shape == (1, 3, round(427 * size / 640), size)


def test_sizes_must_be_positive():
    with pytest.raises(SettingError, match="cannot be 0"):
        fit_within(Image.new("RGB", (4, 4)), 0)


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16", "F", "HSV"])
def test_every_mode_becomes_rgb(tmp_path, mode):
    path = tmp_path / "picture.tiff"
    picture = Image.new("RGB", (6, 4), "white").convert(mode if mode != "I;16" else "L")
    if mode == "HSV":
        path = path.with_suffix(".png")
        picture = picture.convert("RGB")
    if mode == "I;16":
        picture = Image.new("I;16", (6, 4), 65535)
    picture.save(path)
    image = load_image(path)
    assert_contract(image)
    assert image.shape == (1, 3, 4, 6)
    assert image.min() > 0.99


@pytest.mark.parametrize("level", [200, 20_000, 65_535])
def test_grey_of_16_bits_is_as_bright_as_its_number_says(tmp_path, level):
    Image.new("I;16", (6, 4), level).save(tmp_path / "grey.tiff")
    image = load_image(tmp_path / "grey.tiff")
    assert (image - level / 65_535).abs().max() <= 0.5 / 255 + 1e-6


def test_transparency_is_laid_on_white(tmp_path):
    Image.new("RGBA", (2, 2), (255, 0, 0, 128)).save(tmp_path / "veil.png")
    with pytest.warns(ImageNote, match=r"veil.png is transparent in places"):
        pixel = load_image(tmp_path / "veil.png")[0, :, 0, 0]
    torch.testing.assert_close(pixel, torch.tensor([1.0, 127 / 255, 127 / 255]), atol=0.005, rtol=0)


def test_a_phones_rotation_is_applied(tmp_path):
    exif = Image.Exif()
    exif[0x0112] = 6  # turn a quarter clockwise
    picture = Image.new("RGB", (8, 4), "black")
    picture.paste("white", (0, 0, 4, 4))
    picture.save(tmp_path / "phone.png", exif=exif)
    image = load_image(tmp_path / "phone.png")
    assert image.shape == (1, 3, 8, 4)
    assert image[:, :, :4].min() > 0.9
    assert image[:, :, 4:].max() < 0.1


@pytest.mark.parametrize("name", ["empty.jpg", "text.png", "torn.jpg"])
def test_unreadable_files_are_named(tmp_path, name):
    whole = samples("content")["cat"].read_bytes()
    content = {"empty.jpg": b"", "text.png": b"not a picture", "torn.jpg": whole[:5000]}[name]
    (tmp_path / name).write_bytes(content)
    with pytest.raises(ImageError, match=name):
        load_image(tmp_path / name)


def test_missing_files_and_folders_are_named(tmp_path):
    with pytest.raises(ImageError, match="no file"):
        load_image(tmp_path / "nowhere.png")
    with pytest.raises(ImageError, match="is a folder"):
        load_image(tmp_path)


def test_saving_and_loading_loses_only_rounding(tmp_path, photo):
    path = save_image(photo, tmp_path / "new" / "copy.png")
    assert (load_image(path) - photo).abs().max() <= 0.5 / 255 + 1e-6
    assert os.listdir(path.parent) == ["copy.png"]  # nothing temporary is left


def test_saving_somewhere_impossible_says_so(tmp_path, photo):
    with pytest.raises(ImageError, match=r"\.png or \.jpg"):
        save_image(photo, tmp_path / "copy.abc")
    (tmp_path / "file").write_text("")
    with pytest.raises(SaveError, match="could not be written"):
        save_image(photo, tmp_path / "file" / "copy.png")


def test_pillow_pictures_make_the_round_trip():
    picture = Image.effect_noise((7, 5), 80).convert("RGB")
    assert to_pil(from_pil(picture)).tobytes() == picture.tobytes()


def test_jpeg_bytes_are_a_jpeg(photo):
    assert to_jpeg(photo)[:3] == b"\xff\xd8\xff"


def test_the_four_starts(photo, painting):
    content = starting_image("content", photo, painting)
    assert torch.equal(content, photo)
    assert content is not photo
    assert starting_image("style", photo, painting).shape == photo.shape
    assert torch.equal(starting_image("blank", photo, painting), torch.full_like(photo, 0.5))
    noise = [starting_image("noise", photo, painting, seed) for seed in (1, 1, 2)]
    assert torch.equal(noise[0], noise[1])
    assert not torch.equal(noise[0], noise[2])
    with pytest.raises(SettingError, match="content, style, blank, noise"):
        starting_image("white", photo, painting)


@pytest.mark.parametrize("shape", [(30, 50), (50, 30), (41, 41), (200, 3)])
def test_cover_fills_the_frame_exactly(painting, shape):
    image = cover(painting, *shape)
    assert_contract(image)
    assert image.shape[2:] == shape


@pytest.mark.parametrize("turned", [False, True])
def test_cover_crops_and_does_not_squeeze(turned):
    """Red, green, green, red, each a square of 20: in the square frame only green is left."""
    red, green = torch.eye(3)[:2, :, None, None].expand(2, 3, 40, 20)
    wide = torch.cat([red, green, green, red], dim=2)[None]
    image = cover(wide.mT if turned else wide, 40, 40)
    torch.testing.assert_close(image, torch.cat([green, green], dim=2)[None])


def test_scaling_down_leaves_no_aliases():
    """Of stripes finer than the new pixels only the mean is left, wherever they lie."""
    stripes = torch.tensor([0.0, 1.0, 1.0, 0.0]).repeat(16)
    for image in (stripes.expand(1, 3, 64, 64), stripes.roll(2).expand(1, 3, 64, 64).mT):
        inside = rescale(image, 0.25)[..., 2:-2, 2:-2]
        torch.testing.assert_close(inside, torch.full_like(inside, 0.5), atol=0.05, rtol=0)
