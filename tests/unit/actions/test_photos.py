"""Pictures that customers send."""

from __future__ import annotations

from typing import Any

import pytest
from rasa_sdk.executor import CollectingDispatcher

from actions.photos import ActionTakePhoto, has_photo, photos_with
from tests.unit.actions.conversations import tracker_with

PICTURE = {"content": {"type": "image", "attachment": "a1"}}
ADDRESS = "https://pictures.example/1.jpg"


async def taken(
    slots: dict[str, Any], form: str | None, **message: Any
) -> tuple[list[str], dict[str, Any]]:
    tracker = tracker_with(slots, **message)
    tracker.active_loop = {"name": form} if form else {}
    dispatcher = CollectingDispatcher()
    events = await ActionTakePhoto().run(dispatcher, tracker, {})
    said = [message["response"] for message in dispatcher.messages]
    return said, {event["name"]: event["value"] for event in events}


def test_a_picture_is_kept_once_by_its_address_or_id() -> None:
    tracker = tracker_with({"photos": [ADDRESS]}, metadata=PICTURE)
    assert photos_with(tracker) == [ADDRESS, "attachment:a1"]
    again = {"content": {"type": "image", "url": ADDRESS, "attachment": "a1"}}
    assert photos_with(tracker_with({"photos": [ADDRESS]}, metadata=again)) == [ADDRESS]


def test_no_more_than_nine_are_kept() -> None:
    kept = [f"https://pictures.example/{number}.jpg" for number in range(9)]
    assert photos_with(tracker_with({"photos": kept}, metadata=PICTURE)) == [
        *kept[1:],
        "attachment:a1",
    ]


@pytest.mark.parametrize("metadata", [None, {}, {"content": {"type": "voice"}}])
def test_other_messages_hold_no_picture(metadata: dict[str, Any] | None) -> None:
    assert not has_photo(tracker_with(metadata=metadata))


async def test_a_picture_stands_for_the_description_that_was_asked_for() -> None:
    said, slots = await taken({"requested_slot": "problem_detail"}, "return_form", metadata=PICTURE)
    assert said == ["utter_photo_kept"]
    assert slots == {"photos": ["attachment:a1"], "problem_detail": "见照片"}


async def test_elsewhere_in_the_form_it_is_only_kept() -> None:
    said, slots = await taken({"requested_slot": "order_no"}, "return_form", metadata=PICTURE)
    assert said == ["utter_photo_kept"]
    assert slots == {"photos": ["attachment:a1"]}


async def test_another_form_needs_words() -> None:
    assert await taken({}, "order_form", metadata=PICTURE) == (["utter_photo_not_read"], {})


async def test_after_a_fault_it_leads_to_what_can_be_done() -> None:
    said, slots = await taken({"return_reason": "破损"}, None, metadata=PICTURE)
    assert said == ["utter_photo_kept", "utter_ask_service_type"]
    assert slots == {"photos": ["attachment:a1"]}


async def test_out_of_the_blue_it_is_asked_about() -> None:
    said, slots = await taken({}, None, metadata=PICTURE)
    assert said == ["utter_what_about_photo"]
    assert slots == {"photos": ["attachment:a1"]}


async def test_a_picture_that_is_only_announced_is_waited_for() -> None:
    assert await taken({}, None, text="我给你发张图") == (["utter_photo_awaited"], {})


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        ("/attachments/a1?signature=x", "http://kefu.example/attachments/a1?signature=x"),
        ("https://chat.example/attachments/a1?s=x", "https://chat.example/attachments/a1?s=x"),
        (None, "attachment:a1"),
    ],
)
def test_the_shop_gets_an_address_that_it_can_open(
    told: str | None, kept: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEFU_URL", "http://kefu.example/")
    metadata = {**PICTURE, "attachment_url": told}
    assert photos_with(tracker_with({}, metadata=metadata)) == [kept]
