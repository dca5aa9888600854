"""Rows of the list, sessions and reviews as agents see them."""

import json

import msgspec
import pytest

from kefu.desk.reviews import Review
from kefu.desk.rows import LastLine, RowRecord
from kefu.server.desk.rows import review_shown, row_shown, session_shown
from kefu.server.desk.shapes import PersonShown, RowCustomer
from tests.contract.desk import NOW, a_review, a_session

PEOPLE = {"a_lin": PersonShown("a_lin", "林", "/l.png")}


def record(**changes):
    return RowRecord(
        **{
            "conversation_id": "web-a",
            "owner": "bot",
            "channel": "web",
            "last_seq": 9,
            "changed_at": NOW,
            "cursor": "",
            **changes,
        }
    )


def line(kind, **body):
    return LastLine(seq=9, kind=kind, at=NOW, body=json.dumps({"event": kind, **body}))


def row(**changes):
    return msgspec.to_builtins(row_shown(record(**changes), PEOPLE))


def test_a_conversation_of_the_bot_has_no_session():
    shown = row(customer_id="c_1", customer_name="王")
    assert shown["state"] == "bot"
    assert shown["session_id"] is shown["reason"] is shown["agent"] is None
    assert (shown["version"], shown["labels"], shown["invited"]) == (0, [], [])
    assert shown["customer"] == {"id": "c_1", "name": "王", "tier": 0, "tags": []}
    assert "has_draft" not in shown


def test_a_session_fills_the_row():
    session = a_session(
        state="assigned",
        agent_id="a_lin",
        invited=("a_lin", "a_gone"),
        tier=2,
        labels=("急",),
        reason="asked",
        detail="转人工",
        summary={"customer_name": "从小结"},
        unanswered_since=NOW,
        is_first_in_line=True,
        version=7,
    )
    shown = row(session=session, owner="agent", unread=3)
    assert (shown["state"], shown["unread"], shown["version"]) == ("assigned", 3, 7)
    assert shown["agent"] == {"id": "a_lin", "name": "林", "avatar": "/l.png"}
    assert [one["name"] for one in shown["invited"]] == ["林", ""]
    assert shown["customer"] == {"id": "", "name": "从小结", "tier": 2, "tags": []}
    assert shown["reason"] == {"code": "asked", "detail": "转人工"}
    assert shown["is_first_in_line"] is True
    assert shown["unanswered_since"] == "2023-11-14T22:13:20Z"


@pytest.mark.parametrize(
    ("last", "by", "text", "kind"),
    [
        (line("user", text="在吗"), "customer", "在吗", "text"),
        (line("bot", text="在"), "bot", "在", "text"),
        (line("agent", text="长" * 300), "agent", "长" * 199 + "…", "text"),
        (
            line("user", text="[图片]", metadata={"content": {"type": "image", "url": "/a"}}),
            "customer",
            "[图片]",
            "image",
        ),
        (line("bot", data={"image": "/a.png"}), "bot", "", "image"),
        (line("bot", data={"buttons": [{"title": "a"}]}), "bot", "", "card"),
    ],
)
def test_what_was_said_last_is_told_in_a_line(last, by, text, kind):
    shown = row(last=last)["last"]
    assert (shown["by"], shown["text"], shown["kind"]) == (by, text, kind)


@pytest.mark.parametrize("body", ["", "{}", "[]", "null", '{"event": "user"}', '{"event": 5}'])
def test_a_line_that_cannot_be_read_is_left_out(body):
    assert row(last=LastLine(seq=1, kind="user", at=NOW, body=body))["last"] is None


def test_a_draft_and_a_review_stand_in_the_row():
    review = a_review(deadline=NOW + 60)
    shown = msgspec.to_builtins(row_shown(record(), PEOPLE, review=review, has_draft=True))
    assert shown["review"] == {"review_id": "r1", "deadline": "2023-11-14T22:14:20Z"}
    assert shown["has_draft"] is True


@pytest.mark.parametrize(
    ("closed_by", "shown_by"),
    [
        ("customer", {"kind": "customer", "agent": None}),
        ("idle", {"kind": "idle", "agent": None}),
        ("a_lin", {"kind": "agent", "agent": {"id": "a_lin", "name": "林", "avatar": "/l.png"}}),
    ],
)
def test_a_closed_session_tells_who_ended_it_and_how_long_it_took(closed_by, shown_by):
    session = a_session(
        state="closed",
        closed_by=closed_by,
        first_assigned_at=NOW + 10,
        closed_at=NOW + 70,
        rating={"score": 5},
    )
    shown = msgspec.to_builtins(session_shown(session, PEOPLE))
    assert shown["closed_by"] == shown_by
    assert (shown["waiting_seconds"], shown["handling_seconds"]) == (10.0, 60.0)
    assert shown["rating"] == {"score": 5}


def test_a_session_that_waits_took_no_time_yet():
    shown = session_shown(a_session(), PEOPLE)
    assert shown.handling_seconds is shown.waiting_seconds is shown.closed_by is None


def test_a_review_is_shown_with_whoever_decided():
    review = a_review(state="edited", decided_by="a_lin", decided_at=NOW, text="改过")
    shown = review_shown(review, PEOPLE, RowCustomer("c_1", "王", 1), now=NOW)
    assert isinstance(review, Review)
    assert (shown.decided_by, shown.text, shown.customer.name) == (PEOPLE["a_lin"], "改过", "王")


@pytest.mark.parametrize(
    ("later", "who", "until"),
    [(59.0, PEOPLE["a_lin"], "2023-11-14T22:14:20Z"), (60.0, None, None)],
)
def test_who_looks_at_a_draft_is_told_only_as_long_as_that_lasts(later, who, until):
    review = a_review(claimed_by="a_lin", claimed_until=NOW + 60)
    shown = review_shown(review, PEOPLE, RowCustomer("c_1", "王", 1), now=NOW + later)
    assert shown.claimed_by == who
    assert msgspec.to_builtins(shown)["claimed_until"] == until
