"""State dicts from the network and from files, read as plain data: nothing in them is run."""

import hashlib
import os
from pathlib import Path

import torch

from nst_helpers.errors import WeightsError, shown

SOURCES = ("original", "torchvision", "random")


def download_torchvision() -> object:
    """torchvision's VGG19, from its cache or the network. Raises WeightsError, offline too."""
    from torchvision.models import VGG19_Weights

    entry = VGG19_Weights.IMAGENET1K_V1
    _check_kept_download(entry.url)
    try:
        # downloaded under another name, and renamed only if the hash is right
        return entry.get_state_dict(progress=True, check_hash=True, weights_only=True)
    except Exception as fault:  # of the network, the disk, the hash and the reader
        raise WeightsError(
            f"torchvision's VGG19 could not be downloaded ({fault}): "
            'go online once (548 MB), or use weights="original", which need no network.'
        ) from fault


def _check_kept_download(url: str) -> None:
    """Refuse a damaged file in torch's cache, which torch itself would not look at again.

    The name ends in the first digits of its SHA-256: vgg19-dcbb9e9d.pth.
    """
    path = Path(torch.hub.get_dir(), "checkpoints", url.rsplit("/", 1)[-1])
    digits = path.stem.rsplit("-", 1)[-1]
    if path.is_file():
        with open(path, "rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
        if not found.startswith(digits):
            raise WeightsError(
                f"{shown(path)} is not the file that torchvision published, perhaps an old "
                "download that broke off: delete it, and it is fetched again."
            )


def read_file(path: str | Path) -> object:
    """What a file of torch or safetensors holds, if that is plain data; WeightsError if not."""
    name = shown(path)
    try:
        path = Path(os.path.expanduser(path))
        if not path.is_file():
            raise FileNotFoundError
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        return torch.load(path, map_location="cpu", weights_only=True)
    except (FileNotFoundError, TypeError):
        raise WeightsError(
            f"There are no weights {name!r}: give {', '.join(SOURCES)}, or an existing file."
        ) from None
    except ModuleNotFoundError:
        raise WeightsError(f"{name} needs a package: run `pip install safetensors`.") from None
    except PermissionError:
        raise WeightsError(f"{name} may not be read: change its permissions.") from None
    except Exception as fault:  # the readers raise a dozen kinds, none of them for learners
        raise WeightsError(
            f"{name} is not a readable state dict of tensors (and is never unpickled as anything "
            "else): save one with torch.save(model.state_dict(), path)."
        ) from fault
