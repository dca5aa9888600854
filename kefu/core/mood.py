"""How a customer feels: as SentimentClassifier found, or else by a small lexicon.

The lexicon needs no model, has no surprise, and anyone can read why. Each word has a weight from
0 to 1: how sure it alone makes one that the feeling is there. Weights of several words join as
independent signs do, ``1 - (1-a)(1-b)…``. A negation right before a word takes it out (不生气, not
bad), and exclamation marks add to what is there. Chinese words are found anywhere in a text,
English ones as whole words; the longest word at a place counts, so that a 垃圾桶 is no insult.

The lexicon means to be small: it names what customers of a service say, not every word that has a
feeling. What a text says between the lines (好得很啊) it does not see.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Literal

from kefu.core.events import UserUttered

__all__ = [
    "FEELINGS",
    "NEGATIVE",
    "POSITIVE",
    "Feeling",
    "Mood",
    "mood_in",
    "mood_of",
    "word_patterns",
]

Feeling = Literal["negative", "neutral", "positive"]

FEELINGS: Final[tuple[Feeling, ...]] = ("negative", "neutral", "positive")
"""Names of sentiments that mean something here."""

NEGATIVE: Final[Mapping[float, str]] = {
    # One such word is enough: insults, threats, despair.
    0.8: "垃圾 骗子 骗人 骗钱 欺诈 坑人 坑爹 黑店 黑心 无良 流氓 滚蛋 滚开 混蛋 王八蛋 他妈的 傻逼 "
    "恶心 气死 愤怒 忍无可忍 曝光你 起诉 要告你们 去告你们 要报警 去报警 报警了 消协 12315 "
    "scam fraud fraudulent crooks liar liars disgusting outrageous furious pathetic sue lawsuit "
    "fuck fucking bullshit shit asshole",
    # Plainly displeased.
    0.6: "投诉 太差 差劲 差评 很差 真差 糟糕 敷衍 欺负 生气 火大 太过分 离谱 受够 无语 失望 "
    "什么态度 态度差 态度恶劣 不满意 很不满 太烂 真烂 破烂 破东西 气人 太坑 被坑 坑我 被骗 "
    "骗我 不讲理 推卸 踢皮球 "
    "terrible horrible awful worst unacceptable ridiculous useless angry disappointed complaint "
    "rubbish hate",
    # Impatient or unhappy, and often just a matter of fact.
    0.35: "着急 不爽 烦死 很烦 好烦 太慢 这么慢 这么久 等了好久 没人管 没人理 答非所问 听不懂人话 "
    "搞什么 "
    "slow annoyed annoying frustrated frustrating upset unhappy bad poor ignored",
    0.2: "一直没 怎么回事 到底 坏了 破损 broken waste",
}
"""Words of displeasure by weight, separated by spaces."""

POSITIVE: Final[Mapping[float, str]] = {
    0.7: "太好了 太棒 非常满意 很满意 好评 很赞 点赞 完美 给力 贴心 "
    "excellent perfect amazing awesome wonderful fantastic",
    0.45: "谢谢 感谢 多谢 满意 不错 很好 挺好 喜欢 辛苦了 哈哈 "
    "thanks thank great good nice love happy helpful",
}
"""Words of satisfaction by weight."""

NEUTRAL: Final = "垃圾桶 垃圾袋 垃圾箱 垃圾分类 垃圾处理 好评返现"
"""Words without a feeling that another word stands in."""

_NOT: Final = "不是 没有 并不 不算 不太 不怎么 不 没 别 未"
_NEGATION = re.compile(
    rf"(?:{_NOT.replace(' ', '|')}|(?:\b(?:not|no|never)|n't)(?:\s+\w+)?\s+)$",
    re.IGNORECASE,
)
ENOUGH: Final = max(NEGATIVE)
"""Displeasure of which a single word is enough."""
_EXCITED = re.compile(r"[!！]{2,}|[?？]{3,}")
_EXCITEMENT = 0.25
_LONGEST = 2_000
"""Characters that are looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mood:
    """What the words of a text tell."""

    negative: float = 0.0
    """From 0 to 1: how sure it is that the customer is displeased."""
    positive: float = 0.0
    words: tuple[str, ...] = ()
    """The words that tell it, in the order of the text; what was learned names none."""
    learned: Feeling | None = None
    """What SentimentClassifier was sure of."""

    @property
    def feeling(self) -> Feeling:
        """The feeling that prevails; neutral when neither is clear."""
        if self.learned is not None:
            return self.learned
        if max(self.negative, self.positive) < 0.3:
            return "neutral"
        return "negative" if self.negative >= self.positive else "positive"


