"""What stands for a content where only words can be shown: a list of chats, a text channel, NLU."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from kefu.core.contents import (
    Choice,
    Content,
    File,
    Image,
    Link,
    Location,
    Menu,
    OrderCard,
    ProductCard,
    Rating,
    RatingRequest,
    Video,
    Voice,
)

__all__ = [
    "MINI_PROGRAM",
    "bracketed",
    "is_placeholder",
    "map_link",
    "rating_ends",
    "text_of",
    "word",
]

WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh": {
        "image": "图片",
        "voice": "语音",
        "video": "视频",
        "file": "文件",
        "location": "位置",
        "link": "链接",
        "order": "订单",
        "product": "商品",
        "rating": "评分",
        "rate": "请为本次服务打分",
        "rate_low": "很不满意",
        "rate_high": "非常满意",
        "likely_low": "完全不可能",
        "likely_high": "非常可能",
        "choose": "回复数字选择",
        "choices": "请选择：",
        "mini_program": "小程序",
        "unsupported": "暂不支持的消息",
        "message": "消息",
        "business_card": "名片",
        "chat_history": "聊天记录",
        "meeting": "会议",
        "schedule": "日程",
        "channels": "视频号",
        "note": "笔记",
        "menu": "菜单",
        "colon": "：",
    },
    "en": {
        "image": "picture",
        "voice": "voice message",
        "video": "video",
        "file": "file",
        "location": "location",
        "link": "link",
        "order": "Order",
        "product": "Product",
        "rating": "rating",
        "rate": "How was our service",
        "rate_low": "very bad",
        "rate_high": "very good",
        "likely_low": "not at all",
        "likely_high": "very",
        "choose": "Reply with a number to choose",
        "choices": "Please choose:",
        "mini_program": "mini-program",
        "unsupported": "unsupported message",
        "message": "message",
        "business_card": "business card",
        "chat_history": "chat history",
        "meeting": "meeting",
        "schedule": "schedule",
        "channels": "Channels",
        "note": "note",
        "menu": "menu",
        "colon": ": ",
    },
}
_KINDS: Final[Mapping[type, str]] = {
    Image: "image",
    Voice: "voice",
    Video: "video",
    File: "file",
}
_BARE: Final = frozenset(
    f"[{words[name]}]"
    for words in WORDS.values()
    for name in ("image", "voice", "video", "file", "location", "link", "product", "rating")
)
"""What stood for contents, without anything of theirs, on some channels."""
MINI_PROGRAM: Final = "miniprogram://"
"""What the address of a page of a mini-program begins with; its appid and path follow."""
MAP = "https://uri.amap.com/marker?position={longitude:.6f},{latitude:.6f}"


def word(name: str, locale: str | None = None) -> str:
    """Return a word of :data:`WORDS`: Chinese for Chinese and unknown locales, else English."""
    return WORDS["zh" if (locale or "zh").lower().startswith("zh") else "en"][name]


def bracketed(name: str, locale: str | None = None) -> str:
    """Return a word of :data:`WORDS` as it stands for a content: ``[图片]``."""
    return f"[{word(name, locale)}]"


def map_link(location: Location) -> str:
    """Return an address that shows a place on a map."""
    return MAP.format(longitude=location.longitude, latitude=location.latitude)


def text_of(content: Content, locale: str | None = None) -> str:
    """Return what stands for ``content`` in a text, never empty.

    Args:
        content: What was sent, by a customer or to one.
        locale: BCP 47 tag of the reader; Chinese where unknown.
    """
    match content:
        case Image() | Video() | Voice() | File():
            return _text_of_file(content, locale)
        case Location(label=label, address=address):
            return _joined(bracketed("location", locale), label, address)
        case Link(url=url, title=title):
            return _joined(bracketed("link", locale), title, url)
        case ProductCard(title=title, price=price, description=description, url=url):
            return _lines(f"[{word('product', locale)}] {title}", price, description, url)
        case OrderCard():
            first = _joined(word("order", locale), content.order_id, content.status)
            return _lines(first, content.title, *content.items, content.amount, content.url)
        case _:
            return _text_of_question(content, locale)


def _text_of_file(content: Image | Voice | Video | File, locale: str | None) -> str:
    if isinstance(content, Voice) and content.recognition:
        return content.recognition
    name = content.name if isinstance(content, File) else None
    return _joined(bracketed(_KINDS[type(content)], locale), name)


def _text_of_question(content: Menu | RatingRequest | Rating, locale: str | None) -> str:
    match content:
        case Menu(text=text, choices=choices, footer=footer):
            return _lines(text, *_numbered(choices), footer) or bracketed("choose", locale)
        case RatingRequest(text=text, scale=scale, lowest=lowest):
            low, high = rating_ends(content, locale)
            asked = text or word("rate", locale)
            return f"{asked}: {lowest}–{scale} ({lowest} {low}, {scale} {high})"
        case Rating(score=score, comment=comment):
            return _joined(f"[{word('rating', locale)}] {score}", comment)


def rating_ends(request: RatingRequest, locale: str | None) -> tuple[str, str]:
    """Return what the worst and the best score mean: how good it was, or how likely one is to."""
    kind = "rate" if request.lowest else "likely"
    return word(f"{kind}_low", locale), word(f"{kind}_high", locale)


def _numbered(choices: Iterable[Choice]) -> Iterator[str]:
    """Yield a line for each choice: its number from 1, its title, and the address it opens."""
    for number, choice in enumerate(choices, 1):
        link = None if choice.link == choice.title else choice.link
        yield _joined(f"{number}. {choice.title}", link)


def is_placeholder(text: str, content: Content) -> bool:
    """Whether ``text`` only stands for ``content``: the customer wrote no words of their own."""
    said = text.strip()
    if said in _BARE:
        return True
    if not said or said in (text_of(content, "zh"), text_of(content, "en")):
        return not (isinstance(content, Voice) and content.recognition)
    return False


def _joined(*parts: str | None) -> str:
    return " ".join(part for part in parts if part)


def _lines(*parts: str | None) -> str:
    return "\n".join(part for part in parts if part)
