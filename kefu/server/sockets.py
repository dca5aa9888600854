"""The socket that a server listens on."""

from __future__ import annotations

import socket

from kefu.errors import KefuError

__all__ = ["BACKLOG", "listening_socket"]

BACKLOG = 1024


def listening_socket(host: str, port: int) -> socket.socket:
    """Return a socket bound to ``host`` and ``port``.

    Raises:
        KefuError: The address cannot be had; the text says why and what to do.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    sock = socket.socket(family, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((host, port))
    except OSError as error:
        sock.close()
        reason = error.strerror or str(error)
        raise KefuError(
            f"cannot listen on {host}:{port}: {reason}. Is another server running there? "
            "Choose another port with --port."
        ) from error
    sock.setblocking(False)  # noqa: FBT003 - the socket's own signature
    return sock
