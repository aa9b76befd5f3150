"""Runs that stop and go on: from a checkpoint, after an interrupt, after an error."""

import itertools
import pickle

import pytest
import torch

from nst_helpers import transfer
from nst_helpers.engine.checkpoint import keep_run
from nst_helpers.engine.minimise import Adam
from nst_helpers.engine.objective import Objective
from nst_helpers.engine.run import Run
from nst_helpers.engine.vgg import VGG19Features
from nst_helpers.errors import CheckpointError, SaveError, SettingError
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image
from nst_helpers.recipes.recipe import Phase, Recipe
from nst_helpers.transfer import stylize

STEPS = 9
LAYERS = ("relu1_1", "relu2_1")
OPTIMISERS = ("adam", "lbfgs", "lbfgs-fourier")


@pytest.fixture(scope="module")
def shallow() -> VGG19Features:
    """Enough of the network for runs of a tenth of a second."""
    return VGG19Features(LAYERS)


@pytest.fixture
def make(shallow, photo, painting, monkeypatch):
    """`make(**settings)` is the same run each time; the network is loaded once for all."""
    monkeypatch.setattr(transfer, "load_network", lambda *_, **__: shallow)
    usual = {
        "steps": STEPS, "start": "noise", "content_layers": LAYERS[-1:], "style_layers": LAYERS
    }  # fmt: skip

    def make(content=photo, style=painting, **settings) -> Run:
        return stylize(content, style, **usual | settings)

    return make


def taken(run, steps: int):
    """`run` after its start and `steps` steps."""
    for _ in itertools.islice(run, steps + 1):
        pass
    return run


def stopped(run: Run, path, steps: int):
    """The file of a run that was cut short after `steps` steps."""
    taken(keep_run(run, path), steps).keeper(run, True)
    return path


def numbers(run) -> list[dict[str, float]]:
    """The history without its times, which no two runs share."""
    return [{k: v for k, v in record.items() if k != "seconds"} for record in run.history]


@pytest.mark.parametrize("stopped_at", [0, 1, 5, STEPS])
@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_a_resumed_run_equals_an_uninterrupted_one(make, tmp_path, optimiser, stopped_at):
    path = tmp_path / "run.checkpoint"
    whole = make(optimiser=optimiser).finish()
    stopped(make(optimiser=optimiser), path, stopped_at)
    resumed = keep_run(make(optimiser=optimiser), path)
    assert len(resumed.history) == stopped_at + 1
    resumed.finish()
    assert torch.equal(resumed.image, whole.image)
    assert numbers(resumed) == numbers(whole)
    seconds = [record["seconds"] for record in resumed.history]
    assert seconds == sorted(seconds)


@pytest.mark.parametrize("optimiser", ["adam", "lbfgs"])
@pytest.mark.parametrize("stopped_at", [2, 4, 5, 7, 8])
def test_from_coarse_to_fine_it_goes_on_at_its_scale(make, tmp_path, optimiser, stopped_at):
    """Three scales of four, three and two steps: in the first, at its end, in the second, …"""
    settings = {"scales": 3, "optimiser": optimiser}
    path = tmp_path / "run.checkpoint"
    whole = make(**settings).finish()
    stopped(make(**settings), path, stopped_at)
    resumed = keep_run(make(**settings), path)
    sizes = [max(snapshot.image.shape[2:]) for snapshot in resumed]
    assert sizes == ([32] * 5 + [45] * 3 + [64] * 2)[stopped_at + 1 :]
    assert torch.equal(resumed.image, whole.image)
    assert numbers(resumed) == numbers(whole)


@pytest.mark.parametrize("stopped_at", [2, 3, 5])
def test_a_recipe_of_several_phases_goes_on_in_its_phase(make, tmp_path, stopped_at):
    phases = (Phase(3, 0.75), Phase(3, style=0.1), Phase(3, style=2.0))
    recipe = Recipe("ours", "here", phases=phases, optimiser=Adam(0.02, 0.5, 2))
    settings = {"recipe": recipe, "steps": None, "start": None}
    path = tmp_path / "run.checkpoint"
    whole = make(**settings).finish()
    stopped(make(**settings), path, stopped_at)
    resumed = keep_run(make(**settings), path).finish()
    assert numbers(resumed) == numbers(whole)
    assert torch.equal(resumed.image, whole.image)


def test_weights_moved_on_the_way_are_kept(make, tmp_path):
    def steer(run):
        taken(run, 3)
        run.objective.beta, run.objective.terms[2].weight = 30.0, 0.5
        return run

    path = tmp_path / "run.checkpoint"
    whole = steer(make()).finish()
    first = steer(keep_run(make(), path))
    first.keeper(first, True)  # moved, and not a step taken since
    resumed = keep_run(make(), path).finish()
    assert numbers(resumed) == numbers(whole)
    assert torch.equal(resumed.image, whole.image)


OTHERS = {
    "photo": ({"content": load_image(samples("content")["cat"], 64)}, "target of the content"),
    "size": ({"content": load_image(samples("content")["pavilion"], 48)}, "picture size"),
    "painting": ({"style": load_image(samples("style")["great_wave"], 72)}, "target of the style"),
    "beta": ({"beta": 999.0}, "weight of the style"),
    "alpha": ({"alpha": 2.0}, "weight of the content"),
    "steps": ({"steps": STEPS + 1}, "number of steps"),
    "optimiser": ({"optimiser": "adam"}, "optimiser (lbfgs there, adam here)"),
    "seed": ({"seed": 1}, "start image"),
    "start": ({"start": "blank"}, "start image"),
    "layers": ({"style_layers": ["relu1_1"]}, "of the style"),
}


