"""Lesson 06: classic wrong answers, each with words its verdict must use."""

import torch

from nst_helpers.engine.losses import gram_matrix, total_variation
from nst_helpers.engine.objective import Term


def channels(picture, target, sizes=(2, 3), clamp=True, divide=True, spread=True, mean=True):
    """Exercise 1 with a fault at choice; by default it is right."""
    old, middle = torch.std_mean(picture, sizes, keepdim=True)
    new, goal = torch.std_mean(target, sizes, keepdim=True)
    result = (picture - middle) / (old if divide else 1) * (new if spread else 1)
    result = result + (goal if mean else 0)
    return result.clamp(0, 1) if clamp else result


def under(features, mask, divide, twice=False):
    rows, weights = features[0].flatten(1), mask.flatten()
    return (rows * weights) @ (rows * weights if twice else rows).T / divide(weights)


def sliced(first, second, directions, order=1, early=False, end=lambda d: d.square().mean()):
    rows = [features[0].flatten(1) for features in (first, second)]
    if early:
        one, two = (directions @ row.sort(1).values for row in rows)
    else:
        one, two = (directions @ row for row in rows)
        if order is not None:
            one, two = one.sort(order).values, two.sort(order).values
    return end(one - two)


def both(image, end=lambda seam: seam.square().mean()):
    return end(image[..., 0] - image[..., -1]) + end(image[..., 0, :] - image[..., -1, :])


def seam(loss, weight, group="seam", layer=None):
    return Term(group, layer, None, lambda image, _: loss(image), weight)


def across(image):
    return (image[..., 0] - image[..., -1]).square().mean()


MISTAKES = [
    ("match_channels", lambda p, t: channels(p, t, clamp=False), "clamp"),
    ("match_channels", lambda p, t: channels(p, t, sizes=(1, 2, 3)), "for each channel"),
    ("match_channels", lambda p, t: channels(p, t, divide=False, spread=False), "the old ones"),
    ("match_channels", lambda p, t: channels(p, t, mean=False), "add it at the end"),
    ("match_channels", lambda p, t: channels(p, t, divide=False), "old spread"),
    ("match_channels", lambda p, t: channels(p, t, spread=False), "target's spread"),
    ("match_channels", lambda p, t: channels(p, t) * 0 + p, "did not change"),
    ("gram_under_mask", lambda f, m: gram_matrix(f), "without a mask"),
    ("gram_under_mask", lambda f, m: gram_matrix(f * m), "not by H·W"),
    ("gram_under_mask", lambda f, m: gram_matrix(f * m.sqrt()), "not by H·W"),
    ("gram_under_mask", lambda f, m: under(f, m, torch.sum, twice=True), "counts twice"),
    ("gram_under_mask", lambda f, m: under(f, m, lambda weights: 1), "sum of the mask"),
    ("gram_under_mask", lambda f, m: under(f, m, lambda w: (w > 0).sum()), "its positions"),
    ("sliced_distance", lambda *a: sliced(*a, order=None), "Sort each row"),
    ("sliced_distance", lambda *a: sliced(*a, order=0), "not along the directions"),
    ("sliced_distance", lambda *a: sliced(*a, early=True), "Project first"),
    ("sliced_distance", lambda *a: sliced(*a, end=lambda d: d.abs().mean()), "Square"),
    ("sliced_distance", lambda *a: sliced(*a, end=lambda d: d.square().sum()), "not the sum"),
    ("sliced_distance", lambda *a: sliced(*a, end=lambda d: d.norm() / d.numel() ** 0.5), "root"),
    ("seamless_term", lambda w: seam(across, w), "Top and bottom"),
    ("seamless_term", lambda w: seam(lambda i: across(i.mT), w), "Left and right"),
    ("seamless_term", lambda w: seam(lambda i: both(i, torch.mean), w), "Square"),
    ("seamless_term", lambda w: seam(total_variation, w), "neighbours"),
    ("seamless_term", lambda w: seam(both, 1.0), "weight it was given"),
    ("seamless_term", lambda w: seam(lambda i: w * both(i), w), "the Term alone"),
    ("seamless_term", lambda w: seam(lambda i: w * both(i), 1.0), "the Term alone"),
    ("seamless_term", lambda w: seam(both, w, group="style"), "α or β"),
    ("seamless_term", lambda w: seam(both, w, layer="relu1_1"), "layer is None"),
    ("seamless_term", lambda w: seam(lambda i: both(i).item(), w), "no item()"),
    ("seamless_term", lambda w: both, "a Term is needed"),
]
