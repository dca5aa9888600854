"""``kefu export`` as a user meets it."""

import json

import pytest

from tests.integration.command import Server, kefu

ENDPOINTS = """
event_broker:
  type: {kind}
  path: events.log
  db: events.db
"""


def say(server, sender, text):
    body = json.dumps({"sender": sender, "message": text})
    assert server.call("/webhooks/rest/webhook", body)[0] == 200


@pytest.fixture
def spoken(project):
    """Return a project whose assistant was talked to before it had a broker."""
    with Server(cwd=project) as server:
        for name in ("anna", "ben"):
            say(server, name, "你好")
        assert server.stop() == 0
    return project


def with_broker(folder, kind="file"):
    file = folder / "endpoints.yml"
    text = file.read_text("utf-8") if file.exists() else ""
    file.write_text(text + ENDPOINTS.format(kind=kind), "utf-8")


def events_of(folder):
    return [json.loads(line) for line in (folder / "events.log").read_text("utf-8").splitlines()]


def test_what_was_said_is_given_to_the_broker(spoken):
    with_broker(spoken)
    done = kefu("export", cwd=spoken)
    assert done.status == 0, done.err
    events = events_of(spoken)
    assert f"Published {len(events)} events of 2 conversations to file events.log." in done.out
    assert [event["sender_id"] for event in events] == sorted(e["sender_id"] for e in events)
    heard = [event for event in events if event["event"] == "user"]
    assert [(event["sender_id"], event["text"]) for event in heard] == [
        ("anna", "你好"),
        ("ben", "你好"),
    ]
    assert not list((spoken / "var" / "exports").iterdir())
    only = kefu("export", "--conversation-ids", "ben, nobody", cwd=spoken)
    assert only.status == 0
    assert "There is no conversation 'nobody'." in only.err
    assert {event["sender_id"] for event in events_of(spoken)[len(events) :]} == {"ben"}
    least = heard[0]["timestamp"]
    late = kefu("export", "--minimum-timestamp", "4000000000", cwd=spoken)
    assert (late.status, "no events in that time" in late.out) == (0, True)
    moved = kefu(
        "export", "--conversation-ids=anna", "--offset-timestamps-by-seconds=100", cwd=spoken
    )
    assert moved.status == 0
    again = [event for event in events_of(spoken) if event["event"] == "user"][-1]
    assert again["timestamp"] == pytest.approx(least + 100)


def test_a_broker_that_is_away_is_waited_for_and_nothing_is_lost_or_comes_twice(spoken):
    with_broker(spoken)
    (spoken / "events.log").mkdir()
    done = kefu("export", cwd=spoken)
    assert done.status == 1
    assert "cannot write events" in done.err
    assert "give the same command again" in done.err
    (spoken / "events.log").rmdir()
    assert kefu("export", cwd=spoken).status == 0
    events = [json.dumps(event) for event in events_of(spoken)]
    assert len(events) == len(set(events))


@pytest.mark.parametrize(
    ("arguments", "wrong"),
    [
        (("--minimum-timestamp", "7", "--maximum-timestamp", "7"), "is not larger than"),
        (("--minimum-timestamp", "nan"), "is no number of seconds"),
        (("--conversation-ids", " , "), "names no conversation"),
        (("--minimum-timestamp", "yesterday"), "not a valid float"),
    ],
)
def test_wrong_options_are_refused(project, arguments, wrong):
    done = kefu("export", *arguments, cwd=project)
    assert done.status == 2
    assert wrong in done.err


def test_without_a_broker_it_is_told_what_to_write(project):
    done = kefu("export", cwd=project)
    assert done.status == 1
    assert "names no event broker" in done.err


def test_conversations_in_memory_cannot_be_exported(project):
    with_broker(project)
    file = project / "endpoints.yml"
    file.write_text(f"{file.read_text('utf-8')}\ntracker_store:\n  type: InMemory\n", "utf-8")
    done = kefu("export", cwd=project)
    assert done.status == 1
    assert "keeps conversations in memory" in done.err


def test_where_nothing_was_said_there_is_nothing_to_export(project):
    with_broker(project)
    done = kefu("export", cwd=project)
    assert done.status == 1
    assert "no conversations to export" in done.err
