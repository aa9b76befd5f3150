"""Neural style transfer, one idea a module: the support package of the course.

The usual names are here; matplotlib and ipywidgets are imported only by
`nst_helpers.preview` and `nst_helpers.studio`.
"""

import os
import platform

# PyTorch reads both while it is imported, so this package is imported first.
if platform.machine() == "x86_64":
    # A thread waits awake for its next work, by default for 300,000 turns (some 15 ms), and so
    # takes a core from those that work, if another program runs too: with one beside it on two
    # cores, an evaluation at 256 px took nine times as long as alone. With 20,000 it takes three
    # times as long, and alone it is as fast as ever. Elsewhere a turn is over much sooner.
    os.environ.setdefault("GOMP_SPINCOUNT", "20000")
# on a Mac, what its GPU lacks the CPU does
os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")

from nst_helpers.adam import Adam
from nst_helpers.checkpoint import Checkpoint
from nst_helpers.conventions import Convention, Weights, from_ours, to_ours
from nst_helpers.device import describe_device, pick_device, pick_precision, suggest_size
from nst_helpers.errors import (
    CheckpointError,
    DivergenceError,
    ImageError,
    ImageNote,
    NSTError,
    SaveError,
    SettingError,
    WeightsError,
)
from nst_helpers.estimate import Estimate, estimate
from nst_helpers.images import load_image, samples, save_image, starting_image
from nst_helpers.losses import content_loss, gram_matrix, style_loss, total_variation
from nst_helpers.network import load_network
from nst_helpers.objective import Losses, Objective, Term, content_terms, style_share, style_terms
from nst_helpers.optimize import Snapshot, optimize
from nst_helpers.recipe import Phase, Recipe
from nst_helpers.recipes import RECIPES
from nst_helpers.run import Run
from nst_helpers.transfer import reconstruct_content, reconstruct_style, stylize
from nst_helpers.vgg import CONTENT_LAYERS, LAYER_NAMES, STYLE_LAYERS, VGG19Features

__all__ = [
    "CONTENT_LAYERS",
    "LAYER_NAMES",
    "RECIPES",
    "STYLE_LAYERS",
    "Adam",
    "Checkpoint",
    "CheckpointError",
    "Convention",
    "DivergenceError",
    "Estimate",
    "ImageError",
    "ImageNote",
    "Losses",
    "NSTError",
    "Objective",
    "Phase",
    "Recipe",
    "Run",
    "SaveError",
    "SettingError",
    "Snapshot",
    "Term",
    "VGG19Features",
    "Weights",
    "WeightsError",
    "content_loss",
    "content_terms",
    "describe_device",
    "estimate",
    "from_ours",
    "gram_matrix",
    "load_image",
    "load_network",
    "optimize",
    "pick_device",
    "pick_precision",
    "reconstruct_content",
    "reconstruct_style",
    "samples",
    "save_image",
    "starting_image",
    "style_loss",
    "style_share",
    "style_terms",
    "stylize",
    "suggest_size",
    "to_ours",
    "total_variation",
]
