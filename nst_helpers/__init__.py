"""Neural style transfer: the support package of the course.

In a sentence: pictures go through the engine under a recipe, and figures, checks, the studio and
the terminal show what comes of it. The names a reader uses most are here; matplotlib and
ipywidgets are imported only by `nst_helpers.figures` and `nst_helpers.studio`.
"""

__version__ = "1.0.0"

import os
import platform

# PyTorch reads both while it is imported, so this package is imported first.
if platform.machine() == "x86_64":
    # A thread waits awake for its next work, by default for 300,000 turns (some 15 ms), and so
    # takes a core from those that work, if another program runs too. Two kernels that paint at
    # once on two cores each take 2.1 times as long as one alone with 3,000 turns, 2.9 times with
    # 20,000; alone it is as fast with either. Elsewhere a turn is over much sooner.
    os.environ.setdefault("GOMP_SPINCOUNT", "3000")
# on a Mac, what its GPU lacks the CPU does
os.environ.setdefault("PYTORCH_ENABLE_MPS_FALLBACK", "1")

from nst_helpers.engine import (
    CONTENT_LAYERS,
    LAYER_NAMES,
    STYLE_LAYERS,
    Adam,
    Objective,
    Run,
    Term,
    VGG19Features,
    content_loss,
    content_terms,
    describe_device,
    gram_matrix,
    keep_run,
    load_network,
    pick_device,
    pick_precision,
    style_loss,
    style_share,
    style_terms,
    suggest_size,
    total_variation,
)
from nst_helpers.engine.limits import use_own_processors
from nst_helpers.errors import DivergenceError, NSTError, SettingError
from nst_helpers.many import Job, paint_all
from nst_helpers.pictures import load_image, samples, save_animation, save_image, starting_image
from nst_helpers.recipes import RECIPES, Phase, Recipe
from nst_helpers.transfer import (
    estimate,
    reconstruct_content,
    reconstruct_style,
    stylize,
)

use_own_processors()
