"""How fast a log is replayed, and that a model agrees with its own log.

    python -m bench.replay [--messages N] [--jobs N]

A log of the shipped assistant is made up: customers who say sentences of its training data and test
stories, some with words left out or added, so that texts differ; its custom actions give a made-up
answer, and validate whatever they are given. Then the model that answered is replayed on the log,
and one that was trained on half of the examples. Results go to ``bench/results/replay.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import platform
import random
import resource
import tempfile
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

from kefu.app.replay import ReplayOrder, replay_log
from kefu.app.settings import AppSettings
from kefu.clock import ManualClock
from kefu.core.messages import UserMessage
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.dialogue.ports import ActionCall, ActionResult, HandoffWish, Prospects
from kefu.gateway.records import Arrival, Commit
from kefu.gateway.rows import entry_of, write_message
from kefu.model.load import Model, load_model
from kefu.project.load import load_project
from kefu.storage.sql import open_sql

RESULTS = Path(__file__).parent / "results" / "replay.json"
ROOT = Path(__file__).parent.parent
WORDS = ("你好，", "请问", "麻烦", "那个", "亲，", "急！", "嗯", "就是")


class MadeUpActions:
    """Answers for every custom action."""

    async def run(self, call: ActionCall) -> ActionResult:
        """Say the action's name; validate nothing away."""
        if call.action_name.startswith("validate_") or "slot" in call.action_name:
            return ActionResult()
        return ActionResult(responses=({"text": f"（{call.action_name}）"},))


class OpenDesk:
    """Somebody is always there."""

    async def prospects(self, wanted: HandoffWish) -> Prospects:  # noqa: ARG002 - the contract
        """Return that one agent is on duty."""
        return Prospects(is_open=True, agents_on_duty=1)


def bot_of(model: Model, clock: ManualClock) -> Bot:
    """Return a bot with made-up actions."""
    return Bot(
        domain=model.domain,
        understanding=model.interpreter,
        predictor=model.ensemble,
        endpoint=MadeUpActions(),
        clock=clock,
        reception=OpenDesk(),
    )


def sentences(rng: random.Random) -> list[str]:
    """Return what customers say."""
    project = load_project(ROOT, parts=("config", "domain", "nlu")).project
    assert project is not None
    known = [example.text for example in project.nlu.examples]
    rng.shuffle(known)
    return known


def varied(text: str, rng: random.Random) -> str:
    """Leave a character out, or put a word before, now and then."""
    if rng.random() < 0.25 and len(text) > 5:
        at = rng.randrange(len(text))
        text = text[:at] + text[at + 1 :]
    return rng.choice(WORDS) + text if rng.random() < 0.25 else text


async def write_log(path: Path, model: Model, messages: int, seed: int = 1) -> int:
    """Write a log of so many messages; return how many different texts they have."""
    rng = random.Random(seed)
    known = sentences(rng)
    clock = ManualClock()
    bot = bot_of(model, clock)
    storage = await open_sql(path)
    texts: set[str] = set()
    written = number = 0
    try:
        while written < messages:
            number += 1
            name = f"customer-{number:06}"
            tracker = Tracker(name, model.domain)
            for _ in range(rng.randint(2, 14)):
                text = varied(rng.choice(known), rng)
                if tracker.state.is_paused or written >= messages:
                    break
                texts.add(text)
                clock.advance(rng.uniform(5, 60))
                await one_turn(storage, bot, tracker, clock, (name, text, f"m{written}"))
                written += 1
    finally:
        await storage.close()
    return len(texts)


async def one_turn(
    storage: Any, bot: Bot, tracker: Tracker, clock: ManualClock, said: tuple[str, str, str]
) -> None:
    """Take a message into the log, and the bot's turn behind it."""
    name, text, message_id = said
    message = UserMessage(
        conversation_id=name, text=text, message_id=message_id, input_channel="web"
    )
    log = storage.stores.log
    received = await log.receive(
        Arrival(
            conversation_id=name,
            channel="web",
            message_id=message_id,
            timestamp=clock.now(),
            body=write_message(message),
        )
    )
    turn = await bot.take_turn(tracker, message)
    await log.commit(
        Commit(
            conversation_id=name,
            expected_version=received.head.version,
            owner="queue" if tracker.state.is_paused else "bot",
            timestamp=clock.now(),
            entries=tuple(entry_of(event, clock.now()) for event in turn.events),
            answers=received.seq,
        )
    )


def measured(order: ReplayOrder) -> dict[str, Any]:
    """Replay, and return what it cost and what came of it."""
    started, cpu = time.perf_counter(), _cpu()
    tally = replay_log(order)
    seconds, cpu = time.perf_counter() - started, _cpu() - cpu
    return {
        "jobs": order.jobs,
        "messages": tally.messages,
        "texts_understood": tally.understood,
        "seconds": round(seconds, 2),
        "messages_a_second": round(tally.messages / seconds),
        "cpu_seconds": round(cpu, 2),
        "messages_a_cpu_second": round(tally.messages / cpu),
        "verdicts": dict(tally.verdicts),
        "kinds_of_differences": len(tally.clusters),
    }


def _cpu() -> float:
    """Return the CPU time of this process and of those that it has ended."""
    own, others = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay", description=__doc__)
    parser.add_argument("--messages", type=int, default=20_000)
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--one-core", action="store_true", help="measure with one process, too")
    parser.add_argument("--model", type=Path, default=ROOT / "models")
    parser.add_argument("--other", type=Path, help="another model; none: it is not compared")
    arguments = parser.parse_args()
    model = load_model(arguments.model)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.db"
        distinct = asyncio.run(write_log(path, model, arguments.messages))
        settings = AppSettings(storage_url=f"sqlite:///{path}")
        order = ReplayOrder(model=arguments.model, settings=settings, jobs=arguments.jobs)
        result: dict[str, Any] = {
            "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
            "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
            "load_average": [round(one, 1) for one in os.getloadavg()],
            "log": {"messages": arguments.messages, "different_texts": distinct},
            "itself": measured(order),
        }
        if arguments.one_core:
            result["itself_on_one_core"] = measured(replace(order, jobs=1))
        if arguments.other:
            result["another_model"] = measured(replace(order, model=arguments.other))
    usage = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    result["peak_mb"] = [round(one.ru_maxrss / 1024) for one in usage]
    print(json.dumps(result, indent=1, ensure_ascii=False))
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
