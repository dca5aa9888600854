"""The queue of long work of all workers: the supervisor keeps it, each worker asks for places."""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import Callable, Iterable
from typing import Final, Generic, Protocol, TypeVar

from kefu.cli.worker_messages import WorkerMessage
from kefu.errors import Unavailable
from kefu.server.job_queue import OneAtATime

__all__ = ["KeptJobs", "SharedJobs"]

_ANSWER_SECONDS: Final = 5.0


class SharedJobs:
    """A worker's view of the queue."""

    def __init__(self, say: Callable[[WorkerMessage], None]) -> None:
        self._say = say
        self._numbers = itertools.count(1)
        self._answers: dict[int, asyncio.Future[bool]] = {}
        self._turns: dict[int, asyncio.Event] = {}
        self.count = 0
        """How many are under way or wait, in all workers."""

    async def enter(self) -> int | None:
        """Return the number of a place; None: all are taken.

        Raises:
            Unavailable: The supervisor does not answer.
        """
        place = next(self._numbers)
        answer: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._answers[place], self._turns[place] = answer, asyncio.Event()
        self._say(WorkerMessage(kind="job", number=place))
        is_in = False
        try:
            async with asyncio.timeout(_ANSWER_SECONDS):
                is_in = await answer
        except TimeoutError as error:
            raise Unavailable("the processes do not answer one another; try again") from error
        finally:
            del self._answers[place]
            if not is_in:
                self.leave(place)
        return place if is_in else None

    async def turn(self, place: int) -> None:
        """Wait for the turn of a place."""
        await self._turns[place].wait()

    def leave(self, place: int) -> None:
        """Give a place back, or one that was asked for."""
        del self._turns[place]
        self._say(WorkerMessage(kind="job over", number=place))

    def heard(self, message: WorkerMessage) -> None:
        """Take what the supervisor says."""
        match message.kind:
            case "jobs":
                self.count = message.number
            case "job taken" | "no job":
                answer = self._answers.get(message.number)
                if answer is not None and not answer.done():
                    answer.set_result(message.kind == "job taken")
            case "job begins":
                turn = self._turns.get(message.number)
                if turn is not None:
                    turn.set()
            case _:
                pass


class Speaker(Protocol):
    """A worker as the supervisor speaks to it; equal to no other."""

    def say(self, message: WorkerMessage) -> None:
        """Send a message."""
        ...


Worker = TypeVar("Worker", bound=Speaker)


class KeptJobs(Generic[Worker]):
    """The queue itself, in the supervisor."""

    def __init__(self, workers: Callable[[], Iterable[Worker]]) -> None:
        """Begin with no work. ``workers`` gives those that run."""
        self._workers = workers
        self._places = OneAtATime[tuple[Worker, int]](self._begin)

    @staticmethod
    def _begin(key: tuple[Worker, int]) -> None:
        worker, number = key
        worker.say(WorkerMessage(kind="job begins", number=number))

    def heard(self, worker: Worker, message: WorkerMessage) -> None:
        """Answer a worker."""
        key = (worker, message.number)
        if message.kind == "job":
            is_in = self._places.enter(key)
            worker.say(WorkerMessage(kind="job taken" if is_in else "no job", number=key[1]))
        elif message.kind == "job over":
            self._places.leave(key)
        else:
            return
        self._tell()

    def ended(self, worker: Worker) -> None:
        """Give the places of a worker that has ended to others."""
        for key in self._places.everybody():
            if key[0] is worker:
                self._places.leave(key)
        self._tell()

    def greet(self, worker: Worker) -> None:
        """Tell a worker that has begun to serve how many there are."""
        worker.say(WorkerMessage(kind="jobs", number=len(self._places)))

    def _tell(self) -> None:
        for worker in self._workers():
            self.greet(worker)
