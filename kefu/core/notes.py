"""Notes: what people are shown of a conversation beside what was said; the bot never sees them.

Every channel and the desk write the same kinds, so that each screen understands all of them.
"""

from __future__ import annotations

from typing import Any, Literal, get_args

__all__ = ["NOTE_KINDS", "NoteKind", "note"]

NoteKind = Literal[
    "entered",  # somebody came: the customer on a channel, or an agent (``agent``)
    "left",
    "recalled",  # a message was taken back: ``id`` is the sender's own, or ``of_seq``; ``by``
    "ended",
    "rated",  # ``score``, ``comment``, ``rating_id``
    "viewed",  # the customer opened a page of a platform's menu: ``url``
    "scanned",  # ... scanned a code: ``scene``
    "service_state",  # who serves in the platform's own client: ``from``, ``to``
    "said_elsewhere",  # an agent wrote with the platform's own client: ``text``, ``agent``
    "merged",
    "unmerged",
    # What happens at the desk; none of it is the customer's to see.
    "queued",  # waits for an agent: ``reason``, ``detail``, ``group_id``
    "requeued",  # ... again: ``mark`` says why, ``agent`` had it
    "withdrawn",  # ... no longer
    "assigned",  # ``agent``; ``how``: ``routing``, ``claim``, ``by`` somebody; ``note``
    "taken_over",  # ``agent``, ``before``: whose it was
    "transferred",  # ``agent`` gave it ``to``, with a ``note``
    "given_back",  # to the bot, by ``agent``
    "closed",  # ``by``, ``wrap_up``
    "reopened",
    "snoozed",  # ``until``, by ``agent``
    "woken",
    "labelled",  # ``added``, ``removed``
    "prioritised",
    "invited",  # ``agent`` was asked to join, ``by`` somebody
    "private",  # ``text`` of ``agent`` for colleagues; ``mentions``, ``is_whisper``, ``id``
    "suggestion_used",  # ``kind``, ``source``, ``text`` as it was sent, by ``agent``
    "review_asked",
    "review_decided",
    "blocked",
    "tagged",  # the customer: ``added``, ``removed``, by ``agent``
]
NOTE_KINDS: frozenset[str] = frozenset(get_args(NoteKind))


def note(kind: NoteKind, /, **details: Any) -> dict[str, Any]:
    """Return the body of a note; details that are None are left out."""
    return {"note": kind, **{name: value for name, value in details.items() if value is not None}}
