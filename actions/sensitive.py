"""Matters that go to a human at once: what is said first depends on what has happened."""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.shop_action import Events

__all__ = ["kind_of_danger", "speaks_of_suicide"]

WORDS_FIRST = {
    "life": "utter_sensitive_life",
    "danger": "utter_sensitive_danger",
    "minor": "utter_sensitive_minor",
    "police": "utter_sensitive_police",
    "legal": "utter_sensitive_legal",
}
LIFE = (
    r"不想活|自杀|轻生|想死|想去死|去死的心|一死了之|死了算|活着没|活不下去|结束(自己|生命)|跳楼|(楼|桥)上跳"
    "|割腕|寻短见|安眠药|撑不下去|遗书|kill myself|suicide|want to die"
)
DANGER = (
    "着火|起火|爆炸|炸了|炸裂|冒烟|鼓包|漏电|电到|触电|烫伤|烧伤|划伤|受伤|骨折|流血|医院|住院|急诊"
    "|送医|抢救|中毒|过敏|休克|上吐下泻|煤气|脸烂|头晕|fire|explod|hospital|burn|allerg"
)
KINDS = (
    ("life", LIFE),
    ("danger", DANGER),
    ("minor", "未成年|孩子|小孩|儿子|女儿|岁|老年痴呆|kid|child"),
    ("police", "打了我|把我打|骚扰|威胁|跟踪|诈骗|报警|警察|police"),
    (
        "legal",
        "律师|起诉|法院|12315|消协|消费者协会|监管局|工商|曝光|记者|媒体|电视台|315|lawyer|sue",
    ),
)
"""Kinds of matters by what customers write; the first that fits counts: life before everything."""
JOKING = re.compile(r"(急|累|笑|困|饿|烦|热|冷|气|无聊|尴尬|美|香|贵)死")
"""Dying of laughter is no dying."""


def kind_of_danger(text: str) -> str:
    """Return which words a sensitive message needs: life, danger, minor, police, legal, other."""
    plain = JOKING.sub("", text.lower())
    return next((kind for kind, words in KINDS if re.search(words, plain)), "other")


def speaks_of_suicide(text: str) -> bool:
    """Return whether somebody may want to take their life, whatever the classifier made of it."""
    return kind_of_danger(text) == "life"


class ActionComfort(Action):
    """Says what matters first: where to find help, how to be safe, that a human comes."""

    def name(self) -> str:
        return "action_comfort"

    async def run(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: dict[str, Any]
    ) -> Events:
        kind = kind_of_danger(tracker.latest_message.get("text") or "")
        dispatcher.utter_message(response=WORDS_FIRST.get(kind, "utter_sensitive_other"))
        return []
