"""Channel ``socketio``: chat widgets that speak Socket.IO, as Rasa's and those made for it do.

Engine.IO 4 (socket.io-client 3 and 4) and 3 (socket.io-client 2), over long polls, WebSockets and
the change from the one to the other. No package is needed: what a chat takes of the protocol is
small.
"""

from kefu.channels.socketio.connector import SocketIOConnector

__all__ = ["SocketIOConnector"]
