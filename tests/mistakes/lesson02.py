"""Lesson 02: classic wrong answers, each with words its verdict must use."""

import torch


def walk(loss, image, steps, rate, sign=-1, inside=True):
    """`descend` with a fault at choice."""
    for _ in range(steps):
        leaf = image.detach().clone().requires_grad_()
        (gradient,) = torch.autograd.grad(loss(leaf), leaf)
        image = leaf.detach() + sign * rate * gradient
        image = image.clamp(0, 1) if inside else image
    return image


def never_zeroed(loss, image, steps, rate):
    leaf = image.clone().requires_grad_()
    for _ in range(steps):
        loss(leaf).backward()
        with torch.no_grad():
            leaf.sub_(rate * leaf.grad).clamp_(0, 1)
    return leaf.detach()


def overwritten(loss, image, steps, rate):
    return image.copy_(walk(loss, image, steps, rate))


def mask_of(condition):
    return lambda f, p: (f - p) * condition(f, p)


MISTAKES = [
    ("relative_error", lambda v, t: (v - t).norm(), "distance itself"),
    ("relative_error", lambda v, t: (v - t).norm() / v.norm(), "yardstick"),
    ("relative_error", lambda v, t: (v - t).square().sum() / t.square().sum(), "square root"),
    ("relative_error", lambda v, t: (v - t).abs().sum() / t.abs().sum(), "absolute values"),
    ("relative_error", lambda v, t: (v - t).norm() / t.numel(), "not its size"),
    ("paper_content_loss", lambda f, p: (f - p).square().mean(), "our mean"),
    ("paper_content_loss", lambda f, p: (f - p).square().mean() / 2, "half the mean"),
    ("paper_content_loss", lambda f, p: (f - p).square().sum(), "half is missing"),
    ("paper_content_loss", lambda f, p: (f - p).norm(), "no root"),
    ("paper_content_loss", lambda f, p: (f - p).sum().square() / 2, "then sum"),
    ("paper_content_loss", lambda f, p: (f - p).square() / 2, "a loss is one number"),
    ("paper_content_gradient", lambda f, p: f - p, "mask is missing"),
    ("paper_content_gradient", mask_of(lambda f, p: p > 0), "not where P is"),
    ("paper_content_gradient", mask_of(lambda f, p: f > p), "not where F - P is"),
    ("paper_content_gradient", lambda f, p: (p - f) * (f > 0), "sign"),
    ("paper_content_gradient", lambda f, p: 2 * (f - p) * (f > 0), "cancels"),
    ("paper_content_gradient", lambda f, p: 2 * (f - p) * (f > 0) / f.numel(), "our mean"),
    ("descend", lambda *a: walk(*a, sign=1), "uphill"),
    ("descend", never_zeroed, "add up"),
    ("descend", lambda *a: walk(*a, inside=False), "clamp each step"),
    ("descend", lambda *a: walk(*a, inside=False).clamp(0, 1), "clamp each step"),
    ("descend", lambda loss, x, n, rate: walk(loss, x, n + 1, rate), "too many"),
    ("descend", lambda loss, x, n, rate: walk(loss, x, n - 1, rate), "step is missing"),
    ("descend", overwritten, "work on a clone()"),
]
