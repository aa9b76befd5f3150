"""Lesson 03: classic wrong answers, each with words its verdict must use."""

import torch

from nst_helpers.engine.losses import gram_matrix, style_loss


def shuffled(features, order):
    return features.flatten(2)[:, :, order]


def each_its_own_way(features, order):
    rows = [row[order.roll(i)] for i, row in enumerate(features[0].flatten(1))]
    return torch.stack(rows).reshape(features.shape)


def gram(features):
    return features.flatten(2) @ features.flatten(2).mT


def area(features):
    return features[0, 0].numel()


def positions_by_positions(features):
    return features.flatten(2).mT @ features.flatten(2) / area(features)


def undivided(features, target):
    return (gram(features) - gram(target)).square().sum()


def slope(features, target, mask=True):
    rows = features[0].flatten(1)
    gradient = ((gram(features) - gram(target))[0] @ rows).reshape(features.shape)
    return gradient / rows.numel() ** 2 * (features > 0 if mask else 1)


def by_layer(first, second):
    pairs = [(first[name], second[name]) for name in first]
    return torch.stack([style_loss(one, gram_matrix(other)) for one, other in pairs])


def without_a_mean(first, second):
    grams = [(gram_matrix(first[name]), gram_matrix(second[name])) for name in first]
    return torch.stack([(one - other).square().sum() for one, other in grams]).mean()


def features_compared(first, second):
    return torch.stack([(first[name] - second[name]).square().mean() for name in first]).mean()


def across_pictures(features):
    rows = features.flatten(2).flatten(0, 1)
    return rows @ rows.T / area(features)


def right_for_one(answer):
    """Right while the batch holds one picture, so that the check goes on to several."""
    return lambda f: gram(f) / area(f) if len(f) == 1 else answer(f)


MISTAKES = [
    ("shuffle_positions", lambda f, o: shuffled(f, o.argsort()).reshape(f.shape), "way back"),
    ("shuffle_positions", each_its_own_way, "its own way"),
    ("shuffle_positions", shuffled, "rows and columns"),
    ("shuffle_positions", lambda f, o: f, "Nothing moved"),
    ("batch_gram", gram, "division by H·W is missing"),
    ("batch_gram", lambda f: gram(f) / f[0].numel(), "not averaged"),
    ("batch_gram", lambda f: gram_matrix(f[:1]), "The batch has gone"),
    ("batch_gram", positions_by_positions, "the other way round"),
    ("paper_style_loss", lambda f, t: style_loss(f, gram_matrix(t)), "four times E_l"),
    ("paper_style_loss", lambda f, t: undivided(f, t) / f.numel() ** 2, "the 4 below the line"),
    ("paper_style_loss", lambda f, t: undivided(f, t) / 4, "C² and N²"),
    ("paper_style_loss", lambda f, t: undivided(f, t) / 4 / f.numel(), "squares"),
    (
        "paper_style_loss",
        lambda f, t: undivided(f, t) / 4 / f.numel() ** 2 / area(f) ** 2,
        "not yet divided",
    ),
    ("paper_style_loss", lambda f, t: undivided(f, t) / 4 / area(f) ** 2, "C² is missing"),
    ("paper_style_loss", lambda f, t: (f - t).square().mean(), "not the features"),
    ("paper_style_gradient", lambda f, t: slope(f, t, mask=False), "mask is missing"),
    ("paper_style_gradient", lambda f, t: -slope(f, t), "sign"),
    ("paper_style_gradient", lambda f, t: slope(f, t) / area(f), "not yet divided"),
    ("paper_style_gradient", lambda f, t: slope(f, t) * f.numel() ** 2, "C² and N²"),
    ("paper_style_gradient", lambda f, t: 4 * slope(f, t), "cancels"),
    ("paper_style_gradient", lambda f, t: slope(f, t)[0].flatten(1), "shape of the features"),
    ("style_distance", lambda a, b: by_layer(a, b).sum(), "not their sum"),
    ("style_distance", lambda a, b: by_layer(a, b)[0], "Only the first"),
    ("style_distance", lambda a, b: by_layer(a, b)[-1], "Only the last"),
    ("style_distance", lambda a, b: by_layer(a, b).sqrt().mean(), "No root"),
    ("style_distance", by_layer, "One number"),
    ("style_distance", without_a_mean, "mean over the entries"),
    ("style_distance", features_compared, "expected"),
    ("batch_gram", right_for_one(lambda f: (gram(f) / area(f)).sum(0)), "added up"),
    ("batch_gram", right_for_one(lambda f: (gram(f) / area(f)).mean(0)), "averaged: keep"),
    ("batch_gram", right_for_one(lambda f: gram(f) / area(f) / len(f)), "leave the batch out"),
    ("batch_gram", right_for_one(across_pictures), "different"),
]
