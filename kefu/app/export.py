"""Exports the logs to the event broker that endpoints.yml names, and goes on where it was."""

from __future__ import annotations

import hashlib
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import msgspec

from kefu.app.settings import AppSettings
from kefu.app.storage import open_storage
from kefu.errors import KefuError, ProjectError
from kefu.gateway.exporting import Export, ExportPlace, ExportWish, known_conversations
from kefu.logs import shown_url
from kefu.project.settings import MEMORY, EventBroker

__all__ = ["ExportSession", "KeptPlace", "PlaceFile", "broker_name", "export_of_project"]

_FOLDER: Final = "exports"


class KeptPlace(msgspec.Struct, kw_only=True):
    """What a place's file holds."""

    before: float
    """Where this export ends: what is said while it runs is not for it."""
    process_id: str
    place: ExportPlace


class PlaceFile:
    """Keeps how far an export is, in a file that is whole whenever it is read."""

    def __init__(self, folder: Path, asked: Sequence[object]) -> None:
        """Use the file, below ``folder``, of what was ``asked`` for.

        The same question goes on where it was; another one is another export.
        """
        digest = hashlib.sha256(msgspec.json.encode(list(asked), enc_hook=str)).hexdigest()
        self.path = folder / _FOLDER / f"{digest[:16]}.json"

    def read(self) -> KeptPlace | None:
        """Return what is kept; None: nothing.

        Raises:
            KefuError: The file cannot be read.
        """
        try:
            return msgspec.json.decode(self.path.read_bytes(), type=KeptPlace)
        except FileNotFoundError:
            return None
        except (OSError, msgspec.DecodeError) as error:
            raise KefuError(
                f"how far the export was cannot be read from {self.path}: {error} — begin anew with"
                " --restart"
            ) from error

    def write(self, kept: KeptPlace) -> None:
        """Keep a place; it is on the disk when this returns.

        Raises:
            KefuError: It cannot be written.
        """
        beside = self.path.with_suffix(".new")
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with beside.open("wb") as file:
                file.write(msgspec.json.encode(kept))
                file.flush()
                os.fsync(file.fileno())
            beside.replace(self.path)
        except OSError as error:
            raise KefuError(
                f"how far the export is cannot be kept in {self.path}: {error.strerror}"
            ) from error

    def remove(self) -> None:
        """Forget the place: the export is done, or begins anew."""
        self.path.unlink(missing_ok=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportSession:
    """An export that is ready to run."""

    export: Export
    conversation_ids: Sequence[str]
    missing: Sequence[str]
    """Ids that were asked for and are none."""
    begun_at: ExportPlace | None
    """Where an earlier run has stopped; None: this is the first."""
    finish: Callable[[], None]
    """Call it when everything is exported."""


@asynccontextmanager
async def export_of_project(
    settings: AppSettings,
    wish: ExportWish,
    *,
    conversation_ids: Sequence[str] = (),
    ends_now: bool = False,
    restart: bool = False,
) -> AsyncIterator[ExportSession]:
    """Give an export of the project's logs; a server may run meanwhile.

    Args:
        settings: Of the project.
        wish: What is exported.
        conversation_ids: Only these; none: all.
        ends_now: Nobody said where it ends, so ``wish.before`` is the present; an export that goes
            on keeps the end it began with.
        restart: Begin anew, wherever an earlier run has stopped.

    Raises:
        ProjectError: There is no broker, or no store that outlives a process.
        KefuError: Where it was cannot be read.
    """
    broker = settings.endpoints.event_broker
    if broker is None:
        raise ProjectError(
            "endpoints.yml names no event broker to export to: write 'event_broker:' with"
            " 'type: file', sql, rabbitmq or kafka"
        )
    if (settings.storage_url or settings.endpoints.storage_url) == MEMORY:
        raise ProjectError(
            "this project keeps conversations in memory, where no other program sees them: in"
            " endpoints.yml, give tracker_store the type SQL"
        )
    end = None if ends_now else wish.before
    asked = (_identity(broker), wish.since, end, wish.offset, sorted(conversation_ids))
    file = PlaceFile(settings.state_dir, asked)
    if restart:
        file.remove()
    kept = file.read()
    if kept is not None:
        wish = replace(wish, before=kept.before, process_id=kept.process_id)
    from kefu.brokers.opening import open_publisher

    publisher = open_publisher(broker, settings.root)
    try:
        async with open_storage(settings) as storage:
            names, missing = await known_conversations(storage.stores, conversation_ids)
            yield ExportSession(
                export=Export(
                    storage.stores,
                    publisher,
                    wish,
                    note=lambda place: file.write(
                        KeptPlace(before=wish.before, process_id=wish.process_id, place=place)
                    ),
                    place=kept.place if kept else None,
                ),
                conversation_ids=names,
                missing=missing,
                begun_at=kept.place if kept else None,
                finish=file.remove,
            )
    finally:
        await publisher.close()


def broker_name(broker: EventBroker) -> str:
    """Return what to call a broker, without its secrets."""
    where = shown_url(broker.address) if "://" in broker.address else broker.address
    more = broker.topic or ", ".join(broker.queues)
    return f"{broker.kind} {where}" + (f" ({more})" if more else "")


def _identity(broker: EventBroker) -> list[object]:
    return [broker_name(broker), broker.exchange]
