"""How often the verdicts of a replay are right, where it is known which answer is.

    python -m bench.replay_verdicts [--model PATH] [--talks N]

Customers are made up. They ask the questions of ``tests/quality/questions.yml``, which nobody
trained on and of which it is written what they mean, and react to the answer as the tables below
say: so often they say it again, in other words, are displeased, want a person, or thank. Some of
those who were answered rightly complain all the same, and some of the others thank. A model writes
the log, another one is replayed on it: models that learned from all examples and from few of them,
with a desk that gets what the bot is unsure of, and without, where the bot answers all. Verdicts
are compared with the truth: a right answer counts more than none (handed over, held back, not
understood), and that more than a wrong one.

How customers react is assumed, so the figures say what the rules make of signs of that quality,
not how good signs are elsewhere. Results go to ``bench/results/replay_verdicts.json``.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import permutations
from pathlib import Path
from typing import Any

import yaml

from bench.replay import ROOT, bot_of
from kefu.app.replay import thresholds_of
from kefu.clock import ManualClock
from kefu.core.codec import encode_event
from kefu.core.events import Event, UserUttered
from kefu.core.messages import ParseData, UserMessage
from kefu.core.names import INTENT_NLU_FALLBACK
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.dialogue.ports import Understanding
from kefu.evaluation.cross_validation import PipelineTrainer
from kefu.evaluation.replay.answers import Answer, answer_of
from kefu.evaluation.replay.candidate import Candidate
from kefu.evaluation.replay.recording import Entry, read_conversation
from kefu.evaluation.replay.replaying import Replay
from kefu.evaluation.replay.tally import Difference, Tally
from kefu.model.load import Model, load_model
from kefu.policies.ensemble import Ensemble
from kefu.policies.handoff import HandoffPolicy
from kefu.project.load import load_project

RESULTS = Path(__file__).parent / "results" / "replay_verdicts.json"
QUESTIONS = ROOT / "tests" / "quality" / "questions.yml"
OFF_TOPIC = "off topic"
NOT_ANSWERED = (INTENT_NLU_FALLBACK, "out_of_scope")
SHARES = (0.05, 0.3)
"""Of the examples that the weaker models learned from."""

Reactions = Mapping[str, float]
NOISE: Mapping[str, Mapping[str, Reactions]] = {
    "assumed": {
        "right": {"thanks": 0.3, "again": 0.05, "displeased": 0.05, "person": 0.05},
        "wrong": {"thanks": 0.05, "again": 0.2, "displeased": 0.15, "person": 0.15, "other": 0.2},
    },
    "twice as misleading": {
        "right": {"thanks": 0.3, "again": 0.1, "displeased": 0.1, "person": 0.1},
        "wrong": {"thanks": 0.1, "again": 0.2, "displeased": 0.15, "person": 0.15, "other": 0.2},
    },
}
"""How likely a customer reacts so after an answer; the rest leaves, or asks something else."""
SAYINGS: Mapping[str, Sequence[str]] = {
    "thanks": ("谢谢", "好的，谢谢你", "太好了", "明白了，多谢", "thanks a lot"),
    "displeased": (
        "答非所问",
        "你根本没听懂",
        "什么破机器人",
        "太差劲了",
        "你这说的什么啊，真无语",
    ),
    "person": ("转人工", "我要找人工客服", "叫个真人来", "给我接人工"),
}
BEFORE = ("我问的是", "我是说", "就是", "")


@dataclass(frozen=True, slots=True)
class Question:
    """What a customer wants to know."""

    text: str
    intent: str


def questions_of(path: Path) -> list[Question]:
    """Return the questions, those off topic as well."""
    listed = yaml.safe_load(path.read_text("utf-8"))
    labelled = {**listed["intents"], **listed["answers"]}
    found = [Question(text, intent) for intent, texts in labelled.items() for text in texts]
    return found + [Question(text, OFF_TOPIC) for text in listed["off_topic"]]


def worth(answer: Answer, right: str) -> int:
    """Return 1 for a right answer, 0 for none, -1 for a wrong one."""
    if answer.mode != "answered":
        return 0
    if right == OFF_TOPIC:
        return 0 if answer.intent in NOT_ANSWERED else -1
    return 1 if right in (answer.intent, answer.intent.partition("/")[0]) else -1


class Remembering:
    """Understands each text once."""

    def __init__(self, understanding: Understanding) -> None:
        self._understanding = understanding
        self._known: dict[str, ParseData] = {}

    async def parse(self, text: str, metadata: Mapping[str, Any] | None = None) -> ParseData:  # noqa: ARG002 - no component reads it
        """Return what a text means."""
        if text not in self._known:
            self._known[text] = await self._understanding.parse(text)
        return self._known[text]


@dataclass(slots=True)
class Customers:
    """Talk with a bot, and know what they meant."""

    bot: Bot
    questions: Sequence[Question]
    noise: Mapping[str, Reactions]
    rng: random.Random
    clock: ManualClock
    meant: dict[tuple[str, int], str] = field(default_factory=dict)
    """Of each question, by conversation and place: its intent."""

    async def talks(self, count: int) -> list[tuple[str, list[Entry]]]:
        """Have so many conversations; return their logs."""
        return [await self._talk(f"c{number:06}") for number in range(count)]

    async def _talk(self, name: str) -> tuple[str, list[Entry]]:
        tracker = Tracker(name, self.bot.domain)
        entries: list[Entry] = []
        question = self.rng.choice(self.questions)
        text = question.text
        for _ in range(3):
            self.meant[name, await self._say(tracker, entries, text)] = question.intent
            answer = _answer(tracker.events)
            if answer.mode not in ("answered", "fallback") or tracker.state.is_paused:
                break
            reaction = self._reaction("right" if worth(answer, question.intent) > 0 else "wrong")
            if reaction in SAYINGS:
                await self._say(tracker, entries, self.rng.choice(SAYINGS[reaction]))
            if reaction not in ("again", "other"):
                break
            text = self._once_more(question, reaction)
        return name, entries

    def _reaction(self, answered: str) -> str:
        drawn = self.rng.random()
        for name, chance in self.noise[answered].items():
            drawn -= chance
            if drawn < 0:
                return name
        return ""

    def _once_more(self, question: Question, reaction: str) -> str:
        if reaction == "again":
            return self.rng.choice(BEFORE) + question.text
        same = [one.text for one in self.questions if one.intent == question.intent]
        return self.rng.choice(same)

    async def _say(self, tracker: Tracker, entries: list[Entry], text: str) -> int:
        """Say a text; return the place of the message in the log."""
        self.clock.advance(self.rng.uniform(5, 60))
        taken = await self.bot.take_turn(
            tracker,
            UserMessage(
                conversation_id=tracker.conversation_id,
                text=text,
                message_id=f"m{len(entries)}",
                input_channel="web",
            ),
        )
        place = 0
        for event in taken.events:
            raw = encode_event(event)
            entries.append(
                Entry(len(entries) + 1, "event", event.timestamp or 0.0, json.dumps(raw))
            )
            if raw["event"] == "user":
                place = len(entries)
        return place


def _answer(events: Sequence[Event]) -> Answer:
    last = max(index for index, event in enumerate(events) if isinstance(event, UserUttered))
    return answer_of(events[last], events[last + 1 :])


class Watching(Tally):
    """A tally that keeps all that it counts."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[Difference] = []

    def count(self, difference: Difference, bands: tuple[int, int], seed: int) -> None:
        """Take in what became of a message."""
        self.seen.append(difference)
        super().count(difference, bands, seed)


