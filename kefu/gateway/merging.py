"""Messages that wait together are answered together, where the settings want that."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Any, Final

from kefu.core.contents import CONTENT_KEY
from kefu.core.messages import UserMessage

__all__ = ["MERGED_KEY", "Waiting", "batch", "merged"]

MERGED_KEY: Final = "merged"
"""Key of the metadata under which the messages stand that were taken as one."""

Waiting = tuple[int, UserMessage]
"""A message with its place in the log."""


def batch(waiting: Iterable[Waiting]) -> list[Waiting]:
    """Return those of a conversation's waiting messages, in order, that can be taken as one.

    All are of one channel; what is no text that somebody wrote, such as a chosen button, stands
    for itself.
    """
    found: list[Waiting] = []
    for seq, message in waiting:
        is_written = message.parse_data is None and not message.text.startswith("/")
        if found and (not is_written or message.input_channel != found[0][1].input_channel):
            break
        found.append((seq, message))
        if not is_written:
            break
    return found


def merged(messages: Sequence[Waiting]) -> UserMessage:
    """Return one message that says what several say; contents are all kept in the metadata."""
    if len(messages) == 1:
        return messages[0][1]
    last = messages[-1][1]
    metadata: dict[str, Any] = {}
    for _, message in messages:
        metadata.update(message.metadata)
    metadata[MERGED_KEY] = [_kept(seq, message) for seq, message in messages]
    return replace(
        last,
        text="\n".join(message.text for _, message in messages if message.text),
        metadata=metadata,
    )


def _kept(seq: int, message: UserMessage) -> dict[str, Any]:
    kept: dict[str, Any] = {"seq": seq, "message_id": message.message_id, "text": message.text}
    if CONTENT_KEY in message.metadata:
        kept[CONTENT_KEY] = message.metadata[CONTENT_KEY]
    return kept