@pytest.fixture
def kept(make, tmp_path):
    return stopped(make(), tmp_path / "run.checkpoint", 1)


@pytest.mark.parametrize("other", OTHERS)
def test_a_checkpoint_of_another_run_is_refused_in_one_sentence(make, kept, other):
    settings, words = OTHERS[other]
    with pytest.raises(CheckpointError) as refusal:
        keep_run(make(**settings), kept)
    assert words in str(refusal.value)
    assert str(kept) in str(refusal.value)
    assert "\n" not in str(refusal.value)


class _Code:
    def __reduce__(self):
        return print, ("run by the checkpoint",)


def test_anything_else_is_refused_and_never_run(make, kept, capsys):
    whole, path = kept.read_bytes(), kept.with_name("bad")
    contents = torch.load(kept, weights_only=True)
    code = {**contents, "state": _Code()}
    torch.save(code, kept.with_name("code"))
    bad = [
        b"", b"words", whole[: len(whole) // 2], whole[:-1], pickle.dumps(_Code()),
        kept.with_name("code").read_bytes(),
    ]  # fmt: skip
    for key in contents:
        torch.save({k: v for k, v in contents.items() if k != key}, path)
        bad.append(path.read_bytes())
    torch.save([1], path)
    bad.append(path.read_bytes())
    for content in bad:
        path.write_bytes(content)
        with pytest.raises(CheckpointError, match="no checkpoint of this version"):
            keep_run(make(), path)
    path.unlink()
    path.mkdir()
    with pytest.raises(CheckpointError):
        keep_run(make(), path)
    assert capsys.readouterr().out == ""


def test_a_checkpoint_of_another_version_is_refused(make, kept):
    contents = torch.load(kept, weights_only=True)
    torch.save({**contents, "format": contents["format"].replace("2", "1")}, kept)
    with pytest.raises(CheckpointError, match="no checkpoint of this version"):
        keep_run(make(), kept)


def test_without_a_file_it_begins_at_the_beginning(make, tmp_path):
    run = keep_run(make(), tmp_path / "none.checkpoint")
    assert next(run).step == 0


def test_only_a_fresh_run_can_be_kept(make, tmp_path):
    with pytest.raises(CheckpointError, match="before its first step"):
        keep_run(taken(make(), 1), tmp_path / "run.checkpoint")


def test_it_is_saved_as_time_goes_by_and_at_the_end(make, tmp_path):
    path = tmp_path / "run.checkpoint"
    run, saved_at = keep_run(make(), path, seconds=0.0), []
    for snapshot in run:
        if path.exists():
            saved_at.append(snapshot.step)
            path.unlink()
    assert saved_at
    assert path.exists()
    at_the_end = keep_run(make(), path)
    assert list(at_the_end) == []
    assert torch.equal(at_the_end.image, run.image)
    # the optimiser's memory is of no use any more, and most of a file
    assert path.stat().st_size < 3 * run.image.numel() * 4


def interrupted(run: Run, monkeypatch, at: int, fault: BaseException) -> None:
    """Take steps until evaluation number `at` from here is cut short by `fault`."""
    evaluate, calls = Objective.evaluate, []

    def cut_short(self, *arguments):
        calls.append(1)
        if len(calls) > at:
            raise fault
        return evaluate(self, *arguments)

    with monkeypatch.context() as patch:
        patch.setattr(Objective, "evaluate", cut_short)
        with pytest.raises(type(fault)):
            run.finish()


@pytest.mark.parametrize("optimiser", OPTIMISERS)
@pytest.mark.parametrize("at", [0, 1, 4])
@pytest.mark.parametrize("fault", [KeyboardInterrupt(), MemoryError()])
def test_an_interrupt_leaves_picture_and_history_and_the_run_goes_on(
    make, monkeypatch, optimiser, at, fault
):
    whole, run = make(optimiser=optimiser).finish(), make(optimiser=optimiser)
    interrupted(run, monkeypatch, at, fault)
    assert len(run.history) == at
    assert run.image.shape == whole.image.shape
    run.finish()
    assert torch.equal(run.image, whole.image)
    assert numbers(run) == numbers(whole)


def test_a_run_goes_on_once_a_bad_weight_is_put_right(make):
    whole, run = make().finish(), taken(make(), 3)
    run.objective.beta = float("nan")
    for _ in range(2):
        with pytest.raises(SettingError, match="nan"):
            next(run)
    run.objective.beta = 30.0
    run.finish()
    assert torch.equal(run.image, whole.image)
    assert list(run) == []


def test_an_interrupt_writes_the_checkpoint(make, tmp_path, monkeypatch):
    path = tmp_path / "run.checkpoint"
    interrupted(keep_run(make(), path, seconds=1e9), monkeypatch, 4, KeyboardInterrupt())
    resumed = keep_run(make(), path)
    assert len(resumed.history) == 4
    assert torch.equal(resumed.finish().image, make().finish().image)


def test_a_folder_that_cannot_be_written_is_one_sentence(make, tmp_path):
    (tmp_path / "file").write_text("")
    run = keep_run(make(), tmp_path / "file" / "run.checkpoint", seconds=0.0)
    with pytest.raises(SaveError, match="could not be written"):
        next(run)
    assert len(run.history) == 1
    assert run.image.isfinite().all()


def test_a_finished_run_holds_no_memory(make):
    run = make().finish()
    assert run.state.memory is None
    assert run.state.point.gradient is None
