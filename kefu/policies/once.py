"""Work that checking and training of the same dialogue data both need, done once."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any, TypeVar, cast

__all__ = ["once", "shared_work"]

Result = TypeVar("Result")

_done: ContextVar[dict[Hashable, tuple[Any, Any]] | None] = ContextVar("done", default=None)


@contextmanager
def shared_work() -> Iterator[None]:
    """Remember what :func:`once` works out until the block ends."""
    token = _done.set({})
    try:
        yield
    finally:
        _done.reset(token)


def once(make: Callable[..., Result], *things: Any, settings: Hashable = None) -> Result:
    """Return ``make(*things)``, or what the same things gave before in :func:`shared_work`.

    The same means the very same objects; nobody may change them or the result.

    Args:
        make: Works it out.
        things: What it is worked out from.
        settings: What else ``make`` goes by, compared by value.
    """
    done = _done.get()
    if done is None:
        return make(*things)
    key = (make.__qualname__, settings, *map(id, things))
    if key not in done:
        done[key] = (things, make(*things))  # with the things, so that no other gets their id
    return cast("Result", done[key][1])
