"""StyleStudio: controls, painting, worker and view, put together."""

import html
import re
from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path

import ipywidgets as widgets
from IPython.display import display
from torch import Tensor

from nst_helpers.engine import check_network_options, pick_device, suggest_size
from nst_helpers.errors import SettingError
from nst_helpers.figures import picture_tag
from nst_helpers.pictures import STARTS, Picture, save_animation, save_image, to_jpeg
from nst_helpers.recipes import find_recipe
from nst_helpers.studio.controls import Controls, uploaded
from nst_helpers.studio.gallery import Gallery
from nst_helpers.studio.large import Large
from nst_helpers.studio.lookback import LookBack
from nst_helpers.studio.painting import Painting, Settings
from nst_helpers.studio.program import command_line, python_line
from nst_helpers.studio.view import CSS, View
from nst_helpers.studio.worker import Worker, before_cell_runs_again, has_front_end, wants_thread

THUMBNAIL = 188  # px, twice what is shown: sharp on dense screens


class StyleStudio:
    """Paint one picture in the manner of another, and steer it meanwhile.

    Args:
        content, style: names of supplied pictures, files, or image tensors.
        size, steps, alpha, beta, start, content_layers, style_layers, seed, network: as in
            `stylize`; the controls stand there at first.
        folder: where the Save buttons put their files.

    Name it at the end of a cell to display it. In a live front end `run` returns at once,
    and Kernel, Interrupt does not reach it: press Stop. Without a front end, and in Colab,
    `run` returns when the steps are taken. When the cell that made it is run again, a studio
    stops: the new one takes its place. Raises ImageError for a picture that cannot be
    read, SettingError for an unknown layer, start or setting.
    """

    def __init__(
        self,
        content: Picture = "pavilion",
        style: Picture = "starry_night",
        *,
        size: int | None = None,
        steps: int = 200,
        alpha: float | None = None,
        beta: float | None = None,
        start: str = "content",
        content_layers: Iterable[str] | Mapping[str, float] | None = None,
        style_layers: Iterable[str] | Mapping[str, float] | None = None,
        seed: int = 0,
        folder: str | Path = "pictures",
        **network: str | Path | None,
    ):
        check_network_options(network)
        self.gallery, self.folder = Gallery(), Path(folder).expanduser()
        names = self.gallery.add(content, "your photo"), self.gallery.add(style, "your painting")
        if start not in (*STARTS, *self.gallery.added):
            raise SettingError(f"Unknown start {start!r}: choose one of {', '.join(STARTS)}.")
        layers = {"content_layers": content_layers, "style_layers": style_layers}
        asked = find_recipe(None, alpha=alpha, beta=beta, **layers)
        size = size or suggest_size(pick_device(network.get("device") or "auto"))
        settings = Settings(*names, start, size, asked.own_weights(), steps)
        self.controls = Controls(self.gallery, settings)
        options = network | {"seed": seed or None}
        self._options = {name: value for name, value in options.items() if value is not None}
        new_painting = partial(Painting, self.gallery, seed, **network)
        self.painting = new_painting()
        self.worker = Worker(self.painting, self.controls.settings, self._show, wants_thread())
        self.lookback = LookBack(self.gallery, self._look, self._restore)
        self.view = View(lambda: self.lookback.shown(self.painting, self.controls.settings()))
        self.program = widgets.Accordion([widgets.HTML()], selected_index=None)
        self.program.set_title(0, "These settings as a program")
        self.large = Large(new_painting, self._say, self.worker.threaded)
        self.worker.note = " ".join(self.gallery.take_notes())
        self._refresh()
        self._show(now=True)
        self._write_program()
        self._listen()
        self.box = self._layout()
        before_cell_runs_again(lambda: self.worker.ask(self.worker.retire))

    @property
    def image(self) -> Tensor:
        """The picture so far, `(1, 3, H, W)` in [0, 1]."""
        return self.painting.image

    @property
    def history(self) -> list[dict[str, float]]:
        """One dict a step: step, seconds, evaluations, content, style, total."""
        return self.painting.history

    @property
    def error(self) -> Exception | None:
        """What ended the last run, if something went wrong."""
        return self.worker.error

    def program_lines(self) -> tuple[str, str]:
        """A line of Python, and a command, that paint from the start what is set now."""
        told = self.controls.settings(), self.gallery, self._options
        return python_line(*told), command_line(*told)

    def run(self, steps: int | None = None) -> None:
        """Take `steps` more steps; None does what the Run button does.

        In a live front end it returns at once: see `wait`. Elsewhere it returns when they
        are taken, and raises what went wrong.
        """
        if steps is not None:
            self.controls.steps.value = steps
        self.worker.ask(lambda: self.worker.start(afresh=steps is not None))
        if not self.worker.threaded:
            self.wait()

    def wait(self) -> Tensor:
        """Wait until the studio rests (finished, paused or stopped); returns the picture.

        Raises what went wrong. Interrupting the waiting cell stops the run.
        """
        try:
            self.worker.join()
        except KeyboardInterrupt:
            self.stop()
            raise
        if self.error is not None:
            raise self.error
        return self.image

    def stop(self) -> None:
        """Stop within one step and free the optimiser's memory; the picture stays."""
        self.large.stop()
        self.worker.ask(self.worker.stop)
        self.worker.join()

    def _ipython_display_(self) -> None:
        if has_front_end():
            display(self.box)
        else:
            self.view.still(self.worker)

    def _listen(self) -> None:
        """Callbacks only note a wish: the worker does the work."""
        ask, controls = self.worker.ask, self.controls
        tasks = {name: getattr(self.worker, name) for name in ("pause", "step", "stop", "reset")}
        tasks |= {"run": self.worker.start, "keep": self._keep, "save_png": self._save_png}
        tasks |= {"save_gif": self._save_gif, "save_large": self._save_large}
        for name, task in tasks.items():
            controls.buttons[name].on_click(lambda _, task=task: ask(task))
        controls.buttons["stop"].on_click(lambda _: self.large.stop())
        for picker in (controls.content, controls.style, controls.start, controls.size):
            picker.observe(lambda _: ask(self._refresh), "value")
        for control in controls.all():
            control.observe(self._write_program, "value")
        for kind, button in controls.uploads.items():
            button.observe(lambda change, kind=kind: self._upload(kind, change["new"]), "value")

    def _refresh(self) -> str | None:
        """Another picture, start or size was chosen: show it, unless something is painted."""
        for kind, thumbnail in self.controls.thumbnails.items():
            name = getattr(self.controls, kind).value
            small = to_jpeg(self.gallery.at_size(name, THUMBNAIL))
            thumbnail.value = picture_tag(small, f"{kind}: {name.replace('_', ' ')}", "nst-thumb")
        if not self.history:
            self.painting.reset(self.controls.settings())
        elif self.controls.start.value != self.painting.began_from:
            return "Reset begins from the new start image"
        return None

    def _upload(self, kind: str, value: Mapping | tuple) -> None:
        for name, content in uploaded(value):
            self.worker.ask(lambda file=(name, content): self._accept(kind, *file))

    def _accept(self, kind: str, name: str, content: bytes) -> str:
        kept = self.gallery.add_upload(name, content)
        self.controls.offer(self.gallery, kind, kept)
        return ". ".join([f"{kept} is the {kind} now", *self.gallery.take_notes()])

    def _look(self) -> None:
        """Something else is looked at: only the picture has to be shown anew."""
        self.worker.ask(lambda: self.view.update(self.worker, now=True))

    def _say(self, sentence: str) -> None:
        self.worker.ask(lambda: sentence)

    def _restore(self, settings: Settings) -> None:
        self.worker.ask(lambda: self.controls.restore(settings))

    def _keep(self) -> str:
        return self.lookback.keep(self.painting, self.controls.settings())

    def _save_large(self) -> str:
        settings = replace(self.controls.settings(), size=self.controls.large.value)
        return self.large.start(settings, self._place(f"-{settings.size}px.png"))

    def _save_png(self) -> str:
        return f"Saved {save_image(self.image, self._place('.png'))}"

    def _save_gif(self) -> str:
        return f"Saved {save_animation(self.painting.film(), self._place('.gif'))}"

    def _place(self, ending: str) -> Path:
        """A file inside `folder`, whatever the pictures are called."""
        pickers = self.controls.content, self.controls.style
        names = (re.sub(r"[^\w-]+", "_", Path(picker.value).stem)[:40] for picker in pickers)
        return self.folder / f"{'-'.join(names)}-{self.painting.steps_done:04d}{ending}"

    def _show(self, now: bool) -> None:
        self.view.update(self.worker, now)
        self.controls.show_pause(resume=self.worker.paused)

    def _write_program(self, _=None) -> None:
        (shown,) = self.program.children
        lines = map(html.escape, self.program_lines())
        shown.value = "".join(f'<pre class="nst-program">{line}</pre>' for line in lines)

    def _layout(self) -> widgets.HBox:
        stage = [self.controls.toolbar(), self.view.picture, self.lookback.panel()]
        stage += [self.view.status, self.view.curves, self.program]
        right = widgets.VBox(stage, layout={"flex": "1 1 420px", "min_width": "300px"})
        columns = [self.controls.column(), right.add_class("nst-stage")]
        box = widgets.HBox(columns, layout={"flex_flow": "row wrap"}).add_class("nst-studio")
        return widgets.VBox([widgets.HTML(CSS, layout={"display": "none"}), box])
