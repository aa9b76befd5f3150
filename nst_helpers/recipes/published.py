"""The course's two recipes, and eight published ones: `stylize(recipe="name")` runs each.

A recipe says everything that its α and β depend on. What runs departs from the source in two
ways, both on purpose. Pixels are confined to [0, 1] by the course's projected optimisers,
where most sources leave them free or clamp them for display. And unless `parameters=` names
others, the network carries the original ones, because torchvision's are a download of
548 MB; recipes made for those are then told how much louder the original ones are.

Layers are named by what the losses really read. In several sources a ReLU works in place, so
that what is called conv4_2 there is relu4_2.
"""

from collections.abc import Mapping
from dataclasses import replace

from nst_helpers.engine import STYLE_LAYERS, Adam, check_layers
from nst_helpers.errors import SettingError, check_count
from nst_helpers.recipes.conventions import Convention
from nst_helpers.recipes.recipe import IMAGENET_STD, Phase, Recipe, share_out

OWN: dict[str, Recipe] = {
    "course": Recipe(
        "the default: from coarse to fine, layers balanced",
        "chosen by eye and by four numbers: benchmarks/results/pictures.md",
        scales=None,
        # relu4_2 alone lets the style redraw a mouth or an eye; the lines of relu2_2 hold them
        content_layers={"relu4_2": 0.7, "relu2_2": 0.3},
        # at 100 px the deepest layer sees whole things, and would copy them into the picture
        style_layers=dict(zip(STYLE_LAYERS, (0.2, 0.2, 0.2, 0.2, 0.05), strict=True)),
        beta=30.0,
        # next to nothing for a stroke, and much for a mesh of single pixels, which no layer sees
        variation=5.0,
        power=2,
        balanced=True,
    ),
    "textbook": Recipe(
        "the paper as lessons 2 to 4 build it: one size, every loss a mean",
        "the docstring of nst_helpers.engine.losses",
        normalised=True,
        pooling="average",
    ),
}

RECIPES: dict[str, Recipe] = {
    "gatys-2016": Recipe(
        "white noise, every loss a sum, α/β = 1e-3",
        "Gatys, Ecker & Bethge, Image Style Transfer Using CNNs, CVPR 2016",
        start="noise",
        phases=(Phase(500),),
        convention=Convention("½ Σ", "F Fᵀ", "Σ / 4C²N²"),
        normalised=True,
        pooling="average",
        note="The number of steps is not in the paper.",
    ),
    "gatys-notebook": Recipe(
        "the first author's code: means, 1e3/C² a layer, two sizes",
        "github.com/leongatys/PytorchNeuralStyleTransfer",
        phases=(Phase(500, scale=512 / 800), Phase(200)),
        style_layers={
            name: 1e3 / c**2 for name, c in zip(STYLE_LAYERS, (64, 128, 256, 512, 512), strict=True)
        },
        beta=1.0,
    ),
    "pytorch-tutorial": Recipe(
        "shallow layers, Gram divided by C too, β = 1e6",
        "docs.pytorch.org/tutorials/advanced/neural_style_tutorial.html",
        phases=(Phase(300),),
        content_layers=("conv2_2",),
        style_layers=dict.fromkeys(("conv1_1", "conv1_2", "conv2_1", "conv2_2", "conv3_1"), 1.0),
        convention=Convention(gram="F Fᵀ / CN"),
        beta=1e6,
        parameters="torchvision",
    ),
    "adam-long": Recipe(
        "Adam at 0.003 for 20,000 steps, first layers favoured",
        "courses that follow the PyTorch lesson of Udacity",
        optimiser=Adam(0.003 * IMAGENET_STD),  # its pixels are in standard deviations
        phases=(Phase(20_000),),
        style_layers=dict(zip(STYLE_LAYERS, (1.0, 0.8, 0.5, 0.3, 0.1), strict=True)),
        convention=Convention(gram="F Fᵀ", style="mean / CN"),
        beta=1e6,
        parameters="torchvision",
        note="It also starts from a blank canvas.",
    ),
    "content-first": Recipe(
        "blank canvas, content first and style later",
        "a public notebook",
        start="blank",
        optimiser="adam",
        phases=(Phase(100, style=0.001), Phase(200)),
        convention=Convention(gram="F Fᵀ / CN"),
        beta=1e6,
        parameters="torchvision",
        note="Its source varies α, β, rate and steps by hand: these numbers are the course's.",
    ),
    "light-style": Recipe(
        "own photos, a light style: Adam and β = 1e3",
        "a public notebook",
        optimiser="adam",
        phases=(Phase(300),),
        convention=Convention(gram="F Fᵀ", style="Σ / C²N²"),
        parameters="torchvision",
        note="Its source leaves open rate, steps and the content's reduction: here a mean.",
    ),
    "tensorflow-guide": Recipe(
        "content from block 5, content 1e4 against style 1e-2",
        "tensorflow.org/tutorials/generative/style_transfer",
        optimiser=Adam(0.02),
        phases=(Phase(1000),),
        content_layers=("relu5_2",),
        alpha=1e4,
        beta=1e-2,
        note="Its Adam has β₁ = 0.99 and ε = 0.1; ours has PyTorch's usual ones.",
    ),
    "d2l": Recipe(
        "Adam at 0.3 falling by a fifth each 50 steps, smoothed",
        "Dive into Deep Learning, d2l.ai, section 14.12",
        optimiser=Adam(0.3 * IMAGENET_STD, factor=0.8, every=50),
        phases=(Phase(500),),
        content_layers=("relu4_4",),
        # the last layer it computes has no ReLU after it that could overwrite it
        style_layers=dict.fromkeys((*STYLE_LAYERS[:4], "conv5_1"), 1.0),
        convention=Convention(gram="F Fᵀ / CN", variation=0.5 / IMAGENET_STD),
        beta=1e4,
        variation=10.0,
        parameters="torchvision",
    ),
}


def find_recipe(recipe: str | Recipe | None, **settings: object) -> Recipe:
    """The recipe of that name (None: "course") with every setting that is not None.

    `steps` are shared among its phases in proportion. Raises SettingError for an unknown name.
    """
    named = OWN | RECIPES
    recipe = "course" if recipe is None else recipe
    if isinstance(recipe, str) and recipe not in named:
        raise SettingError(f"There is no recipe {recipe!r}: choose {', '.join(named)}.")
    found = named[recipe] if isinstance(recipe, str) else recipe
    given = {name: value for name, value in settings.items() if value is not None}
    if "scales" in given:
        check_count("The number of scales", given["scales"])
    for kind in ("content_layers", "style_layers"):
        if kind in given and not isinstance(given[kind], Mapping):
            given[kind] = tuple(check_layers(given[kind]))
    steps = given.pop("steps", None)
    if steps is not None:
        steps = check_count("The number of steps", steps)
        given["phases"] = share_out(found.phases, steps)
    return replace(found, **given)
