"""The terminal: python -m nst_helpers CONTENT STYLE -o OUT.

What goes wrong is one sentence on stderr and an exit status, never a traceback.
"""

import argparse
import json
import os
import platform
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NoReturn

import torch
import torchvision
from tqdm import tqdm

from nst_helpers.engine import (
    DEVICES,
    OPTIMISERS,
    PRECISIONS,
    SOURCES,
    Run,
    describe_device,
    keep_run,
)
from nst_helpers.errors import CheckpointError, ImageNote, NSTError, SettingError, shown
from nst_helpers.pictures import STARTS, picture_format, save_animation, save_image, write_whole
from nst_helpers.recipes import OWN, RECIPES
from nst_helpers.transfer import stylize

FAULT, MISTAKE, INTERRUPTED = 1, 2, 130  # ours, the user's, and Ctrl-C as shells expect it
FILM_FRAMES = 40
PROGRAM = "python -m nst_helpers"
EXAMPLES = """examples:
  {program} cat.jpg wave.jpg -o out.png
  {program} cat.jpg wave.jpg -o out.jpg --size 1024 --beta 100
  {program} cat.jpg wave.jpg -o out.png --steps 400 --gif run.gif

which β: 3 only tints the photo, 30 is balanced for most pairs, 300 leaves mostly paint.
If strokes hide what matters, halve it; if the photo looks merely filtered, double it."""
NOT_OF_THE_PICTURE = ("output", "gif", "json", "checkpoint", "resume")


class Parser(argparse.ArgumentParser):
    """Says what is wrong in one sentence, and shows its texts as they are written."""

    def __init__(self, program: str, **texts: str | None):
        super().__init__(program, formatter_class=argparse.RawTextHelpFormatter, **texts)

    def error(self, message: str) -> NoReturn:
        """One sentence on stderr and exit status 2, without the wall of usage."""
        sentence = " ".join(message.split())
        self.exit(MISTAKE, f"nst_helpers: {sentence} (see {self.prog} --help).\n")


class _Recipe(argparse.Action):
    """Takes the name of a recipe; "list" prints one line on each, and ends the program."""

    def __call__(self, parser, namespace, value, option_string=None) -> None:
        if value == "list":
            for name, recipe in (OWN | RECIPES).items():
                print(f"{name:16}  {recipe.steps:>6,} steps  {recipe.summary}")
            parser.exit()
        setattr(namespace, self.dest, value)


def _positive(text: str) -> int:
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"{value} is not a positive whole number")
    return value


def _layers(text: str) -> list[str] | dict[str, float]:
    """Layers by name, relu1_1,relu2_1, or with a weight each, relu1_1=0.2,relu2_1=0.1, or none."""
    parts = [part.partition("=") for part in text.split(",") if text != "none"]
    if not any(mark for _, mark, _ in parts):
        return [name for name, *_ in parts]
    try:
        return {name: float(weight) for name, _, weight in parts}
    except ValueError:
        raise argparse.ArgumentTypeError("give each layer a number, or none of them") from None


def let_anything_be_printed() -> None:
    """A file's name, or β, is no reason to stop where the terminal's encoding lacks it."""
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(errors="backslashreplace")


def parser(program: str = PROGRAM) -> Parser:
    texts = {"description": "Paint a photo in the manner of a painting."}
    command = Parser(program, **texts, epilog=EXAMPLES.format(program=program))
    add = command.add_argument
    add("content", help="the photo")
    add("style", help="the painting; its size and shape may differ")
    add("-o", "--output", required=True, help="where the result goes, .png or .jpg")
    add("--size", type=_positive, default=256, help="longer side in pixels (default 256)")
    add("--recipe", metavar="NAME", action=_Recipe, help="settings by name; list shows them")
    add("--steps", type=_positive, help="optimiser steps (default 200, or the recipe's)")
    add("--alpha", type=float, help="weight of the content (default 1, or the recipe's)")
    add("--beta", type=float, help="weight of the style (default 30, or the recipe's)")
    add("--content-layers", type=_layers, metavar="NAMES", help="such as relu4_2, or none")
    layers = "such as relu1_1,relu2_1, or with weights relu1_1=0.2,relu2_1=0.1"
    add("--style-layers", type=_layers, metavar="NAMES", help=layers)
    add("--start", choices=STARTS, help="first picture (default content, or the recipe's)")
    add("--optimiser", choices=tuple(OPTIMISERS), help="default lbfgs, or the recipe's")
    add("--parameters", help=f"VGG19's: {', '.join(SOURCES)} or a file (default original)")
    scales = "how many the picture grows through (default: from 96 px up; 1 is the paper's way)"
    add("--scales", type=_positive, metavar="N", help=scales)
    painting = "the painting's size against the photo's: 2 makes its strokes twice as large"
    add("--style-scale", type=float, default=1.0, metavar="FACTOR", help=painting)
    add("--seed", type=int, default=0, help="for noise and random parameters (default 0)")
    add("--device", choices=DEVICES, default="auto", help="default: the best there is")
    precision = "default: the fastest precision this machine supports"
    add("--precision", choices=tuple(PRECISIONS), help=precision)
    add("--gif", metavar="RUN.gif", help="also save the run as a film")
    add("--json", metavar="RUN.json", help="also save settings, versions and every step's losses")
    add("--checkpoint", metavar="FILE", help="keep the run in FILE while it is painted")
    add("--resume", action="store_true", help="resume the run saved in the checkpoint")
    return command


