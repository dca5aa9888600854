"""Pictures that customers send: proof for an application, or something to ask about."""

from __future__ import annotations

import os
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import SlotSet
from rasa_sdk.executor import CollectingDispatcher

from actions.reasons import FAULTS
from actions.shop_action import Events

__all__ = ["ActionTakePhoto", "has_photo", "photos_with"]

MOST_PHOTOS = 9
DEFAULT_KEFU = "http://127.0.0.1:5005"
"""Where the shop's server finds Kefu if neither ``KEFU_URL`` nor ``public_url`` says it."""
ONLY_A_PHOTO = "见照片"
"""Stands for the description of a fault that the customer shows rather than describes."""


def photos_with(tracker: Tracker) -> list[str]:
    """Return the pictures kept so far with the one in the latest message, without repeats.

    A picture is its address, one that the shop's server can open; ``attachment:<id>`` if the
    platform keeps it and no address was told.
    """
    kept = [str(photo) for photo in tracker.get_slot("photos") or []]
    metadata = tracker.latest_message.get("metadata") or {}
    content = metadata.get("content") or {}
    if content.get("type") != "image":
        return kept
    signed = metadata.get("attachment_url") if content.get("attachment") else None
    photo = content.get("url") or _absolute(signed) or f"attachment:{content.get('attachment')}"
    return [*(one for one in kept if one != photo), photo][-MOST_PHOTOS:]


def _absolute(address: str | None) -> str | None:
    """Return an address with the server in it: without ``public_url`` Kefu gives the path only."""
    if not address or not address.startswith("/"):
        return address
    return os.environ.get("KEFU_URL", DEFAULT_KEFU).rstrip("/") + address


def has_photo(tracker: Tracker) -> bool:
    """Whether the latest message is or holds a picture."""
    content = (tracker.latest_message.get("metadata") or {}).get("content") or {}
    return bool(content.get("type") == "image")


class ActionTakePhoto(Action):
    """Takes a picture as proof where one is of use, and asks what it is about elsewhere."""

    def name(self) -> str:
        return "action_take_photo"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        photos, loop = photos_with(tracker), tracker.active_loop.get("name")
        if not has_photo(tracker):
            dispatcher.utter_message(response="utter_photo_awaited")
            return []
        if loop and loop != "return_form":
            dispatcher.utter_message(response="utter_photo_not_read")
            return []
        events: Events = [SlotSet("photos", photos)]
        if loop:
            dispatcher.utter_message(response="utter_photo_kept")
            if tracker.get_slot("requested_slot") == "problem_detail":
                events.append(SlotSet("problem_detail", ONLY_A_PHOTO))
        elif tracker.get_slot("return_reason") in FAULTS or _asked_about_a_fault(tracker):
            dispatcher.utter_message(response="utter_photo_kept")
            dispatcher.utter_message(response="utter_ask_service_type")
        else:
            dispatcher.utter_message(response="utter_what_about_photo")
        return events


def _asked_about_a_fault(tracker: Tracker) -> bool:
    """Whether the message before told of a fault."""
    said = [event for event in tracker.events if event.get("event") == "user"]
    before = said[-2] if len(said) > 1 else {}
    intent = (before.get("parse_data") or {}).get("intent") or {}
    return bool(intent.get("name") == "goods_problem")
