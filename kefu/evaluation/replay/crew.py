"""Processes that work off a stream of tasks, each set up once; a task is taken when one is free."""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from kefu.errors import KefuError, ProjectError

__all__ = ["Worker", "worked_off"]

Task = TypeVar("Task")
Result = TypeVar("Result")
Worker = Callable[[Task], Result]


def worked_off(
    make: Callable[[], Any], tasks: Iterable[Task], *, jobs: int
) -> Iterator[tuple[Task, Any]]:
    """Yield tasks with their results, in the order in which they are done.

    Not more tasks are taken from the iterable than are worked on, so that it may be long.

    Args:
        make: Returns a context manager that gives the function which does a task; a function of a
            module, or a :func:`functools.partial` of one, for it is sent to the processes.
        tasks: What to do.
        jobs: So many processes at most; with 1, or a single task, all is done here.

    Raises:
        KefuError: As setting up, or a task, raised it.
        RuntimeError: A task failed otherwise; its traceback is in the text.
        ProjectError: A process was killed, most likely for want of memory.
    """
    waiting = iter(tasks)
    first = list(islice(waiting, jobs))
    waiting = chain(first, waiting)
    if len(first) <= 1 or jobs <= 1:
        with make() as work:
            for task in waiting:
                yield task, work(task)
        return
    with _crew(make, len(first)) as crew:
        yield from crew.run(waiting)


@contextmanager
def _crew(make: Callable[[], Any], jobs: int) -> Iterator[_Crew[Any]]:
    crew: _Crew[Any] = _Crew(make, jobs)
    try:
        yield crew
    finally:
        crew.close()


class _Failure:
    def __init__(self, error: KefuError | None, report: str) -> None:
        self.error = error
        self.report = report


class _Crew(Generic[Task]):
    """So many processes, each with a pipe."""

    def __init__(self, make: Callable[[], Any], jobs: int) -> None:
        context = multiprocessing.get_context("spawn")
        self._processes: dict[Connection, BaseProcess] = {}
        for _ in range(jobs):
            here, there = context.Pipe()
            process = context.Process(target=_serve, args=(there, make), daemon=True)
            process.start()
            there.close()
            self._processes[here] = process

    def run(self, tasks: Iterable[Task]) -> Iterator[tuple[Task, Any]]:
        waiting = iter(tasks)
        busy: dict[Connection, Task] = {}
        for pipe in self._processes:
            self._give(pipe, waiting, busy)
        while busy:
            for ready in wait(list(busy)):
                assert isinstance(ready, Connection)
                result = self._hear(ready)
                task = busy.pop(ready)
                self._give(ready, waiting, busy)
                yield task, result

    def _give(
        self, pipe: Connection, waiting: Iterator[Task], busy: dict[Connection, Task]
    ) -> None:
        try:
            task = next(waiting)
        except StopIteration:
            return
        try:
            pipe.send(task)
        except (BrokenPipeError, ConnectionResetError):
            self._hear(pipe)  # what it says first is why it is gone
            raise
        busy[pipe] = task

    def _hear(self, pipe: Connection) -> Any:
        try:
            said = pipe.recv()
        except (EOFError, ConnectionResetError):
            process = self._processes[pipe]
            process.join()
            raise ProjectError(
                f"a process ended before its work was done (status {process.exitcode}), most"
                " likely for want of memory — try fewer at once, with --jobs"
            ) from None
        if isinstance(said, _Failure):
            raise said.error or RuntimeError(said.report)
        return said

    def close(self) -> None:
        for pipe, process in self._processes.items():
            process.kill()
            process.join()
            pipe.close()


def _serve(pipe: Connection, make: Callable[[], Any]) -> None:
    """Do tasks in another process; Ctrl-C is the first one's business, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        with make() as work:
            while True:
                pipe.send(work(pipe.recv()))
    except EOFError:
        return
    except KefuError as error:
        pipe.send(_Failure(error, str(error)))
    except Exception:  # noqa: BLE001 - told to the process that waits
        pipe.send(_Failure(None, traceback.format_exc()))
