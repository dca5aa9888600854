"""A bot with HandoffPolicy and a desk that says what it is told to say."""

from __future__ import annotations

import random

from kefu.clock import ManualClock
from kefu.core.domain import Domain
from kefu.core.intent_message import parse_intent_message
from kefu.core.messages import UserMessage
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.dialogue.ports import Prospects
from kefu.dialogue.responses.templates import TemplateResponses
from kefu.dialogue.settings import BotSettings
from kefu.errors import Unavailable
from tests.unit.dialogue.stage import Actions, answer
from tests.unit.policies.builders import a_rule, a_story, trained

DOMAIN = {
    "intents": ["greet", "fees", "order", "ask_human", "complain", "thanks", "inform"],
    "entities": ["order_no"],
    "slots": {
        "order_no": {"type": "text", "mappings": [{"type": "from_entity", "entity": "order_no"}]},
        "name": {"type": "text", "mappings": [{"type": "custom"}]},
        "handoff_reason": {
            "type": "text",
            "influence_conversation": False,
            "mappings": [{"type": "custom"}],
        },
    },
    "forms": {"order_form": {"required_slots": ["order_no"]}},
    "actions": ["action_look_up"],
    "responses": {
        "utter_greet": [{"text": "您好"}],
        "utter_fees": [
            {"text": "运费 {name} 8 元", "buttons": [{"title": "好", "payload": "/thanks"}]},
            {"text": "一共 8 元"},
        ],
        "utter_anything": [{"text": "还有别的吗"}],
        "utter_welcome": [{"text": "不客气"}],
        "utter_default": [{"text": "没听懂"}],
        "utter_ask_order_no": [{"text": "订单号？"}],
    },
    "session_config": {"session_expiration_time": 60},
}

RULES = (
    a_rule("/ask_human", "action_handoff", name="human"),
    a_rule("/order", "action_look_up", "utter_anything", name="order"),
    a_rule("/fees", "utter_fees", "utter_anything", name="fees"),
    a_rule("/inform", "order_form", "@order_form", name="form"),
)
STORIES = (
    a_story("/greet", "utter_greet", "/fees", "utter_fees", "utter_anything", name="s1"),
    a_story(
        *("/greet", "utter_greet", "/fees", "utter_fees", "utter_anything"),
        *("/thanks", "utter_welcome"),
        name="s2",
    ),
)


class Desk:
    """Says what it is told to, and remembers what it was asked."""

    def __init__(self, **prospects):
        self.prospects_now = Prospects(**{"is_open": True, "agents_on_duty": 1, **prospects})
        self.asked = []
        self.is_down = False

    async def prospects(self, wanted):
        self.asked.append(wanted)
        if self.is_down:
            raise Unavailable("the desk is down")
        return self.prospects_now


class Ears:
    """Understands intent messages, and ``words|intent@0.8`` as the words with that intent."""

    def __init__(self, domain):
        self.domain = domain

    async def parse(self, text, metadata=None):
        words, _, meaning = text.partition("|")
        if not meaning:
            nothing = {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": []}
            return parse_intent_message(text, self.domain) or nothing
        return {**parse_intent_message(f"/{meaning}", self.domain), "text": words}


def look_up(call):
    return answer({"event": "slot", "name": "name", "value": "小王"}, text="查到了")


class DeskStage:
    """A bot with one conversation, its desk and its actions."""

    def __init__(self, desk=None, domain=None, settings=None, rules=RULES, **policy):
        self.clock = ManualClock()
        self.desk = desk
        self.domain = Domain.from_dict(domain or DOMAIN)
        self.tracker = Tracker("c1", self.domain)
        self.actions = Actions(action_look_up=look_up)
        policies = ("MemoizationPolicy", "RulePolicy", ("HandoffPolicy", policy))
        self.ensemble = trained(*rules, *STORIES, policies=policies, domain=self.domain)
        self.bot = Bot(
            domain=self.domain,
            understanding=Ears(self.domain),
            predictor=self.ensemble,
            responses=TemplateResponses(self.domain.responses, chance=random.Random(4)),
            endpoint=self.actions,
            settings=BotSettings(**(settings or {})),
            clock=self.clock,
            reception=desk,
        )
        self.number = 0

    async def say(self, text, **message):
        self.number += 1
        message = {"message_id": f"m{self.number}", **message}
        return await self.bot.take_turn(
            self.tracker, UserMessage(conversation_id="c1", text=text, **message)
        )

    async def decide(self, decision, **more):
        return await self.bot.resume_review(self.tracker, decision=decision, **more)
