"""Puts the desk's library together: stores, what is known of conversations, what follows staff."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from kefu.clock import Clock
from kefu.customers.views import CustomerViews
from kefu.desk.hours import HoursInJson
from kefu.desk.library.library import Library, ProjectsDesk
from kefu.desk.library.settings import HandlingSettings
from kefu.errors import DeskError, ProjectError, Unavailable
from kefu.project.desk_options import DeskOptions
from kefu.staff.accounts import Account
from kefu.staff.staff import Staff
from kefu.storage.opened import Storage

__all__ = ["ConversationVariables", "open_library", "projects_desk"]

_SEPARATOR = "、"


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
        """Return ``customer.name``, ``customer.phone``, ``customer.<attribute>`` and slots."""
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
            found |= {f"customer.{name}": _shown(customer.get(name)) for name in ("name", "phone")}
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
) -> Library:
    """Return the library of an app; what was an agent's alone goes with their account.

    Raises:
        ProjectError: A wrap-up code of desk.yml is not good.
        StorageError: The codes cannot be stored.
    """
    options = options or DeskOptions()
    views = CustomerViews(storage.customers, storage.visits)
    library = Library(
        storage.desk_items,
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
    return library