@dataclass(frozen=True, slots=True)
class _Lexicon:
    pattern: re.Pattern[str]
    weights: Mapping[str, tuple[float, bool]]
    """Word -> weight, and whether it is of displeasure."""


@lru_cache(maxsize=1)
def _lexicon() -> _Lexicon:
    weights = {word: (weight, True) for word, weight in _words(NEGATIVE)}
    weights |= {word: (weight, False) for word, weight in _words(POSITIVE)}
    weights |= dict.fromkeys(NEUTRAL.split(), (0.0, False))
    return _Lexicon(re.compile(_any_of(weights), re.IGNORECASE), weights)


def _any_of(words: Iterable[str]) -> str:
    """Return a regular expression that finds the longest of the words at a place."""
    longest_first = sorted(words, key=lambda word: (-len(word), word))
    return "|".join(
        rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in longest_first
    )


def word_patterns() -> list[tuple[str, str]]:
    """Return (name, regular expression) for the words of each weight, as hints for a learner.

    Right behind a Chinese negation they do not match. Letter case is up to who compiles them.
    """
    not_before = "".join(f"(?<!{word})" for word in _NOT.split())
    tables = {"negative": NEGATIVE, "positive": POSITIVE}
    return [
        *(
            (f"{feeling} {weight:g}", f"{not_before}(?:{_any_of(words.split())})")
            for feeling, table in tables.items()
            for weight, words in table.items()
        ),
        ("excited", _EXCITED.pattern),
    ]


def _words(table: Mapping[float, str]) -> Iterable[tuple[str, float]]:
    for weight, words in table.items():
        for word in words.split():
            yield word, weight


def mood_in(message: UserUttered) -> Mood:
    """Return the mood of a message: what the pipeline was sure of, or else that of its words.

    An insult or a threat is one whatever the pipeline says: to miss it costs more than to see one
    too many. Logs from outside may have anything in the place of the sentiment.
    """
    by_words = mood_of(message.text if isinstance(message.text, str) else "")
    found: Any = message.parse_data.get("sentiment")
    if not isinstance(found, Mapping) or found.get("name") not in FEELINGS:
        return by_words
    confidence = found.get("confidence")
    if not isinstance(confidence, int | float) or not 0 <= confidence <= 1:
        return by_words
    name: Feeling = found["name"]
    if name != "negative" and by_words.negative >= ENOUGH:
        return by_words
    return Mood(
        negative=round(float(confidence), 3) if name == "negative" else 0.0,
        positive=round(float(confidence), 3) if name == "positive" else 0.0,
        words=by_words.words if by_words.feeling == name else (),
        learned=name,
    )


def mood_of(text: str) -> Mood:
    """Return the mood of a text, by its words."""
    text = text[:_LONGEST]
    lexicon = _lexicon()
    doubt = {True: 1.0, False: 1.0}
    found: dict[str, None] = {}
    for match in lexicon.pattern.finditer(text):
        word = match[0].lower()
        if word in found or _NEGATION.search(text[max(0, match.start() - 16) : match.start()]):
            continue
        weight, is_negative = lexicon.weights[word]
        if not weight:
            continue
        found[word] = None
        doubt[is_negative] *= 1.0 - weight
    if doubt[True] < 1.0 and _EXCITED.search(text):
        doubt[True] *= 1.0 - _EXCITEMENT
    return Mood(
        negative=round(1.0 - doubt[True], 3),
        positive=round(1.0 - doubt[False], 3),
        words=tuple(found),
    )
