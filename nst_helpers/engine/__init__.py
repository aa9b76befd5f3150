"""The engine (lessons 1 to 4): VGG19, the losses, and the one loop that lowers them."""

from nst_helpers.engine.checkpoint import keep_run
from nst_helpers.engine.device import (
    DEVICES,
    PRECISIONS,
    check_memory,
    describe_device,
    free_memory,
    pick_device,
    pick_precision,
    run_memory,
    suggest_size,
)
from nst_helpers.engine.layers import (
    CONTENT_LAYERS,
    LAYER_NAMES,
    STYLE_LAYERS,
    check_layer,
    check_layers,
    layer_size,
    minimum_side,
)
from nst_helpers.engine.losses import (
    check_shapes,
    content_loss,
    gram_matrix,
    mask_at,
    mean_squared_error,
    style_loss,
    total_variation,
)
from nst_helpers.engine.minimise import OPTIMISERS, Adam, Minimiser, ProjectedLBFGS
from nst_helpers.engine.objective import (
    Losses,
    Objective,
    Term,
    content_terms,
    shared_weights,
    style_share,
    style_terms,
)
from nst_helpers.engine.parameters import SOURCES
from nst_helpers.engine.run import Run, Snapshot, Stage
from nst_helpers.engine.vgg import VGG19Features, check_network_options, load_network
