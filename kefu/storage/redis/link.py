"""One connection to Redis for all commands of a process.

Commands that are asked for while earlier ones are on their way go together in the next batch:
they stay in order, and many of them cost little more than one. When Redis does not answer, all
commands fail at once until it answers again, so that nobody waits for what is not there.
"""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import RedisError, ResponseError

from kefu.errors import StorageError, Unavailable
from kefu.logs import fields, shown_url

__all__ = ["RedisLink"]

log = logging.getLogger(__name__)

_ANSWER_SECONDS = 1.0
_PROBE_SECONDS = 0.5
_LARGEST_BATCH = 500


class RedisLink:
    """Sends commands, in order and in batches.

    Attributes:
        description: Where Redis is, without secrets.
        failures: How often it was found not to answer.
    """

    def __init__(self, url: str, *, prefix: str = "kefu:") -> None:
        """Make a link that connects with its first command.

        Args:
            url: ``redis://…``, ``rediss://…`` or ``unix://…``.
            prefix: What all keys and channels begin with.

        Raises:
            StorageError: The URL cannot be understood.
        """
        try:
            self.client = Redis.from_url(
                url,
                socket_timeout=_ANSWER_SECONDS,
                socket_connect_timeout=_ANSWER_SECONDS,
                retry=None,
            )
        except (ValueError, RedisError) as error:
            raise StorageError(
                f"cannot use {shown_url(url)} as the URL of Redis: {error}"
            ) from error
        self.description = f"Redis {shown_url(url)}"
        self.prefix = prefix
        self.failures = 0
        self._queue: list[tuple[tuple[Any, ...], asyncio.Future[Any] | None]] = []
        self._sending: asyncio.Task[None] | None = None
        self._probing: asyncio.Task[None] | None = None
        self._told: list[Callable[[bool], None]] = []
        self._is_closed = False

    @property
    def is_up(self) -> bool:
        """Whether Redis answered last time."""
        return self._probing is None and not self._is_closed

    def tell(self, changed: Callable[[bool], None]) -> None:
        """Call ``changed`` whenever Redis goes away (False) or comes back (True)."""
        self._told.append(changed)

    async def run(self, *command: Any) -> Any:
        """Send a command and return its answer.

        Raises:
            Unavailable: Redis does not answer.
            StorageError: It refuses.
        """
        if not self.is_up:
            raise Unavailable(f"{self.description} does not answer")
        future: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._enqueue(command, future)
        return await future

    def post(self, *command: Any) -> None:
        """Send a command of whose answer nobody wants to know; lost when Redis is away."""
        if self.is_up:
            self._enqueue(command, None)

    async def check(self) -> None:
        """Return when Redis answers.

        Raises:
            Unavailable: It does not.
        """
        await self.run("PING")

    async def close(self) -> None:
        """Finish what is under way and disconnect."""
        sending, probing = self._sending, self._probing
        if sending is not None:
            await asyncio.wait([sending])
        self._is_closed = True
        if probing is not None:
            probing.cancel()
            await asyncio.wait([probing])
        await self.client.aclose()

    def lost(self, error: Exception) -> None:
        """Take note that Redis does not answer; from now on it is asked whether it does again."""
        if self._probing is not None or self._is_closed:
            return
        self.failures += 1
        log.warning("Redis does not answer", extra=fields(where=self.description, error=str(error)))
        self._probing = asyncio.get_running_loop().create_task(self._probe())
        self._tell(is_up=False)

    def _enqueue(self, command: tuple[Any, ...], future: asyncio.Future[Any] | None) -> None:
        self._queue.append((command, future))
        if self._sending is None:
            self._sending = asyncio.get_running_loop().create_task(self._send())

    async def _send(self) -> None:
        try:
            while self._queue:
                batch, self._queue = self._queue[:_LARGEST_BATCH], self._queue[_LARGEST_BATCH:]
                await self._send_batch(batch)
        finally:
            self._sending = None

    async def _send_batch(
        self, batch: list[tuple[tuple[Any, ...], asyncio.Future[Any] | None]]
    ) -> None:
        pipeline = self.client.pipeline(transaction=False)
        for command, _ in batch:
            pipeline.execute_command(*command)
        try:
            answers = await pipeline.execute(raise_on_error=False)
        except (RedisError, OSError, TimeoutError) as error:
            self.lost(error)
            answers = [error] * len(batch)
        for (_, future), answer in zip(batch, answers, strict=True):
            self._settle(future, answer)

    def _settle(self, future: asyncio.Future[Any] | None, answer: Any) -> None:
        if isinstance(answer, ResponseError) and future is None:
            log.warning("Redis refused", extra=fields(where=self.description, error=str(answer)))
        if future is None or future.done():
            return
        if isinstance(answer, ResponseError):
            future.set_exception(StorageError(f"{self.description} refused: {answer}"))
        elif isinstance(answer, Exception):
            future.set_exception(Unavailable(f"{self.description} does not answer: {answer}"))
        else:
            future.set_result(answer)

    async def _probe(self) -> None:
        while True:
            await asyncio.sleep(_PROBE_SECONDS * random.uniform(0.7, 1.3))
            try:
                pool = self.client.connection_pool
                await pool.disconnect(inuse_connections=False)  # they lead to what is gone
                await self.client.ping()
            except (RedisError, OSError, TimeoutError):
                continue
            break
        self._probing = None
        log.warning("Redis answers again", extra=fields(where=self.description))
        self._tell(is_up=True)

    def _tell(self, *, is_up: bool) -> None:
        for changed in tuple(self._told):
            changed(is_up)
