"""The words in which a customer is told what to expect of being handed over."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Final

from kefu.dialogue.ports import Prospects

__all__ = ["built_in_text", "variables"]

TEXTS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh": {
        "": "好的，正在为您转接人工客服，请稍候。",
        "waiting": "好的，正在为您转接人工客服。您前面还有 {waiting} 位，预计等待{wait}。",
        "closed": "已经为您登记转人工。现在不在人工客服的服务时间（{hours}），"
        "客服上线后会尽快回复您，您也可以先在这里留言。",
        "nobody": "已经为您登记转人工。现在没有客服在线，客服上线后会尽快回复您，"
        "您也可以先在这里留言。",
        "wait": "约 {minutes} 分钟",
        "long": "约 {hours} 小时",
        "soon": "不到 1 分钟",
        "unknown": "时间暂时无法估计",
        "unknown_place": "未知",
        "unknown_hours": "以公告为准",
    },
    "en": {
        "": "All right, I am passing you on to one of our agents. One moment, please.",
        "waiting": "All right, I am passing you on to one of our agents. There are {waiting} "
        "customers before you; the wait is {wait}.",
        "closed": "I have noted that you want to talk to one of our agents. They are not working "
        "right now ({hours}) and will reply as soon as they are back. You can leave a message.",
        "nobody": "I have noted that you want to talk to one of our agents. Nobody is available "
        "right now; they will reply as soon as they can. You can leave a message.",
        "wait": "about {minutes} min",
        "long": "about {hours} h",
        "soon": "less than a minute",
        "unknown": "not known yet",
        "unknown_place": "not known",
        "unknown_hours": "see our announcements",
    },
}
"""By language: what is said without a response of the domain's, and the parts of variables."""


def variables(prospects: Prospects | None, language: str) -> dict[str, str]:
    """Return the variables of responses about a handoff; what is not known says so.

    ``position`` is the customer's place in the queue, ``waiting`` how many come before, ``wait``
    the expected wait in words, ``hours`` the hours of service.
    """
    words = _words(language)
    if prospects is None:
        unknown = words["unknown_place"]
        return {
            "position": unknown,
            "waiting": unknown,
            "wait": words["unknown"],
            "hours": words["unknown_hours"],
        }
    return {
        "position": str(prospects.waiting_before + 1),
        "waiting": str(prospects.waiting_before),
        "wait": _wait(prospects.wait_seconds, words),
        "hours": prospects.hours or words["unknown_hours"],
    }


def built_in_text(kind: str, values: Mapping[str, str], language: str) -> str:
    """Return what is said where the domain has no response; ``kind`` is empty or its suffix."""
    return _words(language)[kind].format(**values)


def _wait(seconds: float | None, words: Mapping[str, str]) -> str:
    if seconds is None or not math.isfinite(seconds):
        return words["unknown"]
    if seconds < 60:
        return words["soon"]
    minutes = math.ceil(seconds / 60)
    if minutes < 90:
        return words["wait"].format(minutes=minutes)
    return words["long"].format(hours=f"{math.ceil(minutes / 30) / 2:g}")


def _words(language: str) -> Mapping[str, str]:
    return TEXTS["zh" if language.lower().startswith("zh") else "en"]
