"""What one channel of VGG19 answers to: a picture built for it, and patches found for it.

The picture is built as Olah, Mordvintsev and Schubert do it (Feature Visualization, Distill 2017):
gradient ascent on the channel's mean answer, over the frequencies of a picture whose colours are
decorrelated, seen each time from a slightly different place. Frequencies move here, not pixels, and
each look is another: so it has a short loop of its own, and is no `Run`.
"""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from nst_helpers.engine import VGG19Features, check_layer, load_network
from nst_helpers.errors import SettingError

SHIFT = 8  # px, at most, either way
LEAK = 0.01
# How the colours of photos vary, each column as long as its share: light, blue to yellow, green to
# magenta. Lucid measured them on ImageNet. Our photos have the same directions (cosines of 0.99),
# and half as much again from blue to yellow.
COLOURS = torch.tensor([[0.56, 0.19, 0.04], [0.58, 0.0, -0.11], [0.58, -0.19, 0.06]])


def picture_for(
    layer: str, channel: int, *, size: int = 160, steps: int = 64, rate: float = 0.02, seed: int = 0
) -> Tensor:
    """A picture `(1, 3, size, size)` that makes `channel` of `layer` answer strongly all over.

    It is one of many. Of a ReLU's channel a little is let through below 0, which shows the way up
    from where it is silent. Raises SettingError for an unknown layer or channel.
    """
    asked = check_layer(layer).replace("relu", "conv")
    network, drawn = load_network([asked], pooling="max"), torch.Generator().manual_seed(seed)
    waves = 0.01 * torch.randn(3, size, size // 2 + 1, 2, generator=drawn)
    waves.requires_grad_()
    adam = torch.optim.Adam([waves], lr=rate)
    for _ in range(steps):
        across, down = torch.randint(-SHIFT, SHIFT + 1, (2,), generator=drawn).tolist()
        answers = network(_picture(waves, size).roll((down, across), (2, 3)))[asked][0]
        if not 0 <= channel < len(answers):
            raise SettingError(f"{layer} has the channels 0 to {len(answers) - 1}, not {channel}.")
        adam.zero_grad()
        (-F.leaky_relu(answers[channel].float(), LEAK).mean()).backward()
        adam.step()
    return _picture(waves.detach(), size)


def _picture(waves: Tensor, size: int) -> Tensor:
    """The picture in [0, 1] of which `waves` are the frequencies, broad ones counting more."""
    rows, columns = torch.fft.fftfreq(size)[:, None], torch.fft.rfftfreq(size)
    broad = 1 / torch.hypot(rows, columns).clamp_min(1 / size)
    colours = torch.fft.irfft2(torch.view_as_complex(waves) * broad, s=(size, size), norm="ortho")
    return torch.sigmoid(torch.einsum("ij,jhw->ihw", COLOURS, colours))[None]


@torch.no_grad()
def strongest_patches(
    pictures: Sequence[Tensor], layer: str, channel: int, side: int, count: int = 5
) -> list[Tensor]:
    """The patches of `side` pixels at which `channel` of `layer` answers most, one a picture.

    `pictures` are image tensors, at least `side` px each way; the strongest comes first.
    """
    network: VGG19Features = load_network([layer], pooling="max")
    found = []
    for picture in pictures:
        answers = network(picture)[layer][0, channel]
        peak, place = answers.float().flatten().max(0)
        middle = divmod(place.item(), answers.shape[1])
        corner = [
            min(max(round((at + 0.5) * whole / units - side / 2), 0), whole - side)
            for at, units, whole in zip(middle, answers.shape, picture.shape[2:], strict=True)
        ]
        top, left = corner
        found.append((peak.item(), picture[:, :, top : top + side, left : left + side]))
    return [patch for _, patch in sorted(found, key=lambda pair: -pair[0])[:count]]