def main(arguments: list[str] | None = None, program: str = PROGRAM) -> int:
    """Run the command line; returns the exit status. `program` is what was typed before it.

    2 means that the user can put it right, 1 that the fault is ours; the variable NST_DEBUG then
    shows the traceback.
    """
    let_anything_be_printed()
    settings = parser(program).parse_args(arguments)
    with warnings.catch_warnings():
        warnings.simplefilter("always", ImageNote)
        warnings.showwarning = lambda note, *_, **__: _say(note)
        try:
            return _paint(settings)
        except NSTError as fault:
            return _say(fault, MISTAKE)
        except KeyboardInterrupt:
            return _say("interrupted, and nothing more is saved.", INTERRUPTED)
        except Exception as fault:
            if os.environ.get("NST_DEBUG"):
                raise
            kind = f"{type(fault).__name__}: {' '.join(str(fault).split())}"
            return _say(f"a fault of the program ({kind}): set NST_DEBUG=1 to see where.", FAULT)


def _say(sentence: object, status: int = 0, write: Callable = print) -> int:
    write(f"nst_helpers: {sentence}", file=sys.stderr)
    return status


def _paint(settings: argparse.Namespace) -> int:
    for path in filter(None, (settings.output, settings.gif)):
        picture_format(path)
    _check_checkpoint(settings)
    run = stylize(**{k: v for k, v in vars(settings).items() if k not in NOT_OF_THE_PICTURE})
    network = run.objective.network
    device = describe_device(network.device, network.dtype)
    if settings.checkpoint:
        keep_run(run, settings.checkpoint)
    names = f"{shown(settings.content)} as {shown(settings.style)}"
    print(f"Painting {names} at {settings.size} px on {device}.")
    status, frames = _watch(run, keep_frames=bool(settings.gif))
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


def _watch(run: Run, keep_frames: bool) -> tuple[int, list[torch.Tensor]]:
    """Take all steps behind a progress bar; Ctrl-C or an error ends early and keeps the picture."""
    frames, every = [], max(1, run.steps // FILM_FRAMES)
    form = "{desc} {percentage:3.0f}%|{bar}| step {n_fmt}/{total_fmt}, {remaining} left{postfix}"
    done = max(0, run.state.step)
    with tqdm(total=run.steps, initial=done, bar_format=form, desc="Painting") as bar:
        try:
            for snapshot in run:
                bar.set_postfix_str(f"loss {snapshot.losses.total:.4g}", refresh=False)
                bar.update(snapshot.step - bar.n)
                if keep_frames and (snapshot.step % every == 0 or snapshot.step == run.steps):
                    frames.append(snapshot.image)
        except KeyboardInterrupt:
            bar.write("Interrupted: saving the picture as it is.", file=sys.stderr)
            return INTERRUPTED, frames
        except NSTError as fault:
            return _say(fault, MISTAKE, bar.write), frames
    return 0, frames


def _save_numbers(run: Run, settings: argparse.Namespace, device: str) -> Path:
    recipe = run.recipe
    filled = {name: getattr(recipe, name) for name in ("steps", "alpha", "beta", "start")}
    versions = {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "torchvision": torchvision.__version__,
    }
    numbers = {
        "settings": vars(settings) | filled | {"optimiser": str(recipe.optimiser)},
        "versions": versions,
        "device": device,
        "seconds": run.state.seconds,
        "steps": run.history,
    }
    text = json.dumps(numbers, indent=1) + "\n"
    return write_whole(settings.json, lambda file: file.write(text.encode()))


if __name__ == "__main__":
    sys.exit(main())
