"""Channel ``web``: the page at ``/`` and any other client that speaks its small protocol.

A WebSocket with JSON frames (:mod:`kefu.channels.web.frames`), and the same over plain HTTP where
WebSockets do not get through. A client names the position it has seen (``last_seq``) and gets
exactly what it missed from the log, then what follows.
"""

from kefu.channels.web.connector import WebConnector

__all__ = ["WebConnector"]
