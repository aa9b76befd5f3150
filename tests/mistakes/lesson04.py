"""Lesson 04: classic wrong answers, each with words its verdict must use."""

import torch


def weighted(styles, weights):
    return sum(weights[layer] * loss for layer, loss in styles.items())


def in_order(styles, weights):
    return sum(a * b for a, b in zip(styles.values(), weights.values(), strict=True))


def powers(layers, factor, order=1, divide=sum):
    raw = [factor**number for number in range(len(layers))][::order]
    return dict(zip(layers, [weight / divide(raw) for weight in raw], strict=True))


def descent(content, style, image, beta_at, steps, rate, **fault):
    """The loop with a fault at choice; by default it is right."""
    first, leaf = beta_at(0), image.clone().requires_grad_()
    for step in range(steps):
        if not fault.get("heaped"):
            leaf.grad = None
        beta = first if fault.get("once") else beta_at(step + fault.get("late", 0))
        (content(leaf) + fault.get("scale", 1) * beta * style(leaf)).backward()
        with torch.no_grad():
            leaf += fault.get("sign", -1) * rate * leaf.grad
            if not fault.get("unclamped"):
                leaf.clamp_(0, 1)
    return leaf.detach()


def changes_its_input(content, style, image, beta_at, steps, rate):
    image.copy_(descent(content, style, image, beta_at, steps, rate))
    return image


MISTAKES = [
    ("total_loss", lambda c, s, w, a, b: b * c + a * weighted(s, w), "exchanged"),
    ("total_loss", lambda c, s, w, a, b: a * c + b * sum(s.values()), "weights are missing"),
    ("total_loss", lambda c, s, w, a, b: a * c + b * weighted(s, w) / len(s), "only sum"),
    ("total_loss", lambda c, s, w, a, b: a * c + weighted(s, w), "β is missing"),
    ("total_loss", lambda c, s, w, a, b: c + b * weighted(s, w), "α is missing"),
    ("total_loss", lambda c, s, w, a, b: b * weighted(s, w), "left out"),
    ("total_loss", lambda c, s, w, a, b: a * c + b * in_order(s, w), "by layer name"),
    ("beta_for_share", lambda c, s, p: p * c / s, "the other part"),
    ("beta_for_share", lambda c, s, p: p / (1 - p), "sizes of their own"),
    ("beta_for_share", lambda c, s, p: p * s / (1 - p) / c, "large β"),
    ("beta_for_share", lambda c, s, p: (1 - p) * s / p / c, "Upside down"),
    ("scheduled_beta", lambda i, n, a, b: a + (b - a) * i / n, "even factors"),
    ("scheduled_beta", lambda i, n, a, b: a * (b / a) ** (i / (n - 1)), "number `steps`"),
    ("scheduled_beta", lambda i, n, a, b: b * (a / b) ** (i / n), "backwards"),
    ("scheduled_beta", lambda i, n, a, b: a * (b / a) ** i, "0 to 1"),
    ("scheduled_beta", lambda i, n, a, b: a * b ** (i / n), "not last"),
    ("layer_weights", lambda n, f: powers(n, f, divide=lambda raw: 1), "divide by their sum"),
    ("layer_weights", lambda n, f: powers(n, f, divide=max), "not the largest"),
    ("layer_weights", lambda n, f: powers(n, f, divide=len), "not their number"),
    ("layer_weights", lambda n, f: powers(n, f, order=-1), "Turned round"),
    ("layer_weights", lambda n, f: list(powers(n, f).values()), "in a dict"),
    ("steered_descent", lambda *a: descent(*a, once=True), "read once"),
    ("steered_descent", lambda *a: descent(*a, late=1), "count from 0"),
    ("steered_descent", lambda *a: descent(*a, sign=1), "uphill"),
    ("steered_descent", lambda *a: descent(*a, heaped=True), "fresh one"),
    ("steered_descent", lambda *a: descent(*a, unclamped=True), "clamp each step"),
    ("steered_descent", lambda *a: descent(*a, scale=0), "style is missing"),
    ("steered_descent", lambda *a: a[2], "did not move"),
    ("steered_descent", changes_its_input, "clone()"),
]
