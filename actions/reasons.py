"""Why customers send something back, in the shop's words."""

from __future__ import annotations

__all__ = ["FAULTS", "names_a_reason", "reason_from_text"]

FAULTS = ("质量问题", "发错货", "少发漏发", "与描述不符", "破损")
KEYWORDS = (
    ("与描述不符", "描述不符 图片 不一样 宣传 色差"),
    ("发错货", "发错 颜色不对 款式不对 不是我买的 寄错"),
    ("少发漏发", "少发 漏发 少了 少件 缺 没有给"),
    ("破损", "破 碎 压坏 压扁 摔 裂"),
    ("质量问题", "质量 坏 起球 掉色 开线 开胶 瑕疵 漏 异味 污渍 用不了 没声音 没反应 失灵 充不进"),
    ("尺码不合适", "码 大了 小了 太大 太小 偏大 偏小 不合身 不合适 紧 松"),
    ("不喜欢", "不喜欢 不想要 不要了 不好看 不满意 不适合 后悔 拍错 买错 多拍"),
)
"""Reasons in the shop's words with what customers write for them; the first that fits counts."""


def reason_from_text(text: str) -> str | None:
    """Return the reason in the shop's words, or the customer's own if it is words, and few."""
    text = text.strip()
    is_own = 2 <= len(text) <= 40 and any(character.isalpha() for character in text)
    return _known_reason(text) or (text if is_own else None)


def names_a_reason(text: str) -> bool:
    """Whether ``text`` holds a reason that the shop has a word for."""
    return _known_reason(text) is not None


def _known_reason(text: str) -> str | None:
    for reason, words in KEYWORDS:
        if any(word in text for word in (reason, *words.split())):
            return reason
    return None
