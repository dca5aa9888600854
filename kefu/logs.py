"""Log set-up: one line an event, key=value pairs after the message, secrets never.

Modules take a logger with ``logging.getLogger(__name__)`` and pass fields through ``extra``'s
``fields`` mapping, for example ``log.warning("action failed", extra={"fields": {...}})``.
"""

from __future__ import annotations

import logging
import sys
import time
from typing import Any
from urllib.parse import urlsplit

__all__ = ["Seldom", "fields", "set_up_logging", "shown_url"]


def fields(**values: Any) -> dict[str, dict[str, Any]]:
    """Return the ``extra`` argument that makes ``values`` appear behind a log message."""
    return {"fields": values}


class Seldom:
    """Keeps what happens all the time, as refusals under overload do, from filling the log."""

    def __init__(self, seconds: float = 30.0) -> None:
        """Let one through every so many seconds."""
        self._seconds = seconds
        self._next_at = 0.0
        self._kept_back = 0

    def again(self) -> int | None:
        """Return how many were kept back since the last, if it is time for another."""
        now = time.monotonic()
        if now < self._next_at:
            self._kept_back += 1
            return None
        kept_back, self._kept_back, self._next_at = self._kept_back, 0, now + self._seconds
        return kept_back


def shown_url(url: str) -> str:
    """Return ``url`` without credentials and parameters, in which secrets may stand."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    return f"{parts.scheme}://{host}{parts.path}"


class _LineFormatter(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record)
        extra: dict[str, Any] = getattr(record, "fields", {})
        if not extra:
            return line
        head, _, rest = line.partition("\n")
        pairs = " ".join(f"{key}={value!r}" for key, value in extra.items())
        return f"{head} {pairs}\n{rest}" if rest else f"{head} {pairs}"


def set_up_logging(level: str = "WARNING", *, process: str = "") -> None:
    """Send log records of Kefu and its libraries to standard error from ``level`` upwards.

    Args:
        level: The lowest level that is shown.
        process: Name of this process, where several write to the same place.
    """
    form = "%(asctime)s %(levelname)-7s %(name)s  %(message)s"
    if process:
        form = form.replace("%(name)s", f"{process} %(name)s")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_LineFormatter(form))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
