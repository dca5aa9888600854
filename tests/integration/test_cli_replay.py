"""``kefu replay`` on a real store: it tells what would be different, and changes nothing."""

import asyncio
import hashlib
import json
import random
import re
from pathlib import Path

import pytest

from bench.replay import bot_of, one_turn
from kefu.clock import ManualClock
from kefu.core.tracker import Tracker
from kefu.evaluation.inbox.decisions import Decided, Decisions
from kefu.evaluation.inbox.proposing import key_of
from kefu.model.load import load_model
from kefu.storage.sql import open_sql
from tests.integration.command import kefu

TALKS = (
    ("你好", "我能退货吗", "谢谢"),
    ("你好", "茶叶怎么存", "再见"),
    ("推荐点茶叶", "满意"),
    ("我电话 13800138000，怎么付款", "谢谢"),
    ("哇啦哇啦呜", "微信能付吗"),
)

DECIDED = (
    ("我能退货吗？", "accepted", "faq"),
    ("哇啦哇啦呜", "accepted", "goodbye"),
    ("推荐点茶叶", "dismissed", ""),
)
"""What a trainer made of messages in the inbox."""


async def write_talks(path, model, talks=TALKS):
    """Let a model talk with some customers, and keep that in a store."""
    random.seed(1)
    clock = ManualClock()
    bot = bot_of(model, clock)
    storage = await open_sql(path)
    for number, talk in enumerate(talks):
        tracker = Tracker(f"customer-{number}", model.domain)
        for place, text in enumerate(talk):
            clock.advance(30)
            said = (tracker.conversation_id, text, f"{number}-{place}")
            await one_turn(storage, bot, tracker, clock, said)
    await storage.close()


async def decide(path):
    """Decide on some messages, as a trainer does in the inbox."""
    storage = await open_sql(path)
    decisions = Decisions(storage.desk_items, ManualClock())
    await decisions.take(
        [
            Decided(key=key_of(text), decision=decision, group=text, intent=intent)
            for text, decision, intent in DECIDED
        ]
    )
    await storage.close()


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    """Return a trained project with a log."""
    folder = tmp_path_factory.mktemp("replay") / "tea"
    assert kefu("init", "--no-prompt", "--no-train", str(folder), cwd=folder.parent).status == 0
    assert kefu("train", cwd=folder).status == 0
    asyncio.run(write_talks(folder / "var" / "kefu.db", load_model(folder / "models")))
    asyncio.run(decide(folder / "var" / "kefu.db"))
    return folder


def contents(folder):
    """Return a digest of every file."""
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in folder.rglob("*")
        if path.is_file() and path.suffix not in (".db-shm", ".db-wal")
    }


def test_a_model_agrees_with_its_own_log_and_nothing_is_changed(project, tmp_path):
    before = contents(project)
    done = kefu("replay", "--jobs", "2", "--json", "--out", str(tmp_path), cwd=project)
    assert done.status == 0, done.err
    numbers = json.loads(done.out)
    assert numbers["messages"] == sum(map(len, TALKS))
    assert numbers["verdicts"] == {"same": numbers["messages"]}
    assert numbers["unreadable_entries"] == 0
    assert numbers["intent_known"] == {"all": 2, "then": 1, "now": 1}
    assert numbers["same_answer"]["still-bad"] == 1
    assert contents(project) == before


@pytest.fixture(scope="module")
def candidate(project, tmp_path_factory):
    """Return a model that no longer knows the FAQ, and says goodbye in other words."""
    folder = tmp_path_factory.mktemp("candidate") / "tea"
    assert kefu("init", "--no-prompt", "--no-train", str(folder), cwd=folder.parent).status == 0
    rules = folder / "data" / "rules.yml"
    text = rules.read_text("utf-8")
    changed = text.replace("- action: utter_faq", "- action: utter_rephrase")
    assert changed != text
    rules.write_text(changed, "utf-8")
    domain = folder / "domain.yml"
    words = re.sub(r"(utter_welcome:\n  - text: ).*", r"\1别客气。", domain.read_text("utf-8"))
    domain.write_text(words, "utf-8")
    assert kefu("train", cwd=folder).status == 0
    (model,) = folder.joinpath("models").glob("*.tar.gz")
    return model