def weaker(model: Model, share: float) -> Understanding:
    """Return what understands, after it learned from a share of the examples of each intent."""
    project = load_project(ROOT, parts=("config", "domain", "nlu")).project
    assert project is not None
    rng = random.Random(7)
    by_intent: dict[str, list[Any]] = {}
    for example in project.nlu.examples:
        by_intent.setdefault(example.full_intent or "", []).append(example)
    chosen = [
        one
        for some in by_intent.values()
        for one in rng.sample(some, max(2, round(share * len(some))))
        if len(some) > 1
    ]
    train = PipelineTrainer(config=project.config, domain=model.domain, root=ROOT)
    return train(replace(project.nlu, examples=tuple(chosen), unlabeled=()))


async def accuracy(understanding: Understanding, questions: Sequence[Question]) -> float:
    """Return which part of the questions that are not off topic is understood."""
    asked = [one for one in questions if one.intent != OFF_TOPIC]
    right = 0
    for one in asked:
        intent = (await understanding.parse(one.text))["intent"]
        full = intent.get("full_retrieval_intent_name") or intent["name"]
        right += full == one.intent
    return round(right / len(asked), 4)


async def compared(
    model: Model, then: Understanding, now: Understanding, noise: str, talks: int
) -> dict[str, Any]:
    """Let ``then`` write a log and replay ``now`` on it; return how verdicts agree with truth."""
    clock = ManualClock()
    customers = Customers(
        bot=bot_of(replace(model, interpreter=then), clock),
        questions=questions_of(QUESTIONS),
        noise=NOISE[noise],
        rng=random.Random(3),
        clock=clock,
    )
    tally = Watching()
    candidate = Candidate(domain=model.domain, understanding=now, predictor=model.ensemble)
    replay = Replay(candidate=candidate, limits=thresholds_of(model), tally=tally)
    for name, entries in await customers.talks(talks):
        await replay.play(read_conversation(name, entries))
    judged: list[tuple[Difference, int]] = []
    for one in tally.seen:
        right = customers.meant.get((one.conversation_id, one.seq))
        if right is not None:
            judged.append((one, worth(one.new, right) - worth(one.recorded, right)))
    return {"questions": len(judged), **summary(judged)}


