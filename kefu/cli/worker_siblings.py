"""What workers say to one another, by way of the supervisor."""

from __future__ import annotations

from collections.abc import Callable

from kefu.channels.base import HearSibling
from kefu.cli.worker_messages import WorkerMessage

__all__ = ["WorkerSiblings"]


class WorkerSiblings:
    """The other workers, as one of them sees them.

    Attributes:
        number: Of this worker.
    """

    def __init__(self, number: int, say: Callable[[WorkerMessage], None]) -> None:
        self.number = number
        self._say = say
        self._hear: dict[str, HearSibling] = {}

    def listen(self, name: str, hear: HearSibling) -> None:
        """Have ``hear`` called with what is told to this worker under ``name``."""
        self._hear[name] = hear

    def tell(self, number: int, name: str, text: str) -> None:
        """Tell another worker something."""
        self._say(WorkerMessage(kind="pass", number=number, name=name, text=text))

    def heard(self, message: WorkerMessage) -> None:
        """Take what the supervisor brings."""
        if message.kind == "nobody":
            for hear in self._hear.values():
                hear(message.number, None)
        elif message.name in self._hear:
            self._hear[message.name](message.number, message.text)
