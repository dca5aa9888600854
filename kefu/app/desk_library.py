"""Puts the desk's library together: stores, what is known of conversations, what follows staff."""

from __future__ import annotations

import logging
import math
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from kefu.clock import Clock
from kefu.customers.views import CustomerViews
from kefu.desk.hours import HoursInJson
from kefu.desk.library.library import Library, ProjectsDesk
from kefu.desk.library.ports import ItemStore
from kefu.desk.library.records import (
    Act,
    AddItem,
    ChangeItem,
    DropItem,
    DropOwned,
    PutItem,
    Step,
)
from kefu.desk.library.settings import HandlingSettings
from kefu.errors import DeskError, ProjectError, StorageError, Unavailable
from kefu.logs import fields
from kefu.project.desk_options import DeskOptions
from kefu.staff.accounts import Account
from kefu.staff.staff import Staff
from kefu.storage.opened import Storage

__all__ = ["ConversationVariables", "ToldItems", "open_library", "projects_desk"]

log = logging.getLogger(__name__)

_SEPARATOR = "、"
_SHOWN = {
    "canned": "canned",
    "word": "words",
    "label": "labels",
    "wrap_up_code": "codes",
    "hours": "hours",
    "settings": "settings",
}
"""Kinds of items that screens keep, and as what they fetch them again."""


class ToldItems:
    """Items of which screens are told when they change; see :class:`ItemStore`.

    Attributes:
        tell: Tells them what to fetch again; None until there is a desk.
        hears: Kind -> what is called when this process changed items of it.
    """

    def __init__(self, store: ItemStore) -> None:
        self._store = store
        self.item = store.item
        self.items = store.items
        self.revision = store.revision
        self.drop_old = store.drop_old
        self.tell: Callable[[str], Awaitable[None]] | None = None
        self.hears: dict[str, Callable[[], None]] = {}

    async def apply(self, steps: Sequence[Step], act: Act | None = None) -> int:
        """Take all steps in order and write ``act`` down, then tell.

        Whoever is not told, since the store cannot be reached by then, sees it when they load.
        """
        version = await self._store.apply(steps, act)
        kinds = {_changes(step) for step in steps}
        for kind in kinds & self.hears.keys():
            self.hears[kind]()
        for what in sorted({_SHOWN[kind] for kind in kinds & _SHOWN.keys()}):
            try:
                if self.tell is not None:
                    await self.tell(what)
            except StorageError as error:
                where = fields(what=what, error=str(error))
                log.info("screens were not told of a change", extra=where)
        return version


def _changes(step: Step) -> str:
    """Return the kind whose items a step changes; empty: none."""
    match step:
        case AddItem(item=item) | ChangeItem(item=item) | PutItem(item=item):
            return item.kind
        case DropItem(kind=kind) | DropOwned(kind=kind):
            return kind
        case _:
            return ""


class Views(Protocol):
    """Shows customers; see :class:`kefu.customers.views.CustomerViews`."""

    async def at(self, conversation_id: str) -> dict[str, Any] | None:
        """Return whoever a conversation belongs to."""
        ...


class Conversations(Protocol):
    """Shows conversations; see :class:`kefu.gateway.gateway.Gateway`."""

    async def exists(self, conversation_id: str) -> bool:
        """Whether there is such a conversation."""
        ...

    async def state(self, conversation_id: str, *, events: Any = ...) -> dict[str, Any]:
        """Return it in Rasa's JSON form."""
        ...


class ConversationVariables:
    """What stands for variables: the customer's profile, without what is hidden, and slots."""

    def __init__(self, conversations: Conversations, views: Views) -> None:
        self._conversations = conversations
        self._views = views

    async def of(self, conversation_id: str) -> Mapping[str, str] | None:
        """Return ``customer.name``, ``.phone``, ``.tags``, ``customer.<attribute>`` and slots."""
        if not await self._conversations.exists(conversation_id):
            return None
        found: dict[str, str] = {}
        try:
            state = await self._conversations.state(conversation_id, events="NONE")
        except Unavailable:  # no model is loaded: nobody knows which slots there are
            state = {}
        for name, value in (state.get("slots") or {}).items():
            found[name] = found[f"slot.{name}"] = _shown(value)
        customer = await self._views.at(conversation_id)
        if customer is not None:
            attributes = customer.get("attributes") or {}
            found |= {f"customer.{name}": _shown(value) for name, value in attributes.items()}
            facts = ("name", "phone", "tags")
            found |= {f"customer.{name}": _shown(customer.get(name)) for name in facts}
        return found


def _shown(value: Any) -> str:
    """Return a value as text; nothing where it would be no text for a customer."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool) or value is None or isinstance(value, Mapping):
        return ""
    if isinstance(value, int | float):
        if not math.isfinite(value):
            return ""
        return str(int(value)) if value == int(value) else str(value)
    if isinstance(value, Sequence):
        return _SEPARATOR.join(filter(None, map(_shown, value)))
    return ""


def projects_desk(options: DeskOptions) -> ProjectsDesk:
    """Return what desk.yml says of what the library keeps."""
    settings = HandlingSettings(
        csat=options.ratings.csat,
        nps=options.ratings.nps,
        rating_hours=options.ratings.expire_hours,
        typing_preview=options.typing_preview,
        unanswered_seconds=options.handover.unanswered_seconds,
        grace_seconds=options.handover.grace_seconds,
        close_idle_seconds=options.handover.close_idle_seconds,
        position_updates=options.handover.position_updates,
    )
    hours = None if options.hours is None else options.hours.as_json()
    return ProjectsDesk(settings=settings, hours=hours)


async def open_library(
    storage: Storage,
    clock: Clock,
    staff: Staff,
    gateway: Conversations,
    options: DeskOptions | None = None,
) -> tuple[Library, ToldItems]:
    """Return the library of an app, and what tells of its changes once it is told how.

    What was an agent's alone goes with their account.

    Raises:
        ProjectError: A wrap-up code of desk.yml is not good.
        StorageError: The codes cannot be stored.
    """
    options = options or DeskOptions()
    views = CustomerViews(storage.customers, storage.visits)
    items = ToldItems(storage.desk_items)
    library = Library(
        items,
        clock,
        variables=ConversationVariables(gateway, views),
        hours=HoursInJson(),
        project=projects_desk(options),
    )
    try:
        await library.codes.seed(options.wrap_up_codes)
    except DeskError as error:
        raise ProjectError(f"desk.yml: 'wrap_up_codes': {error}") from error

    async def follow(account: Account) -> None:
        if account.is_removed:
            await library.forget_agent(account.account_id)

    staff.following.add(follow)
    return library, items
