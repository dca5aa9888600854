import os

import pytest

from kefu.errors import ProjectError
from kefu.evaluation.parallel import in_processes


def squared(number, tell):
    tell(number)
    return number * number, os.getpid()


def failing(number, tell):
    if number == 1:
        raise ProjectError("number one cannot be used")
    return number


def broken(number, tell):
    return 1 / number


def dying(number, tell):
    os._exit(9)


def test_results_come_in_the_order_of_the_tasks_whatever_the_number_of_jobs():
    for jobs in (1, 3):
        told = []
        found = in_processes(squared, [3, 1, 2], jobs=jobs, progress=told.append)
        assert [square for square, _ in found] == [9, 1, 4]
        assert sorted(told) == [1, 2, 3]
        assert len({pid for _, pid in found}) == jobs


def test_an_error_of_a_task_is_raised_as_it_was():
    with pytest.raises(ProjectError, match="number one cannot be used"):
        in_processes(failing, [0, 1], jobs=2)


def test_a_fault_is_raised_with_where_it_happened():
    with pytest.raises(RuntimeError, match="in broken"):
        in_processes(broken, [1, 0], jobs=2)


def test_a_process_that_is_killed_is_noticed():
    with pytest.raises(ProjectError, match="memory — try fewer at once"):
        in_processes(dying, [1, 2], jobs=2)
