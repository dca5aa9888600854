"""Every error Kefu raises, in one tree.

.. code-block:: text

    KefuError
    ├── ProjectError          a project's files cannot be used
    │   └── EditRefused       ... or not changed as asked
    │       └── FileChanged   ... because somebody else changed one meanwhile
    ├── ModelError            a trained model cannot be used
    ├── EventError            an event cannot be decoded
    ├── UnknownAction         the domain has no action of that name
    ├── ActionFailed          a custom action did not do its work
    │   ├── ActionRejected    ... because it declined to run
    │   └── ActionUnreachable ... because its server did not answer
    ├── ChannelError          a channel could not carry a message
    │   ├── Refused           ... and never will
    │   ├── HeldBack          ... before the customer writes again
    │   ├── TooMany           ... because too many come at once
    │   ├── SenderBlocked     ... because nobody listens to the sender
    │   ├── AttachmentRefused ... because a file is too large or of the wrong type
    │   ├── Untrusted         ... because it is not what, or from whom, it claims to be
    │   └── CustomerError     ... or what is said of a customer is not so
    ├── DeskError             an agent cannot do that at the desk, as things stand
    ├── BrokerError           a broker or a queue did not confirm what it was given
    ├── StaffError            an agent's account cannot be used, or changed, like that
    ├── RequestError          a request to the HTTP API cannot be carried out
    └── StorageError          the database could not do what was asked
        ├── Conflict          ... because somebody else changed the same thing first
        └── Unavailable       ... because it cannot be reached
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

__all__ = [
    "ActionFailed",
    "ActionRejected",
    "ActionUnreachable",
    "AttachmentRefused",
    "BrokerError",
    "ChannelError",
    "Conflict",
    "CustomerError",
    "DeskError",
    "EditRefused",
    "EventError",
    "FileChanged",
    "HeldBack",
    "KefuError",
    "ModelError",
    "ProjectError",
    "Refused",
    "RequestError",
    "SenderBlocked",
    "StaffError",
    "StorageError",
    "TooMany",
    "Unavailable",
    "UnknownAction",
    "Untrusted",
]


class KefuError(Exception):
    """Root of all errors that Kefu raises on purpose; its text is meant for people."""

    code: ClassVar[str] = "error"


class ProjectError(KefuError):
    """Raised when the files of a project cannot be used; the text lists every problem found."""

    code = "project"


class EditRefused(ProjectError):
    """Raised when a file of a project is not changed as asked; nothing was written."""

    code = "project.edit"


class FileChanged(EditRefused):
    """Raised when a file changed between reading it and writing it: do the same again."""

    code = "project.changed"


class ModelError(KefuError):
    """Raised when a trained model is missing, damaged, foreign or of another format version."""

    code = "model"


class EventError(KefuError):
    """Raised when a stored or received event is of unknown type or misses a field."""

    code = "event"


class UnknownAction(KefuError):
    """Raised when an action is asked for that the domain does not have."""

    code = "action.unknown"


class ActionFailed(KefuError):
    """Raised when a custom action raised, answered nonsense or ran out of time."""

    code = "action.failed"

    def __init__(self, action_name: str, reason: str) -> None:
        super().__init__(f"action {action_name!r} failed: {reason}")
        self.action_name = action_name
        self.reason = reason


class ActionRejected(ActionFailed):
    """Raised when an action declines to run, so that another action is predicted instead."""

    code = "action.rejected"


class ActionUnreachable(ActionFailed):
    """Raised when the action server cannot be reached."""

    code = "action.unreachable"


class ChannelError(KefuError):
    """Raised when a channel cannot decode what came in or deliver what goes out."""

    code = "channel"


class Untrusted(ChannelError):
    """Raised when what came in is not from whom it claims to be, or nothing that they send.

    Nothing of it was taken. ``what`` is the name it is counted by: ``bad_signature``, ``stale``,
    ``replayed``, ``foreign_appid``, ``malformed`` or ``too_large``.
    """

    code = "channel.untrusted"

    def __init__(self, what: str, message: str) -> None:
        super().__init__(message)
        self.what = what


class Refused(ChannelError):
    """Raised when a channel will never accept a delivery; its text is the reason."""

    code = "channel.refused"


class HeldBack(ChannelError):
    """Raised when a channel cannot send before the customer writes again."""

    code = "channel.held"


class SenderBlocked(ChannelError):
    """Raised when messages of a sender are not taken at all."""

    code = "channel.blocked"


class TooMany(ChannelError):
    """Raised when somebody sends more than their share; nothing was taken."""

    code = "channel.flood"

    def __init__(self, message: str, *, retry_after: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class AttachmentRefused(ChannelError):
    """Raised when a file is not kept; ``status`` is that of HTTP: 400, 413 or 415.

    ``details`` tell more, such as ``why``, a stable name.
    """

    code = "channel.attachment"

    def __init__(
        self, message: str, *, status: int, details: Mapping[str, Any] | None = None
    ) -> None:
        super().__init__(message)
        self.status = status
        self.details = dict(details or {})


class BrokerError(KefuError):
    """Raised when a broker or a queue did not confirm what it was given."""

    code = "broker"


class CustomerError(ChannelError):
    """Raised when what is said of a customer is not good: a token, a telephone number, a field."""

    code = "customer"


class DeskError(KefuError):
    """Raised when an agent cannot do that with a conversation, a review, a reply as they stand.

    ``problem`` is a stable name of why, such as ``not-yours``; ``status`` is HTTP's; ``field`` is
    the place in what was given, such as ``text`` or ``overrides/csat``, where one is not good;
    ``details`` tell how things stand instead.
    """

    code = "desk"

    def __init__(
        self,
        problem: str,
        message: str,
        *,
        status: int = 409,
        field: str = "",
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.status = status
        self.field = field
        self.details = dict(details or {})


class RequestError(KefuError):
    """Raised when a request to the HTTP API is wrong, not allowed or impossible at the moment."""

    code = "request"

    def __init__(
        self,
        status: int,
        reason: str,
        message: str,
        *,
        details: Mapping[str, Any] | None = None,
        help_url: str | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason
        self.details = dict(details or {})
        self.help_url = help_url


class StaffError(KefuError):
    """Raised when an account cannot be used or changed like that: a wrong password, a taken login.

    ``problem`` is a stable name of what is wrong, such as ``last-admin``; ``status`` is HTTP's;
    ``details`` tell more, such as ``why``, a stable name for what would be right.
    """

    code = "staff"

    def __init__(
        self,
        message: str,
        *,
        problem: str,
        status: int,
        details: Mapping[str, Any] | None = None,
    ) -> None:
        super().__init__(message)
        self.problem = problem
        self.status = status
        self.details = dict(details or {})


class StorageError(KefuError):
    """Raised when the store could not do what was asked."""

    code = "storage"


class Conflict(StorageError):
    """Raised when a compare-and-set lost: the stored version is not the expected one."""

    code = "storage.conflict"


class Unavailable(StorageError):
    """Raised when the store cannot be reached at the moment; trying again later may work."""

    code = "storage.unavailable"
