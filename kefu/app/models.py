"""The model that answers now, and changing it while conversations go on."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from kefu.channels.base import KnownAnswer
from kefu.core.domain import Domain
from kefu.core.messages import ParseData
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.errors import ModelError
from kefu.logs import fields
from kefu.model.load import Model, load_model
from kefu.policies.policy import PolicyPrediction

__all__ = ["ServedModel", "ServedModels"]

log = logging.getLogger(__name__)

_NO_FOLDER = "this server was started with one file: start it with a folder, 'kefu run -m models'"


@dataclass(frozen=True, kw_only=True)
class ServedModel:
    """A loaded model with the bot that speaks for it."""

    model: Model
    bot: Bot
    close: Callable[[], Awaitable[None]]
    """Gives back what the model and its bot hold open."""

    @property
    def file(self) -> str:
        """Path of the archive."""
        return str(self.model.path)

    @property
    def model_id(self) -> str:
        """Name of the model's content."""
        return self.model.metadata.model_id

    @property
    def domain(self) -> Domain:
        """What the bot can understand, remember, do and say."""
        return self.model.domain

    @cached_property
    def known_answers(self) -> tuple[KnownAnswer, ...]:
        """Questions with the answers that the bot always gives, in the words of the domain."""
        found = {}
        for name, question, answer in self.model.interpreter.known_answers():
            variations = self.domain.responses.get(f"utter_{name}") or ()
            texts = [v["text"] for v in variations if isinstance(v.get("text"), str)]
            found[name] = KnownAnswer(id=name, question=question, answer=(texts or [answer])[0])
        return tuple(found.values())

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> ParseData:
        """Understand a text, without a conversation."""
        return await self.bot.parse(text, metadata)

    async def predict(self, tracker: Tracker) -> PolicyPrediction:
        """Return what the bot would do next, without doing it."""
        return await self.bot.predict_next(tracker)


class ServedModels:
    """Holds the current model and tells the gateway when it changes."""

    def __init__(
        self,
        make_bot: Callable[[Model], tuple[Bot, Callable[[], Awaitable[None]]]],
        use_bot: Callable[[Bot | None], None],
        retire: Callable[[ServedModel], object],
    ) -> None:
        """Begin without a model.

        Args:
            make_bot: Puts a bot around a model; returns what closes it as well.
            use_bot: Called with the bot of each new model, None when there is no model.
            retire: Called with a model that no new turn uses; it closes the model when the turns
                under way are over.
        """
        self._make_bot = make_bot
        self._use_bot = use_bot
        self._retire = retire
        self._current: ServedModel | None = None
        self.action_endpoint: Any = None
        """Where the custom actions of the models run; None: nowhere."""

    @property
    def current(self) -> ServedModel | None:
        """The model that answers now; None when none is loaded."""
        return self._current

    @property
    def language(self) -> str:
        """The language that the bot speaks, as config.yml named it; Chinese without a bot."""
        return self._current.model.metadata.language if self._current else "zh"

    async def load(self, path: str | Path) -> None:
        """Answer with the model at ``path``, a file or a folder's newest, from now on.

        Raises:
            ModelError: It cannot be used; the present one stays.
        """
        self.use(await self.prepared(path))

    async def load_from_server(self, section: Mapping[str, Any]) -> None:  # noqa: ARG002
        """Refuse: only a process that keeps a folder of models fetches any."""
        raise ModelError(_NO_FOLDER)

    async def load_from_bucket(self, kind: str, name: str) -> None:  # noqa: ARG002
        """Refuse likewise."""
        raise ModelError(_NO_FOLDER)

    async def prepared(self, path: str | Path) -> ServedModel:
        """Load a model, for :meth:`use` to answer with; whoever does not use it closes it.

        Raises:
            ModelError: It cannot be used.
        """
        return self.around(await asyncio.to_thread(load_model, Path(path)))

    def around(self, model: Model) -> ServedModel:
        """Put a bot around a loaded model, for :meth:`use`."""
        bot, close = self._make_bot(model)
        return ServedModel(model=model, bot=bot, close=close)

    async def unload(self) -> None:
        """Answer with none."""
        self.use(None)

    @asynccontextmanager
    async def look(self, path: str | Path) -> AsyncIterator[ServedModel]:
        """Give the model at ``path`` to be looked at, and close it; the present one stays.

        Raises:
            ModelError: There is none that could be used.
        """
        served = await self.prepared(path)
        try:
            yield served
        finally:
            await served.close()

    def use(self, served: ServedModel | None) -> None:
        """Answer with a prepared model in all turns that begin from now on."""
        if served is not None:
            log.info("model loaded", extra=fields(file=served.file))
        previous, self._current = self._current, served
        self._use_bot(served.bot if served else None)
        if previous is not None:
            self._retire(previous)