def test_what_would_be_different_is_told_with_its_lines(project, candidate, tmp_path):
    done = kefu("replay", str(candidate), "--out", str(tmp_path), cwd=project)
    assert done.status == 0, done.err
    assert "different, not judged" in done.out
    found = json.loads(tmp_path.joinpath("replay.json").read_text("utf-8"))
    kinds = {(one["done"][0], one["done"][1]) for one in found["differences"]}
    assert ("utter_faq", "utter_rephrase") in kinds
    assert ("utter_welcome", "utter_welcome") in kinds
    examples = [e for one in found["differences"] for e in one["examples"]]
    assert all(example["text"] in str(TALKS) for example in examples)
    assert any("data/rules.yml" in place for e in examples for place in e["decided"])
    page = tmp_path.joinpath("replay.html").read_text("utf-8")
    assert "13800138000" in page
    assert "default-src 'none'" in page


def test_a_redacted_page_names_nobody(project, candidate, tmp_path):
    done = kefu("replay", "-m", str(candidate), "--redact", "--out", str(tmp_path), cwd=project)
    assert done.status == 0, done.err
    for name in ("replay.html", "replay.json"):
        text = tmp_path.joinpath(name).read_text("utf-8")
        assert "13800138000" not in text
        assert "[phone]" in text
        assert "customer-3" not in text


def test_a_second_model_can_be_compared_with(project, candidate, tmp_path):
    done = kefu(
        "replay", "-m", str(candidate), "--against", str(candidate), "--json",
        "--out", str(tmp_path),
        cwd=project,
    )  # fmt: skip
    assert done.status == 0, done.err
    numbers = json.loads(done.out)
    assert numbers["verdicts"] == {"same": numbers["messages"]}


def test_the_status_tells_when_too_much_gets_worse(project, candidate, tmp_path):
    trackers = tmp_path / "log.jsonl"
    parsed = {"intent": {"name": "faq", "confidence": 0.97}, "entities": []}
    user = {"event": "user", "text": "我能退货吗", "parse_data": parsed}
    action = {"event": "action", "name": "utter_faq", "policy": "RulePolicy", "confidence": 1.0}
    said = {"event": "bot", "text": "七天内可以退货"}
    listen = {"event": "action", "name": "action_listen"}
    pleased = {**user, "text": "太好了，谢谢", "parse_data": {"intent": {"name": "thank"}}}
    events = [{**event, "timestamp": 1.0} for event in (user, action, said, listen, pleased)]
    trackers.write_text(json.dumps({"sender_id": "a", "events": events}) + "\n", "utf-8")
    for limit, status in (("1", 0), ("0", 1)):
        done = kefu(
            "replay", str(candidate), "--trackers", str(trackers), "--fail-on-worse", limit,
            "--out", str(tmp_path / "out"), cwd=project,
        )  # fmt: skip
        assert done.status == status, done.out + done.err


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (["--since", "yesterday"], 2, "is no time"),
        (["--since", "1d", "--until", "2d"], 2, "nothing is in between"),
        (["--sample", "0"], 2, "sample"),
        (["--store", "sqlite:///nowhere/none.db"], 1, "there is no database"),
        (["--store", "mysql://a/b"], 1, "cannot open mysql"),
        (["--store", "sqlite:///domain.yml"], 1, "no database of Kefu"),
        (["--trackers", "none.jsonl"], 1, "cannot read none.jsonl"),
        (["--trackers", "domain.yml"], 1, "is no JSON"),
        (["--trackers", "a", "--store", "sqlite:///b"], 2, "choose one"),
        (["--against", "domain.yml"], 1, "domain.yml"),
        (["--endpoints", "none.yml"], 1, "none.yml"),
        (["--out", "domain.yml"], 1, "cannot be the folder"),
    ],
)
def test_bad_input_is_told_without_a_traceback(project, options, status, message):
    done = kefu("replay", *options, cwd=project)
    assert done.status == status, done.err
    assert message in done.err


def test_a_project_that_keeps_nothing_is_told_so(project, tmp_path):
    endpoints = tmp_path / "endpoints.yml"
    endpoints.write_text("tracker_store:\n  type: InMemory\n", "utf-8")
    done = kefu("replay", "--endpoints", str(endpoints), cwd=project)
    assert done.status == 1
    assert "in memory" in done.err


def test_nothing_to_replay_is_told_with_the_reasons(project, tmp_path):
    done = kefu("replay", "--since", "1d", "--out", str(tmp_path), cwd=project)
    assert done.status == 0
    assert "No message was to be replayed" in done.out
    assert Path(tmp_path / "replay.html").is_file()
