"""The terminal way in: python -m nst_helpers CONTENT STYLE -o OUT."""

import argparse
import json
import os
import platform
import sys
from pathlib import Path

import torch
import torchvision
from tqdm import tqdm

from nst_helpers.checkpoint import Checkpoint
from nst_helpers.device import DEVICES, PRECISIONS, describe_device
from nst_helpers.errors import CheckpointError, NSTError, SettingError, shown
from nst_helpers.files import write_whole
from nst_helpers.film import save_animation
from nst_helpers.images import STARTS, picture_format, save_image
from nst_helpers.optimize import OPTIMISERS
from nst_helpers.recipes import RECIPES, find_recipe
from nst_helpers.run import Run
from nst_helpers.terminal import INTERRUPTED, MISTAKE, Parser, guarded, positive
from nst_helpers.transfer import stylize
from nst_helpers.weights import SOURCES

FILM_FRAMES = 40


def parser() -> argparse.ArgumentParser:
    command = Parser("nst_helpers", description="Paint a photo in the manner of a painting.")
    add = command.add_argument
    add("content", help="the photo")
    add("style", help="the painting; its size and shape may differ")
    add("-o", "--output", required=True, help="where the result goes, .png or .jpg")
    add("--size", type=positive, default=256, help="longer side in pixels (default 256)")
    add("--recipe", metavar="NAME", action=_Recipe, help="published settings; list shows them")
    add("--steps", type=positive, help="optimiser steps (default 100, or the recipe's)")
    add("--alpha", type=float, help="weight of the content (default 1, or the recipe's)")
    add("--beta", type=float, help="weight of the style (default 1000, or the recipe's)")
    add("--start", choices=STARTS, help="first picture (default content, or the recipe's)")
    add("--optimiser", choices=tuple(OPTIMISERS), help="default lbfgs, or the recipe's")
    add("--weights", help=f"{', '.join(SOURCES)} or a file (default original)")
    add("--coarse-to-fine", action="store_true", help="grow the picture: for large sizes")
    add("--seed", type=int, default=0, help="for noise and random weights (default 0)")
    add("--device", choices=DEVICES, default="auto", help="default: the best there is")
    add("--precision", choices=tuple(PRECISIONS), help="default: the fastest that pays")
    add("--gif", metavar="RUN.gif", help="also save the run as a film")
    add("--json", metavar="RUN.json", help="also save settings, versions and every step's losses")
    add("--checkpoint", metavar="FILE", help="keep the run in FILE while it is painted")
    add("--resume", action="store_true", help="go on with the run kept in the checkpoint")
    return command


class _Recipe(argparse.Action):
    """Takes the name of a recipe; "list" prints one line on each, and ends the program."""

    def __call__(self, parser, namespace, value, option_string=None) -> None:
        if value == "list":
            for name, recipe in RECIPES.items():
                print(f"{name:16}  {recipe.steps:>6,} steps  {recipe.summary}")
            parser.exit()
        setattr(namespace, self.dest, value)


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit status (2 for anything the user can mend)."""
    settings = parser().parse_args(arguments)
    return guarded(lambda: _paint(settings))


def _paint(settings: argparse.Namespace) -> int:
    for path in filter(None, (settings.output, settings.gif)):
        picture_format(path)
    _check_checkpoint(settings)
    _fill_in(settings)
    run = stylize(
        settings.content,
        settings.style,
        **{name: getattr(settings, name) for name in _PASSED_ON},
    )
    network = run.objective.network
    device = describe_device(network.device, network.dtype)
    if settings.checkpoint:
        run = Checkpoint(run, settings.checkpoint).resume()
    names = f"{shown(settings.content)} as {shown(settings.style)}"
    print(f"Painting {names} at {settings.size} px on {device}.")
    status, frames = _watch(run, settings.steps, keep_frames=bool(settings.gif))
    print(f"The picture is in {save_image(run.image, settings.output)}")
    if settings.checkpoint and status:
        print(f"The run is in {settings.checkpoint}: add --resume to go on with it.")
    if settings.gif:
        print(f"The film is in {save_animation(frames or [run.image], settings.gif)}")
    if settings.json:
        print(f"The numbers are in {_save_numbers(run, settings, device)}")
    return status


def _check_checkpoint(settings: argparse.Namespace) -> None:
    """Raise an error, before anything is computed, rather than lose a run that was kept."""
    if settings.resume and not settings.checkpoint:
        raise SettingError("--resume needs to know the file: add --checkpoint FILE.")
    if settings.checkpoint and not settings.resume:
        path = os.path.expanduser(settings.checkpoint)
        if os.path.lexists(path):
            raise CheckpointError(
                f"{shown(path)} exists already: add --resume to go on with it, or name another."
            )


_PASSED_ON = (
    "recipe", "size", "steps", "alpha", "beta", "start", "optimiser", "weights", "seed",
    "device", "precision", "coarse_to_fine",
)  # fmt: skip


def _fill_in(settings: argparse.Namespace) -> None:
    """Write down what the recipe, or the course, says about everything that was left open."""
    recipe = find_recipe(settings.recipe)
    for name in ("steps", "alpha", "beta", "start", "optimiser"):
        if getattr(settings, name) is None:
            setattr(settings, name, getattr(recipe, name))


def _watch(run: Run | Checkpoint, steps: int, keep_frames: bool) -> tuple[int, list[torch.Tensor]]:
    """Take all steps behind a progress bar; Ctrl-C or an error ends early and keeps the picture."""
    frames, every = [], max(1, steps // FILM_FRAMES)
    form = "{desc} {percentage:3.0f}%|{bar}| step {n_fmt}/{total_fmt}, {remaining} left{postfix}"
    done = max(0, len(run.history) - 1)
    with tqdm(total=steps, initial=done, bar_format=form, desc="Painting") as bar:
        try:
            for snapshot in run:
                bar.set_postfix_str(f"loss {snapshot.losses.total:.4g}", refresh=False)
                bar.update(snapshot.step - bar.n)
                if keep_frames and (snapshot.step % every == 0 or snapshot.step == steps):
                    frames.append(snapshot.image)
        except KeyboardInterrupt:
            bar.write("Interrupted: saving the picture as it is.", file=sys.stderr)
            return INTERRUPTED, frames
        except NSTError as fault:
            bar.write(f"nst_helpers: {fault}", file=sys.stderr)
            return MISTAKE, frames
    return 0, frames


def _save_numbers(run: Run | Checkpoint, settings: argparse.Namespace, device: str) -> Path:
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
    }
    numbers = {
        "settings": vars(settings) | {"optimiser": str(settings.optimiser)},
        "versions": versions,
        "device": device,
        "seconds": run.history[-1]["seconds"] if run.history else 0.0,
        "steps": run.history,
    }
    text = json.dumps(numbers, indent=1) + "\n"
    return write_whole(settings.json, lambda file: file.write(text.encode()))


if __name__ == "__main__":
    sys.exit(main())
