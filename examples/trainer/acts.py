"""What the trainer does, each act with the time that it took until the bot, or the page, had it."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from examples.trainer.running import Running

__all__ = ["ACTS", "Timing"]

GREETING = "智能客服小橙"
EXAMPLE = "给我把那个橙色包裹的去向讲讲"
INTENT = "track_logistics"
MESSAGE = "橙子那个箱箱它溜达到哪一站了呀"
"""What a customer writes; the bot is not sure of it."""


@dataclass(frozen=True, slots=True)
class Timing:
    """How long something took."""

    what: str
    seconds: float


def reword(server: Running, round_number: int) -> Iterator[Timing]:
    """A response is reworded."""
    path = server.folder / "domain.yml"
    words = f"{GREETING}{round_number}号"
    text = path.read_text("utf-8")
    saved = time.perf_counter()
    path.write_text(text.replace(GREETING, words), "utf-8")
    server.until(lambda: words in server.says("/greet"), f"the bot says {words}")
    yield Timing("edit of a response → live", time.perf_counter() - saved)
    path.write_text(text, "utf-8")
    server.until(lambda: words not in server.says("/greet"), "the bot says what it did")


def teach(server: Running, round_number: int) -> Iterator[Timing]:
    """An intent gets an example."""
    path = next(
        path
        for path in sorted((server.folder / "data" / "nlu").glob("*.yml"))
        if f"- intent: {INTENT}\n" in path.read_text("utf-8")
    )
    text = path.read_text("utf-8")
    head, mark, rest = text.partition(f"- intent: {INTENT}\n  examples: |\n")
    before = server.news()["number"]
    saved = time.perf_counter()
    path.write_text(f"{head}{mark}    - {EXAMPLE}{round_number}\n{rest}", "utf-8")
    server.until(lambda: server.understands(EXAMPLE + str(round_number)) == INTENT, "understood")
    _live(server, before)
    yield Timing("new example → live", time.perf_counter() - saved)
    before = server.news()["number"]
    path.write_text(text, "utf-8")
    _live(server, before)


def take_up(server: Running, round_number: int) -> Iterator[Timing]:
    """A customer's message is found in the inbox, and made an example of an intent."""
    text = f"{MESSAGE}{'零一二三四五六七八九'[round_number % 10]}号"
    server.says(text)
    began = time.perf_counter()
    groups = json.loads(_inbox(server, "--list", "--format", "json"))["groups"]
    group = next(one["id"] for one in groups if any(text == t["text"] for t in one["texts"]))
    yield Timing("kefu inbox --list", time.perf_counter() - began)
    before = server.news()["number"]
    began = time.perf_counter()
    _inbox(server, "accept", group, "--intent", INTENT, "--example", text)
    written = time.perf_counter()
    yield Timing("kefu inbox accept", written - began)
    server.until(lambda: server.understands(text) == INTENT, "understood")
    _live(server, before)
    yield Timing("its example → live", time.perf_counter() - written)
    yield Timing("inbox → example → live", time.perf_counter() - began)
    before = server.news()["number"]
    _inbox(server, "undo")
    _live(server, before)


def _inbox(server: Running, *words: str) -> str:
    """Run ``kefu inbox`` on what was said in the last hour, however sure the bot was."""
    command = [sys.executable, "-m", "kefu", "inbox", "--since", "1h", "--below", "1", *words]
    done = subprocess.run(command, cwd=server.folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise AssertionError(done.stderr)
    return done.stdout


def err(server: Running, round_number: int) -> Iterator[Timing]:
    """A rule names a response that is not there; then it is put right."""
    path = server.folder / "data" / "rules" / "demo.yml"
    path.parent.mkdir(exist_ok=True)
    before = server.news()["number"]
    saved = time.perf_counter()
    rule = f"rules:\n- rule: demo\n  steps:\n  - intent: greet\n  - action: utter_x{round_number}\n"
    path.write_text(rule, "utf-8")
    state = server.news(before)
    while state["trouble"] is None:
        state = server.news(state["number"])
    yield Timing("mistake → message", time.perf_counter() - saved)
    if GREETING not in server.says("/greet"):
        raise AssertionError("the last good model does not answer")
    saved = time.perf_counter()
    path.unlink()
    while state["trouble"] is not None:
        state = server.news(state["number"])
    yield Timing("mistake put right → message gone", time.perf_counter() - saved)


def go_back(server: Running, round_number: int) -> Iterator[Timing]:
    """The model of the last edit is rolled back by the command."""
    path = server.folder / "domain.yml"
    words = f"{GREETING}{round_number}旧"
    text = path.read_text("utf-8")
    path.write_text(text.replace(GREETING, words), "utf-8")
    server.until(lambda: words in server.says("/greet"), f"the bot says {words}")
    server.until(lambda: _noted(server), "the model is written")
    began = time.perf_counter()
    command = [sys.executable, "-m", "kefu", "model", "rollback"]
    subprocess.run(command, cwd=server.folder, check=True, capture_output=True)
    server.until(lambda: words not in server.says("/greet"), "the bot says what it did")
    yield Timing("kefu model rollback → live", time.perf_counter() - began)
    path.write_text(text, "utf-8")
    server.settled()


def _live(server: Running, after: int) -> None:
    """Wait until something saved after the news of number ``after`` answers."""
    state = server.news()
    while state["number"] <= after or state["latest"]["kind"] not in {"live", "exact"}:
        state = server.news(state["number"])


def _noted(server: Running) -> bool:
    """Whether the model that answers is the one that a restart would begin with."""
    record = (server.folder / "models" / "serving.json").read_text("utf-8")
    return f'"{server.news()["latest"]["model"]}.tar.gz"' in record.partition('"earlier"')[0]


ACTS: tuple[Callable[[Running, int], Iterator[Timing]], ...] = (
    reword,
    teach,
    take_up,
    err,
    go_back,
)
"""Played in this order. An act leaves the files as they were."""
