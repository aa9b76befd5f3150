"""The fused layers against PyTorch's own convolution, ReLU and pooling, one after the other."""

import pytest
import torch
import torch.nn.functional as F

from nst_helpers.engine.convolution import FrozenConvolution

LAYOUTS = [torch.contiguous_format, torch.channels_last]


def made(channels, filters, dtype, layout):
    torch.manual_seed(5)
    kernel = torch.randn(filters, channels, 3, 3).to(dtype)
    return FrozenConvolution(kernel, torch.randn(filters).to(dtype), layout)


def plain(layer, value, pooled):
    result = F.conv2d(value, layer.kernel, layer.bias, padding=1).relu()
    return F.avg_pool2d(result, 2) if pooled else result


def both(layer, value, pooled, captured):
    """Results and gradients to the input, ours and PyTorch's, under one and the same loss."""
    found = []
    for compute in (
        lambda v: layer.rectified(v, captured, pooled),
        lambda v: plain(layer, v, pooled),
    ):
        leaf = value.clone().requires_grad_()
        result = compute(leaf)
        towards = torch.linspace(-1, 1, result.numel(), dtype=result.dtype).reshape(result.shape)
        (gradient,) = torch.autograd.grad((result * towards).sum(), leaf)
        found.append((result.detach(), gradient))
    return found


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("captured", [False, True])
@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("size", [(8, 8), (7, 10), (9, 5), (2, 3)])
def test_float32_agrees_with_plain_layers(size, pooled, captured, layout):
    layer = made(6, 16, torch.float32, layout)
    value = torch.randn(1, 6, *size).contiguous(memory_format=layout)
    (mine, my_gradient), (theirs, their_gradient) = both(layer, value, pooled, captured)
    torch.testing.assert_close(mine, theirs, rtol=1e-5, atol=1e-5)
    torch.testing.assert_close(my_gradient, their_gradient, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("pooled", [False, True])
@pytest.mark.parametrize("size", [(8, 8), (7, 10)])
def test_bfloat16_agrees_with_plain_layers_to_its_rounding(size, pooled):
    layer = made(16, 32, torch.bfloat16, torch.channels_last)
    value = torch.randn(1, 16, *size).bfloat16().contiguous(memory_format=torch.channels_last)
    (mine, my_gradient), (theirs, their_gradient) = both(layer, value, pooled, False)
    assert mine.dtype == my_gradient.dtype == torch.bfloat16
    torch.testing.assert_close(mine, theirs, rtol=2e-2, atol=5e-2)
    torch.testing.assert_close(my_gradient, their_gradient, rtol=2e-2, atol=0.2)


def test_the_size_of_the_input_may_change():
    layer = made(6, 16, torch.float32, torch.channels_last)
    for size in ((8, 8), (12, 6), (8, 8)):
        value = torch.randn(1, 6, *size)
        mine = layer.rectified(value, captured=False, pooled=False)
        torch.testing.assert_close(mine, plain(layer, value, False), rtol=1e-5, atol=1e-5)


def test_a_gradient_shared_with_others_is_not_written_to():
    layer = made(6, 16, torch.float32, torch.channels_last)
    leaf = torch.randn(1, 6, 8, 8, requires_grad=True)
    result = layer.rectified(leaf, captured=True, pooled=False)
    shared = torch.randn(result.shape)
    before = shared.clone()
    torch.autograd.grad(result, leaf, shared)
    assert torch.equal(shared, before)


def test_nothing_to_learn():
    layer = made(3, 4, torch.float32, torch.contiguous_format)
    assert not list(layer.parameters())
    assert {name for name, _ in layer.named_buffers()} == {"kernel", "bias"}
