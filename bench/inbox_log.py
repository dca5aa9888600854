"""A made-up log for the trainer's inbox: what was said, how it was understood, what became of it.

Customers say sentences of the shipped assistant's training data, a few of them far more often than
others, with words left out or added. Of most the bot is sure; of some it is not, and says that it
did not understand some of them.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import accumulate
from pathlib import Path
from typing import Any, Final

from kefu.core.events import (
    ActionExecuted,
    BotUttered,
    Event,
    SessionStarted,
    UserUttered,
)
from kefu.gateway.records import Arrival, Commit
from kefu.gateway.rows import entry_of
from kefu.project.load import load_project
from kefu.storage.sql import open_sql

__all__ = ["MadeUpLog", "append"]

ROOT: Final = Path(__file__).parent.parent
NOW: Final = 1_790_000_000.0
SENTENCES: Final = 6_000
UNSURE: Final = 0.2
WORDS: Final = (
    "你好，",
    "请问",
    "麻烦",
    "那个",
    "亲，",
    "急！",
    "嗯",
    "就是",
    "我想问下",
    "在吗，",
)
ENDS: Final = ("啊", "呢", "呀", "谢谢", "？？", "，急", "可以吗", "，怎么弄")
CHANNELS: Final = ("web", "wechat", "wecom")
LISTEN: Final = ActionExecuted(action_name="action_listen")


@dataclass
class MadeUpLog:
    """Makes conversations."""

    seed: int = 1
    source: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Text -> intent, and sentence, that it was made of."""
    _made: int = 0

    def __post_init__(self) -> None:
        self.rng = random.Random(self.seed)
        project = load_project(ROOT, parts=("domain", "nlu")).project
        assert project is not None
        examples = [one for one in project.nlu.examples if len(one.text) > 3]
        self.sentences = self.rng.sample(examples, min(SENTENCES, len(examples)))
        self.weights = list(accumulate(1 / (place + 20) for place in range(len(self.sentences))))
        self.intents = sorted({one.intent for one in self.sentences})

    def conversations(self, messages: int) -> Iterator[tuple[str, str, list[Event]]]:
        """Yield name, channel and events of conversations with so many messages in all."""
        while messages > 0:
            self._made += 1
            count = min(messages, self.rng.randint(2, 14))
            messages -= count
            channel = self.rng.choice(CHANNELS)
            events: list[Event] = [
                ActionExecuted(action_name="action_session_start"),
                SessionStarted(),
                LISTEN,
            ]
            for _ in range(count):
                events += self._turn(channel)
            yield f"{channel}-{self._made:07}", channel, events

    def _turn(self, channel: str) -> list[Event]:
        (example,) = self.rng.choices(self.sentences, cum_weights=self.weights)
        is_unsure = self.rng.random() < UNSURE
        text = self._varied(example.text, is_unsure=is_unsure)
        self.source[text] = (example.intent, example.text)
        confidence = self.rng.uniform(0.2, 0.65) if is_unsure else self.rng.uniform(0.93, 1.0)
        is_lost = confidence < 0.35
        name = "nlu_fallback" if is_lost else example.intent
        others = self.rng.sample(self.intents, 9)
        ranking: list[dict[str, Any]] = [
            {"name": intent, "confidence": confidence if not at else (1 - confidence) / 9}
            for at, intent in enumerate([example.intent, *others])
        ]
        action = "utter_default" if is_lost else f"utter_{example.intent}"
        return [
            UserUttered(
                text=text,
                intent={"name": name, "confidence": confidence},
                parse_data={
                    "text": text,
                    "intent": {"name": name, "confidence": confidence},
                    "intent_ranking": ranking,
                    "entities": [],
                },
                input_channel=channel,
            ),
            ActionExecuted(action_name=action, policy="RulePolicy", confidence=1.0),
            BotUttered(text="好的，这就为您查询。", metadata={"utter_action": action}),
            LISTEN,
        ]

    def _varied(self, text: str, *, is_unsure: bool) -> str:
        if is_unsure and len(text) > 5 and self.rng.random() < 0.4:
            at = self.rng.randrange(len(text))
            text = text[:at] + text[at + 1 :]
        if is_unsure and self.rng.random() < 0.7:
            text += self.rng.choice(ENDS)
        return self.rng.choice(WORDS) + text if self.rng.random() < 0.3 else text


async def append(path: Path, log: MadeUpLog, messages: int) -> None:
    """Write so many messages into a database, which is made if there is none."""
    storage = await open_sql(path)
    try:
        for name, channel, events in log.conversations(messages):
            at = NOW - log.rng.uniform(0, 28 * 86_400)
            received = await storage.stores.log.receive(
                Arrival(
                    conversation_id=name, channel=channel, message_id=name, timestamp=at, body="{}"
                )
            )
            await storage.stores.log.commit(
                Commit(
                    conversation_id=name,
                    expected_version=received.head.version,
                    owner="bot",
                    timestamp=at,
                    entries=tuple(entry_of(event, at) for event in events),
                    answers=received.seq,
                )
            )
    finally:
        await storage.close()
