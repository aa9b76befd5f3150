"""Lesson 05: classic wrong answers, each with words its verdict must use."""

import torch


def collect(image, steps, wanted, keep=torch.clone, copy=torch.clone):
    value, kept = copy(image), {}
    for name, step in steps:
        value = step(value)
        if wanted is None or name in wanted:
            kept[name] = keep(value)
    return kept


def same(value):
    return value


def share(content, style, length):
    return length(style) / (length(content) + length(style))


def levels(pixels, rounding=torch.round):
    return rounding(pixels.clamp(0, 1) * 255) / 255


def clamps_in_place(loss, pixels):
    return loss(levels(pixels.clamp_(0, 1)))


def stretched(pixels):
    return (pixels - pixels.min()) / (pixels.max() - pixels.min())


MISTAKES = [
    ("collect_activations", lambda i, s, w: collect(i, s, w, keep=same), "no copy"),
    ("collect_activations", lambda i, s, w: collect(i, s, w, keep=torch.detach), "no copy"),
    ("collect_activations", lambda i, s, w: collect(i, s, w, copy=same), "keep a copy"),
    ("collect_activations", lambda i, s, w: collect(i, s, None), "gives the keys"),
    ("paper_beta", lambda r, c, n: r / (2 * c * n), "Upside down"),
    ("paper_beta", lambda r, c, n: 1 / (r * c * n), "do not cancel"),
    ("paper_beta", lambda r, c, n: 1 / (4 * r), "become a mean"),
    ("paper_beta", lambda r, c, n: 1 / (4 * r * c * n), "The ½"),
    ("paper_beta", lambda r, c, n: 2 * c * n / r, "Upside down"),
    ("style_pull", lambda c, s: share(c, s, lambda g: g.square().sum()), "squared"),
    ("style_pull", lambda c, s: share(s, c, torch.norm), "content's share"),
    ("style_pull", lambda c, s: share(c, s, lambda g: g.abs().sum()), "Euclidean"),
    ("style_pull", lambda c, s: s.norm() / c.norm(), "both lengths"),
    ("style_pull", lambda c, s: s.norm() / (c + s).norm(), "cancel"),
    ("saved_loss", lambda loss, p: loss(p), "free pixels"),
    ("saved_loss", lambda loss, p: loss(p.clamp(0, 1)), "256 levels"),
    ("saved_loss", lambda loss, p: loss(levels(p, torch.floor)), "nearest level"),
    ("saved_loss", lambda loss, p: loss((p * 255).round() / 255), "cuts them off"),
    ("saved_loss", lambda loss, p: loss(stretched(p)), "Stretching"),
    ("saved_loss", clamps_in_place, "have changed"),
]
