import os
import signal
from contextlib import contextmanager
from functools import partial

import pytest

from kefu.errors import ModelError, ProjectError
from kefu.evaluation.replay.crew import worked_off


@contextmanager
def doubling(bonus=0):
    def work(task):
        if task == "known":
            raise ModelError("no model")
        if task == "unknown":
            raise ZeroDivisionError("oops")
        if task == "killed":
            os.kill(os.getpid(), signal.SIGKILL)
        return task * 2 + bonus

    yield work


@contextmanager
def no_start():
    raise ModelError("cannot begin")
    yield


@pytest.mark.parametrize("jobs", [1, 3])
def test_every_task_is_done_once(jobs):
    done = dict(worked_off(partial(doubling, 1), iter(range(40)), jobs=jobs))
    assert done == {number: number * 2 + 1 for number in range(40)}


def test_tasks_are_taken_when_somebody_is_free():
    taken = []

    def tasks():
        for number in range(1000):
            taken.append(number)
            yield number

    results = worked_off(doubling, tasks(), jobs=2)
    for _ in range(3):
        next(results)
    assert len(taken) <= 6
    results.close()


def test_no_tasks_are_no_results():
    assert list(worked_off(doubling, [], jobs=2)) == []


@pytest.mark.parametrize(
    ("task", "error"),
    [("known", ModelError), ("unknown", RuntimeError), ("killed", ProjectError)],
)
def test_what_goes_wrong_is_told(task, error):
    with pytest.raises(error):
        list(worked_off(doubling, [1, task, 2], jobs=2))


@pytest.mark.parametrize("jobs", [1, 2])
def test_that_a_process_cannot_begin_is_told(jobs):
    with pytest.raises(ModelError, match="cannot begin"):
        list(worked_off(no_start, range(9), jobs=jobs))


@contextmanager
def killed_at_start():
    os.kill(os.getpid(), signal.SIGKILL)
    yield


def test_that_a_process_was_killed_before_it_began_is_told():
    with pytest.raises(ProjectError, match="want of memory"):
        list(worked_off(killed_at_start, range(9), jobs=2))
