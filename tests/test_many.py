"""Many paintings: in turn, in a pool of processes, and on a cluster of Dask."""

import multiprocessing
import pickle
from concurrent.futures import Executor, Future, ProcessPoolExecutor

import pytest
import torch
from distributed import Client, LocalCluster

from nst_helpers import Job, load_image, paint_all, samples, stylize
from nst_helpers.errors import DivergenceError, ImageError, SettingError

SETTINGS = {"size": 48, "steps": 2, "precision": "float32"}


@pytest.fixture
def jobs(tmp_path):
    """Three that can be painted, and between them one whose photo is missing."""
    photos = ["cat", "rocket", "missing", "coffee"]
    painting = samples("style")["great_wave"]
    files = {name: samples("content").get(name, tmp_path / "missing.jpg") for name in photos}
    return [Job(files[name], painting, tmp_path / f"{name}.png", SETTINGS) for name in photos]


def named(outcomes):
    return {outcome.job.output.stem: outcome for outcome in outcomes}


def check(outcomes):
    """Every job has an outcome, the missing photo is the one error, and the rest is painted."""
    found = named(outcomes)
    assert set(found) == {"cat", "rocket", "missing", "coffee"}
    assert isinstance(found["missing"].error, ImageError)
    assert "missing.jpg" in str(found["missing"].error)
    for name in ("cat", "rocket", "coffee"):
        assert found[name].error is None
        assert found[name].seconds > 0
        assert load_image(found[name].job.output).shape[3] == 48


def test_jobs_are_painted_in_turn_as_stylize_paints_them(jobs, tmp_path):
    check(paint_all(jobs))
    run = stylize(jobs[0].content, jobs[0].style, **SETTINGS).finish()
    saved = load_image(tmp_path / "cat.png")
    assert torch.equal(saved, (run.image * 255).round() / 255)


def test_each_outcome_comes_as_soon_as_it_is_known(jobs, tmp_path):
    outcomes = paint_all(jobs)
    assert not list(tmp_path.iterdir())
    next(outcomes)
    assert [path.name for path in tmp_path.iterdir()] == ["cat.png"]


def test_what_is_done_is_not_painted_again(jobs):
    jobs[1].output.write_bytes(b"somebody's work")
    first, *rest = paint_all(jobs)
    assert (first.job, first.seconds, first.error) == (jobs[1], 0.0, None)
    assert [outcome.job for outcome in rest] == [jobs[0], jobs[2], jobs[3]]
    assert jobs[1].output.read_bytes() == b"somebody's work"


def test_a_pool_of_processes_paints(jobs):
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, spawn, torch.set_num_threads, (1,)) as pool:
        check(paint_all(jobs, pool))


@pytest.mark.filterwarnings("default")  # Dask's own
def test_a_cluster_of_dask_paints(jobs):
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": None}
    with LocalCluster(**options) as cluster, Client(cluster) as client:
        check(paint_all(jobs, client.get_executor()))


class Never(Executor):
    """Takes jobs and begins none but the first, which fails as if its worker had died."""

    def __init__(self):
        self.futures = []

    def submit(self, function, /, *arguments):
        self.futures.append(Future())
        if len(self.futures) == 1:
            self.futures[0].set_exception(RuntimeError("the worker died"))
        return self.futures[-1]


def test_a_worker_that_died_is_an_outcome_and_the_rest_is_cancelled_with_the_loop(jobs):
    executor = Never()
    outcomes = paint_all(jobs, executor)
    lost = next(outcomes)
    assert lost.job == jobs[0]
    assert str(lost.error) == "the worker died"
    outcomes.close()
    assert [future.cancelled() for future in executor.futures] == [False, True, True, True]


def test_two_jobs_for_one_file_and_an_unknown_ending_are_refused_at_once(jobs, tmp_path):
    with pytest.raises(SettingError, match=r"Two jobs go to .*cat\.png"):
        paint_all([*jobs, Job(jobs[1].content, jobs[1].style, str(tmp_path / "cat.png"))])
    with pytest.raises(ImageError, match="no ending"):
        paint_all([Job(jobs[0].content, jobs[0].style, tmp_path / "cat")])
    assert not list(tmp_path.iterdir())


def test_a_run_that_diverged_can_be_told_by_another_process():
    error = DivergenceError(7, torch.rand(1, 3, 2, 2))
    told = pickle.loads(pickle.dumps(error))
    assert (str(told), told.step) == (str(error), 7)
    assert torch.equal(told.image, error.image)
