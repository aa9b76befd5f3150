"""Convolution and ReLU of a frozen layer, forwards and backwards, in few passes over memory.

Beside the multiplications, an evaluation mostly waits for memory: every pass over the first
block's activations takes as long as one of its convolutions nearly would. So the kernel is
kept in the order in which the processor reads it, and ReLU and average pooling are done, and
undone, while their neighbour's values are at hand.
"""

import platform

import torch
import torch.nn.functional as F
from torch import Tensor, nn

ONES = [1, 1]


def in_two_parts(picture: Tensor, dtype: torch.dtype) -> Tensor:
    """A float32 `(1, 3, H, W)` as `(1, 6, H, W)` of half precision: rounded, and the remainder.

    A first layer that weighs both parts alike sees the picture as good as unrounded. bfloat16
    alone moves a bright pixel by up to half an 8-bit level; the Gram matrices of the first
    layers take that for grain, and near a minimum most of the gradient would go against it.
    The gradient flows through the rounded part alone, being the same for both.
    """
    rounded = picture.to(dtype)
    remainder = (picture.detach() - rounded.detach()).to(dtype)
    return torch.cat([rounded, remainder], 1)


class FrozenConvolution(nn.Module):
    """A 3x3 convolution over `(1, C, H, W)`, edges padded with zeros, that never learns.

    Its tensors are buffers, not parameters: no gradient to them is ever computed. The gradient
    to its input is itself such a convolution, with the kernel turned by 180° and its channels
    exchanged.
    """

    def __init__(self, kernel: Tensor, bias: Tensor, layout: torch.memory_format):
        super().__init__()
        self.register_buffer("kernel", kernel.contiguous(memory_format=layout))
        self.register_buffer("bias", bias)
        self._forwards = _Packed(self.kernel, layout)
        self._backwards = _Packed(self.kernel, layout, turned=True)

    def forward(self, value: Tensor) -> Tensor:
        return F.conv2d(value, self.kernel, self.bias, padding=1)

    def rectified(self, value: Tensor, captured: bool, pooled: bool) -> Tensor:
        """ReLU of the convolution, averaged over 2x2 squares if `pooled`.

        `captured` says that a loss reads the result, and may share its gradient with others.
        """
        return _ConvolveRectify.apply(value, self, captured, pooled)


class _Packed:
    """A kernel, turned or not, in the order that suits inputs of the size last seen."""

    def __init__(self, kernel: Tensor, layout: torch.memory_format, turned: bool = False):
        self.kernel, self.layout, self.turned = kernel, layout, turned
        self.kept = None, None  # a shape and its copy: replaced together, for runs on two threads

    def __call__(self, value: Tensor, bias: Tensor | None = None, rectify: bool = False) -> Tensor:
        packs = _can_pack(value)
        suits, (shape, kernel) = (value.shape if packs else None), self.kept
        if kernel is None or shape != suits:
            kernel = self._for(list(value.shape), packs)
            self.kept = suits, kernel
        if packs:
            after = "relu" if rectify else "none"
            return torch.ops.mkldnn._convolution_pointwise(
                value, kernel, bias, ONES, ONES, ONES, 1, after, [], ""
            )
        result = F.conv2d(value, kernel, bias, padding=1)
        return result.relu_() if rectify else result

    def _for(self, shape: list[int], packs: bool) -> Tensor:
        kernel = self.kernel
        if self.turned:
            kernel = kernel.flip(2, 3).transpose(0, 1).contiguous(memory_format=self.layout)
        if packs:
            pack = torch.ops.mkldnn._reorder_convolution_weight
            kernel = pack(kernel, ONES, ONES, ONES, 1, shape)
        return kernel


def _can_pack(value: Tensor) -> bool:
    """Whether PyTorch offers here what its own compiler uses; `F.conv2d` packs at every call."""
    if value.device.type != "cpu" or platform.machine() not in ("x86_64", "AMD64"):
        return False
    offered = hasattr(torch.ops.mkldnn, "_convolution_pointwise")
    if not (offered and torch.backends.mkldnn.is_available()):
        return False
    if value.dtype == torch.bfloat16:
        return torch.ops.mkldnn._is_mkldnn_bf16_supported()
    return value.dtype == torch.float32


class _ConvolveRectify(torch.autograd.Function):
    """Only the rectified activation is kept for the way back."""

    @staticmethod
    def forward(ctx, value, layer, captured, pooled):
        rectified = layer._forwards(value, layer.bias, rectify=True)
        ctx.save_for_backward(rectified)
        ctx.turned, ctx.captured, ctx.pooled = layer._backwards, captured, pooled
        return F.avg_pool2d(rectified, 2) if pooled else rectified

    @staticmethod
    def backward(ctx, gradient):
        (rectified,) = ctx.saved_tensors
        if ctx.pooled:
            gradient = _back_through_both(gradient, rectified)
        else:  # in place, unless a loss may have handed the same gradient to somebody else too
            out = torch.empty_like(rectified) if ctx.captured else gradient
            gradient = _where_positive(gradient, rectified, out)
        return ctx.turned(gradient), None, None, None


def _where_positive(gradient: Tensor, rectified: Tensor, out: Tensor) -> Tensor:
    """The gradient of ReLU: `gradient` where `rectified` is positive, and 0 elsewhere."""
    torch.ops.aten.threshold_backward.grad_input(
        _as_numbers(gradient), _as_numbers(rectified), 0, grad_input=_as_numbers(out)
    )
    return out


def _as_numbers(value: Tensor) -> Tensor:
    """bfloat16 as the integers of its bits: their signs agree, and they compare faster."""
    return value.view(torch.int16) if value.dtype == torch.bfloat16 else value


def _back_through_both(gradient: Tensor, rectified: Tensor) -> Tensor:
    """The gradient of ReLU and of the 2x2 average after it, in one pass over the large tensors."""
    height, width = gradient.shape[2:]
    out = torch.empty_like(rectified)
    out[:, :, 2 * height :] = 0  # an odd last row or column is in no square
    out[:, :, :, 2 * width :] = 0
    quarter = (gradient / 4)[:, :, :, None, :, None]
    _where_positive(quarter, _in_squares(rectified, height, width), _in_squares(out, height, width))
    return out


def _in_squares(value: Tensor, height: int, width: int) -> Tensor:
    """A view `(1, C, height, 2, width, 2)` of the whole squares of an activation."""
    whole = value[:, :, : 2 * height, : 2 * width]
    return whole.unflatten(3, (width, 2)).unflatten(2, (height, 2))