def summary(judged: Sequence[tuple[Difference, int]]) -> dict[str, Any]:
    """Return how often verdicts are right, by verdict and by rule."""
    verdicts: dict[str, Counter[str]] = {}
    rules: dict[str, Counter[str]] = {}
    for one, gain in judged:
        truth = "better" if gain > 0 else "worse" if gain < 0 else "as good"
        verdict, why = one.judgement.verdict, one.judgement.why
        verdicts.setdefault(verdict, Counter())[truth] += 1
        if verdict in ("better", "worse"):
            rules.setdefault(f"{verdict}: {why}", Counter())[truth] += 1
    said = {name: verdicts.get(name, Counter()) for name in ("better", "worse")}
    real = {name: sum(found[name] for found in verdicts.values()) for name in said}
    return {
        "really": {**real, "as good": len(judged) - sum(real.values())},
        **{
            name: {
                "said": found.total(),
                "right": _share(found[name], found.total()),
                "the_opposite": _share(found[_OPPOSITE[name]], found.total()),
                "found_of_all": _share(found[name], real[name]),
            }
            for name, found in said.items()
        },
        "by_verdict": {name: dict(found) for name, found in sorted(verdicts.items())},
        "by_rule": {name: dict(found) for name, found in sorted(rules.items())},
    }


_OPPOSITE = {"better": "worse", "worse": "better"}


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 3) if whole else None


async def measured(model: Model, talks: int) -> dict[str, Any]:
    """Measure all pairs of models."""
    questions = questions_of(QUESTIONS)
    models = {"all": Remembering(model.interpreter)}
    models |= {f"{share:.0%}": Remembering(weaker(model, share)) for share in SHARES}
    desks = {"with a desk": model, "without": _without_desk(model)}
    return {
        "learned_from": {name: await accuracy(one, questions) for name, one in models.items()},
        "noise": {name: dict(NOISE[name]) for name in NOISE},
        "replays": [
            {
                "log_of": then,
                "replayed": now,
                "customers": noise,
                "desk": desk,
                **await compared(bot, models[then], models[now], noise, talks),
            }
            for desk, bot in desks.items()
            for noise in NOISE
            for then, now in permutations(models, 2)
        ],
    }


def _without_desk(model: Model) -> Model:
    """Return the bot that answers whatever it understands."""
    kept = [one for one in model.ensemble.policies if not isinstance(one, HandoffPolicy)]
    return replace(model, ensemble=Ensemble(model.domain, kept))


def together(replays: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """Return how often better and worse are right in several replays."""
    found: dict[str, Any] = {}
    for verdict in ("better", "worse"):
        counts: Counter[str] = Counter()
        for one in replays:
            counts.update(one["by_verdict"].get(verdict, {}))
        found[verdict] = {
            "said": counts.total(),
            "right": _share(counts[verdict], counts.total()),
            "the_opposite": _share(counts[_OPPOSITE[verdict]], counts.total()),
        }
    return found


def lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what is printed."""
    for one in found["replays"]:
        yield f"{one['log_of']} -> {one['replayed']}, {one['desk']}, {one['customers']}:"
        for verdict in ("better", "worse"):
            yield f"  {verdict}: {one[verdict]}"
    yield json.dumps(found["together"], indent=1)


def main() -> None:
    """Measure, print and record."""
    parser = argparse.ArgumentParser(prog="python -m bench.replay_verdicts", description=__doc__)
    parser.add_argument("--model", type=Path, default=ROOT / "models")
    parser.add_argument("--talks", type=int, default=1_000)
    arguments = parser.parse_args()
    result = {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        **asyncio.run(measured(load_model(arguments.model), arguments.talks)),
    }
    result["together"] = {
        noise: together([one for one in result["replays"] if one["customers"] == noise])
        for noise in NOISE
    }
    print("\n".join(lines(result)))
    RESULTS.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
