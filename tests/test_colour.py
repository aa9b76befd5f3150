"""Colours against the definition of YIQ, and statistics after matching against the target's."""

import pytest
import torch

from nst_helpers.beyond.colour import keep_colours, luminance, match_colours
from nst_helpers.errors import SettingError

# NTSC's own definition, to four digits
YIQ = torch.tensor([[0.299, 0.587, 0.114], [0.5959, -0.2746, -0.3213], [0.2115, -0.5227, 0.3112]])


def pale(image: torch.Tensor) -> torch.Tensor:
    """The same picture with so little contrast that nothing is clamped."""
    return 0.4 + 0.2 * image


def yiq(image):
    return torch.einsum("yc,bchw->byhw", YIQ, image)


def pixels(image):
    return image[0].flatten(1).T


def noise(*shape, seed=0):
    return torch.rand(*shape, generator=torch.Generator().manual_seed(seed))


def test_luminance_is_the_y_of_yiq(photo):
    torch.testing.assert_close(luminance(photo), yiq(photo)[:, :1])
    assert luminance(torch.ones(1, 3, 2, 2)).allclose(torch.ones(1, 1, 2, 2))


def test_kept_colours_have_the_paintings_y_and_the_photos_i_and_q(photo):
    painting = pale(noise(*photo.shape))
    kept = yiq(keep_colours(painting, pale(photo)))
    torch.testing.assert_close(kept[:, :1], yiq(painting)[:, :1])
    torch.testing.assert_close(kept[:, 1:], yiq(pale(photo))[:, 1:], atol=1e-4, rtol=0)


def test_keeping_the_colours_of_itself_changes_nothing(photo):
    torch.testing.assert_close(keep_colours(photo, photo), photo)


def test_kept_colours_stay_in_range_and_need_one_shape(photo, painting):
    kept = keep_colours(noise(*photo.shape), photo)
    assert kept.min() >= 0
    assert kept.max() <= 1
    with pytest.raises(SettingError, match="one shape"):
        keep_colours(painting, photo)


def test_matched_colours_have_the_targets_mean_and_covariance(photo, painting):
    matched = pixels(match_colours(painting, pale(photo)))
    goal = pixels(pale(photo))
    torch.testing.assert_close(matched.mean(0), goal.mean(0))
    torch.testing.assert_close(matched.T.cov(), goal.T.cov(), atol=1e-5, rtol=0)


def test_matched_colours_stay_in_range():
    """To have the variance of black and white, an evenly spread picture would have to leave it."""
    target = noise(1, 3, 20, 20).round()
    matched = match_colours(noise(1, 3, 20, 20, seed=1), target)
    assert matched.min() == 0
    assert matched.max() == 1


def test_matching_keeps_the_shape_and_matching_to_itself_changes_nothing(photo, painting):
    assert match_colours(painting, photo).shape == painting.shape
    torch.testing.assert_close(match_colours(photo, photo), photo, atol=1e-4, rtol=0)


def test_matching_maps_every_pixel_by_one_affine_rule(photo, painting):
    """Equal colours stay equal, and the middle of two goes to the middle."""
    source = painting.clone()
    source[..., 0, 2] = (source[..., 0, 0] + source[..., 0, 1]) / 2
    matched = match_colours(source, pale(photo))
    middle = (matched[..., 0, 0] + matched[..., 0, 1]) / 2
    torch.testing.assert_close(matched[..., 0, 2], middle)


def test_a_grey_picture_gets_no_invented_colours(photo):
    grey = noise(1, 1, 8, 9).expand(1, 3, 8, 9)
    matched = match_colours(grey, photo)
    assert torch.isfinite(matched).all()
    centred = pixels(match_colours(grey, pale(photo)))
    assert torch.linalg.matrix_rank(centred - centred.mean(0), tol=1e-3) == 1
    flat = match_colours(torch.full((1, 3, 4, 4), 0.3), photo)
    torch.testing.assert_close(flat[0, :, 0, 0], pixels(photo).mean(0))


def test_matching_refuses_what_is_no_image(photo):
    with pytest.raises(SettingError, match=r"\(1, 1, 4, 4\)"):
        match_colours(torch.zeros(1, 1, 4, 4), photo)
