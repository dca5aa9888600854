"""Lines that ``kefu run`` says, whoever of its processes says them."""

from __future__ import annotations

from typing import Final

from kefu.cli.output import is_terminal
from kefu.server.settings import LOCAL_NAMES

__all__ = ["STOP_LINE", "listening_line", "own_url", "row", "stopping_line"]

STOP_LINE: Final = "Press Ctrl-C to stop."


def row(name: str, value: str) -> str:
    """Return a line of the greeting."""
    return f"  {name:<14} {value}"


def own_url(port: int, *, is_secured: bool) -> str:
    """Return the address of the server on this machine."""
    return f"{'https' if is_secured else 'http'}://localhost:{port}"


def listening_line(host: str, note: str | None) -> str:
    """Return who can reach the server."""
    if note:
        return row("Listening on", f"{host}\n                 {note}")
    local = f"{host}, so from this machine only"
    return row("Listening on", local if host in LOCAL_NAMES else host)


def stopping_line() -> str:
    """Return what is said when the server stops."""
    return "\nStopping ..." if is_terminal() else "Stopping ..."
