"""Work shared among processes, with results in the order of the tasks whatever their number."""

from __future__ import annotations

import multiprocessing
import signal
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Any, Generic, TypeVar

from kefu.errors import KefuError, ProjectError

__all__ = ["Tell", "in_processes"]

Task = TypeVar("Task")
Result = TypeVar("Result")
Tell = Callable[[int], None]
"""Takes how many steps have been done since the last call."""


def in_processes(
    work: Callable[[Task, Tell], Result],
    tasks: Sequence[Task],
    *,
    jobs: int,
    progress: Tell = lambda _: None,
) -> list[Result]:
    """Do ``work`` for each task and return the results in the tasks' order.

    Args:
        work: A function of a module; it and the tasks are sent to the processes.
        tasks: What to do.
        jobs: So many processes at once. 1: all is done here, one after the other.
        progress: Told of steps as they are done.

    Raises:
        KefuError: As a task raised it; what other tasks do is given up.
        RuntimeError: A task failed otherwise, its traceback is in the text.
        ProjectError: A process was killed, most likely for want of memory.
    """
    if jobs <= 1 or len(tasks) <= 1:
        return [work(task, progress) for task in tasks]
    return _Crew(work, tasks, progress).run(jobs)


@dataclass(frozen=True, slots=True)
class _Failure:
    error: KefuError | None
    report: str


class _Crew(Generic[Task, Result]):
    """One process a task, so many at once."""

    def __init__(
        self, work: Callable[[Task, Tell], Result], tasks: Sequence[Task], progress: Tell
    ) -> None:
        self._work = work
        self._tasks = tasks
        self._progress = progress
        self._running: dict[Connection, tuple[int, BaseProcess]] = {}
        self._results: dict[int, Result] = {}
        self._context = multiprocessing.get_context("spawn")

    def run(self, jobs: int) -> list[Result]:
        try:
            waiting = list(enumerate(self._tasks))
            while waiting or self._running:
                while waiting and len(self._running) < jobs:
                    self._start(*waiting.pop(0))
                for pipe in wait(list(self._running)):
                    assert isinstance(pipe, Connection)
                    self._hear(pipe)
        finally:
            for pipe, (_, process) in self._running.items():
                process.kill()
                process.join()
                pipe.close()
        return [self._results[number] for number in range(len(self._tasks))]

    def _start(self, number: int, task: Task) -> None:
        here, there = self._context.Pipe(duplex=False)
        arguments = (there, self._work, task)
        process = self._context.Process(target=_do, args=arguments, daemon=True)
        process.start()
        there.close()
        self._running[here] = (number, process)

    def _hear(self, pipe: Connection) -> None:
        number, process = self._running[pipe]
        try:
            said: Any = pipe.recv()
        except EOFError:
            process.join()
            raise ProjectError(
                f"a process ended before its work was done (status {process.exitcode}), most"
                " likely for want of memory — try fewer at once, with --jobs"
            ) from None
        if isinstance(said, int):
            self._progress(said)
            return
        if isinstance(said, _Failure):
            raise said.error or RuntimeError(said.report)
        (self._results[number],) = said
        del self._running[pipe]
        pipe.close()
        process.join()


def _do(pipe: Connection, work: Callable[[Any, Tell], Any], task: Any) -> None:
    """Work in another process; Ctrl-C is the first one's business, which ends this one."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        said: Any = (work(task, pipe.send),)
    except KefuError as error:
        said = _Failure(error, str(error))
    except Exception:  # noqa: BLE001 - told to the process that waits
        said = _Failure(None, traceback.format_exc())
    pipe.send(said)
    pipe.close()
