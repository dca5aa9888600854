"""A small bot for tests: a fixed domain, scripted decisions, actions made of functions."""

from __future__ import annotations

import random

from kefu.clock import ManualClock
from kefu.core.domain import Domain
from kefu.core.intent_message import parse_intent_message
from kefu.core.messages import UserMessage
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.dialogue.ports import ActionResult
from kefu.dialogue.responses.templates import TemplateResponses
from kefu.dialogue.settings import BotSettings
from kefu.policies.policy import PolicyPrediction


class ScriptedPolicy:
    """Predicts the actions of a script, then listens; per intent when the script is a mapping."""

    def __init__(self, script):
        self.script = script
        self.asked = 0

    def predict(self, tracker):
        self.asked += 1
        name = self._next(tracker)
        return PolicyPrediction.for_action(name, policy_name="Script")

    def _next(self, tracker):
        if callable(self.script):
            return self.script(tracker)
        if self.script:
            return self.script.pop(0)
        return "action_listen"


class Actions:
    """An action endpoint made of functions ``(call) -> ActionResult or exception``."""

    def __init__(self, **functions):
        self.functions = functions
        self.calls = []

    async def run(self, call):
        self.calls.append(call)
        outcome = self.functions[call.action_name]
        result = outcome(call) if callable(outcome) else outcome
        if isinstance(result, Exception):
            raise result
        return result


class Ears:
    """Understands intent messages, and nothing else."""

    def __init__(self, domain):
        self.domain = domain

    async def parse(self, text, metadata=None):
        nothing = {"text": text, "intent": {"name": None, "confidence": 0.0}, "entities": []}
        return parse_intent_message(text, self.domain) or nothing


class Stage:
    """A bot with one conversation."""

    def __init__(self, domain, script=None, actions=None, **settings):
        self.clock = ManualClock()
        self.domain = Domain.from_dict(domain)
        self.tracker = Tracker("c1", self.domain)
        self.policy = ScriptedPolicy([] if script is None else script)
        self.actions = actions
        self.bot = Bot(
            domain=self.domain,
            understanding=Ears(self.domain),
            predictor=self.policy,
            responses=TemplateResponses(self.domain.responses, chance=random.Random(1)),
            endpoint=actions,
            settings=BotSettings(**settings),
            clock=self.clock,
        )

    async def say(self, text, **message):
        return await self.bot.take_turn(
            self.tracker, UserMessage(conversation_id="c1", text=text, message_id="m1", **message)
        )

    @property
    def slots(self):
        return self.tracker.state.slots


def answer(*events, **response):
    """Return what an action answers: one response and events in their JSON form."""
    return ActionResult(events=list(events), responses=[response] if response else [])


def texts(turn):
    return [reply.text for reply in turn.replies]


def action_names(turn):
    return [e.name_or_text for e in turn.events if type(e).__name__ == "ActionExecuted"]


def kinds(turn):
    return [type(event).__name__ for event in turn.events]
