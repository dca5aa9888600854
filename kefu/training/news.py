"""What happens while files are watched, in a form that goes to terminals, pages and processes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Literal

import msgspec

from kefu.project.problems import Problem

__all__ = [
    "BoardState",
    "NewsBoard",
    "NewsKind",
    "ShownProblem",
    "WatchNews",
    "shown_problems",
]

NewsKind = Literal[
    "watching", "working", "live", "exact", "unchanged", "invalid", "failed",
    "actions", "actions failed", "restart",
]  # fmt: skip

_MOST_PROBLEMS = 50


class ShownProblem(msgspec.Struct, frozen=True, kw_only=True):
    """A problem of the files: where, what, what to do."""

    place: str
    message: str
    advice: str = ""
    code: str = ""


class WatchNews(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened."""

    kind: NewsKind
    """``watching``: the files are as the model says. ``working``: something was saved. ``live``: a
    new model answers. ``exact``: what was corrected in a hurry has been trained from scratch.
    ``unchanged``: saved, but nothing to learn from it. ``invalid``: the files have errors.
    ``failed``: they have none, but no model came of them. ``actions``: the code of the actions was
    loaded anew, or could not be. ``restart``: only a restart takes that in."""
    files: tuple[str, ...] = ()
    """What was saved."""
    problems: tuple[ShownProblem, ...] = ()
    hidden: int = 0
    """So many problems more."""
    warnings: int = 0
    model: str = ""
    """Name of the model that answers now."""
    seconds: float = 0.0
    """From noticing what was saved until this."""
    parts: dict[str, float] = {}
    """How long each part of it took, in seconds."""
    text: str = ""
    """What else there is to say."""
    at: float = 0.0
    """Seconds since the Unix epoch."""


def shown_problems(problems: Sequence[Problem]) -> tuple[tuple[ShownProblem, ...], int, int]:
    """Return the errors among ``problems``, how many more there are, and how many warnings."""
    errors = [problem for problem in problems if problem.severity == "error"]
    shown = tuple(
        ShownProblem(
            place=str(problem.place),
            message=problem.message,
            advice=problem.advice,
            code=problem.code,
        )
        for problem in errors[:_MOST_PROBLEMS]
    )
    warnings = sum(problem.severity == "warning" for problem in problems)
    return shown, len(errors) - len(shown), warnings


_ALL_IS_WELL = WatchNews(kind="watching")


class BoardState(msgspec.Struct, frozen=True, kw_only=True):
    """All there is to know at a moment."""

    number: int = 0
    """Grows with every piece of news."""
    latest: WatchNews = _ALL_IS_WELL
    trouble: WatchNews | None = None
    """What is wrong with the files; None: nothing."""
    trouble_of_actions: WatchNews | None = None
    """What is wrong with the code of the actions; None: nothing."""
    restart: tuple[str, ...] = ()
    """Files whose changes wait for a restart."""


def _after(state: BoardState, news: WatchNews) -> BoardState:
    changes: dict[str, object] = {"number": state.number + 1, "latest": news}
    match news.kind:
        case "invalid" | "failed":
            changes["trouble"] = news
        case "live" | "exact" | "unchanged" | "watching":
            changes["trouble"] = None
        case "actions failed":
            changes["trouble_of_actions"] = news
        case "actions":
            changes["trouble_of_actions"] = None
        case "restart":
            changes["restart"] = tuple(sorted({*state.restart, *news.files}))
        case _:
            pass
    return msgspec.structs.replace(state, **changes)


class NewsBoard:
    """The latest news, for whoever wants to know now or wait for the next."""

    def __init__(self) -> None:
        self.state = BoardState()
        self._changed = asyncio.Event()
        self._is_over = False

    def close(self) -> None:
        """Let nobody wait any more."""
        self._is_over = True
        self._changed.set()

    def put(self, news: WatchNews) -> None:
        """Note what happened."""
        self.take(_after(self.state, news))

    def take(self, state: BoardState) -> None:
        """Show what another process knows."""
        self.state = state
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    async def after(self, number: int, seconds: float) -> BoardState:
        """Return the state when there is news after that of ``number``, or ``seconds`` are over."""
        if self.state.number == number and not self._is_over:
            try:
                async with asyncio.timeout(seconds):
                    await self._changed.wait()
            except TimeoutError:
                pass
        return self.state
