"""Times, amounts, distances and the like, found by a Duckling server."""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from kefu.clock import Clock
from kefu.core.messages import EntityData
from kefu.core.parts import Parts
from kefu.logs import fields, shown_url
from kefu.nlu.component import Component, Lesson, Surroundings
from kefu.nlu.message import Message
from kefu.nlu.options import read_options
from kefu.project.settings import ComponentConfig

if TYPE_CHECKING:
    import aiohttp

__all__ = ["DucklingEntityExtractor"]

log = logging.getLogger(__name__)


REST_SECONDS = 5.0
"""So long a server that did not answer is left alone, so that messages need not wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """Settings of the extractor."""

    url: str | None = None
    dimensions: list[Any] | None = None
    """Kinds of values wanted; None: all."""
    locale: str | None = None
    """For example ``zh_CN``; None: from the project's language."""
    timezone: str | None = None
    """For example ``Asia/Shanghai``; None: the server's."""
    timeout: float = 3.0


class DucklingEntityExtractor(Component):
    """Asks the server for every message; while it is down messages go without these entities."""

    def __init__(self, options: Options, *, language: str, clock: Clock, name: str) -> None:
        self._options = options
        self._locale = options.locale or _LOCALES.get(language[:2].lower(), "en_US")
        self._clock = clock
        self._name = name
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None
        self._down_until = 0.0
        self._is_down = False

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Nothing is learned."""
        if not config.settings.get("url"):
            lesson.warn(
                config,
                "nlu.no-duckling",
                f"{config.name} has no url and will find nothing",
                "write the address of a Duckling server, such as http://localhost:8000",
            )
        return cls.load(config, {}, lesson.surroundings)

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Build it from its settings."""
        del parts
        return cls(
            read_options(config, Options),
            language=surroundings.language,
            clock=surroundings.clock,
            name=config.name,
        )

    def within(self, config: ComponentConfig, surroundings: Surroundings) -> Component:
        """Return one for these surroundings."""
        return self.load(config, {}, surroundings)

    def process(self, message: Message) -> Awaitable[None] | None:
        """Return what will append the entities; nothing where no server is configured."""
        if not self._options.url or not message.text.strip():
            return None
        if self._is_down and self._clock.now() < self._down_until:
            return None
        return self._ask(self._options.url, message)

    async def _ask(self, url: str, message: Message) -> None:
        import aiohttp  # noqa: PLC0415

        form = {
            "text": message.text,
            "locale": self._locale,
            "reftime": str(int(self._clock.now() * 1000)),
        }
        if self._options.timezone:
            form["tz"] = self._options.timezone
        if self._options.dimensions:
            form["dims"] = json.dumps(self._options.dimensions)
        try:
            async with self._open().post(f"{url.rstrip('/')}/parse", data=form) as answer:
                answer.raise_for_status()
                found = await answer.json(content_type=None)
            entities = [_entity(match, self._name) for match in found]
        except (aiohttp.ClientError, TimeoutError, ValueError, KeyError, TypeError) as error:
            self._note_down(url, error)
            return
        self._is_down = False
        wanted = self._options.dimensions
        message.entities += [e for e in entities if not wanted or e["entity"] in wanted]

    def _open(self) -> aiohttp.ClientSession:
        import aiohttp  # noqa: PLC0415

        loop = asyncio.get_running_loop()
        if self._session is None or self._loop is not loop:
            timeout = aiohttp.ClientTimeout(total=self._options.timeout)
            self._session, self._loop = aiohttp.ClientSession(timeout=timeout), loop
        return self._session

    def _note_down(self, url: str, error: Exception) -> None:
        if not self._is_down:
            log.warning(
                "the Duckling server does not answer; messages go without its entities",
                extra=fields(url=shown_url(url), error=str(error) or type(error).__name__),
            )
        self._is_down = True
        self._down_until = self._clock.now() + REST_SECONDS

    async def close(self) -> None:
        """Close the connection to the server."""
        if self._session is not None and self._loop is asyncio.get_running_loop():
            await self._session.close()
        self._session = None


_LOCALES = {
    "zh": "zh_CN",
    "en": "en_US",
    "de": "de_DE",
    "fr": "fr_FR",
    "es": "es_ES",
    "it": "it_IT",
    "ja": "ja_JP",
    "ko": "ko_KR",
    "pt": "pt_PT",
    "ru": "ru_RU",
    "nl": "nl_NL",
    "pl": "pl_PL",
    "sv": "sv_SE",
    "tr": "tr_TR",
    "vi": "vi_VN",
}


def _entity(match: Mapping[str, Any], name: str) -> EntityData:
    value = match["value"]
    if value.get("type") == "interval":
        found: Any = {end: (value.get(end) or {}).get("value") for end in ("to", "from")}
    else:
        found = value.get("value")
    return {
        "entity": match["dim"],
        "start": match["start"],
        "end": match["end"],
        "text": match.get("body", match.get("text")),
        "value": found,
        "confidence": 1.0,
        "additional_info": value,
        "extractor": name,
    }
