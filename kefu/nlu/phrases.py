"""What components say of why, in the languages of those who read it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

__all__ = ["LANGUAGES", "PHRASES", "phrase"]

LANGUAGES: Final = ("zh", "en")

PHRASES: Final[Mapping[str, Mapping[str, str]]] = {
    "en": {
        "anything": "whatever the text",
        "known-value": "a known value",
        "known-as": "known as {}",
        "fits-regex": "fits the regex {}",
        "intent": "intent {}",
        "intent-and": "intent {} and {}",
        "around": "{} around it",
        "before": "{} before it",
        "behind": "{} behind it",
        "start": "(start)",
        "end": "(end)",
        "word": "word {}",
        "word-before": "word {} before it",
        "word-behind": "word {} behind it",
        "ending": "{} ending in it",
        "words-ending": "words {} ending in it",
        "beginning": "{} beginning in it",
        "digits": "{} digits",
        "begins-with": "begins with {}",
        "ends-with": "ends with {}",
        "text": "the text {}",
        "long": "{} pieces long",
        "inside": "{} in it",
        "shaped": "shaped like {}",
        "word-begins": "where a word begins",
        "within-word": "within a word",
        "word-ends": "where a word ends",
        "own-word": "a word of its own",
        "sign": "a punctuation mark",
        "capital": "in capitals",
        "by-regex": "regex {}",
        "by-lookup": "lookup table {}",
        "named-intent": "the message names its intent itself; the pipeline is not asked",
        "stands-for": "{}: {!r} stands for {!r}",
        "no-keyword": "no keyword stands in the text",
        "keyword": "{!r} is a keyword of {}",
        "no-intent": "no intent",
        "below-threshold": "{} is replaced by {}: its confidence {:.2f} is below threshold {:g}",
        "ambiguous": "{} is replaced by {}: its lead over the second is below ambiguity_threshold"
        " {:g}",
        "knowledge-answers": "{} is replaced by knowledge: {} answers it, confidence {:.2f}"
        " (threshold {:g})",
        "knowledge-unsure": "{} stays: the best passage, {}, has confidence {:.2f}"
        " (threshold {:g})",
    },
    "zh": {
        "anything": "不论内容",
        "known-value": "已知的值",
        "known-as": "已知是 {}",
        "fits-regex": "符合正则 {}",
        "intent": "意图 {}",
        "intent-and": "意图 {}，且{}",
        "around": "前后是 {}",
        "before": "前面是 {}",
        "behind": "后面是 {}",
        "start": "（句首）",
        "end": "（句尾）",
        "word": "词 {}",
        "word-before": "前面的词 {}",
        "word-behind": "后面的词 {}",
        "ending": "到这里为止的 {}",
        "words-ending": "到这里为止的词 {}",
        "beginning": "从这里开始的 {}",
        "digits": "{} 位数字",
        "begins-with": "以 {} 开头",
        "ends-with": "以 {} 结尾",
        "text": "文字 {}",
        "long": "长 {} 段",
        "inside": "其中有 {}",
        "shaped": "形如 {}",
        "word-begins": "词的开头",
        "within-word": "词的中间",
        "word-ends": "词的结尾",
        "own-word": "单独成词",
        "sign": "标点",
        "capital": "大写",
        "by-regex": "正则 {}",
        "by-lookup": "词表 {}",
        "named-intent": "消息自己写明了意图，不经过流水线",
        "stands-for": "{}：{!r} 就是 {!r}",
        "no-keyword": "文字里没有关键词",
        "keyword": "{!r} 是 {} 的关键词",
        "no-intent": "没有意图",
        "below-threshold": "{} 换成了 {}：置信度 {:.2f} 低于 threshold {:g}",
        "ambiguous": "{} 换成了 {}：比第二名领先不到 ambiguity_threshold {:g}",
        "knowledge-answers": "{} 换成了 knowledge：{} 答得上，置信度 {:.2f}（threshold {:g}）",
        "knowledge-unsure": "{} 不变：最好的段落 {} 置信度只有 {:.2f}（threshold {:g}）",
    },
}


def phrase(language: str, name: str, *values: object) -> str:
    """Return a phrase with its values filled in."""
    return PHRASES[language][name].format(*values)
