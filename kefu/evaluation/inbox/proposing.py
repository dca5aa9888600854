"""Makes of a customer's message what may stand in a file: nobody's number, address or name.

What tells who somebody is gives way to something neutral of the same shape, with the annotation
that it would have: an order number becomes ``[602600000042](order_no)``. It goes by form and by
what the model recognises, so of names that are written as plain words it can only warn.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from kefu.core.summary import ORDER_NAMES, PHONE_NAMES
from kefu.errors import EditRefused
from kefu.evaluation.replay.masking import personal_spans
from kefu.evaluation.story_steps import annotations_of
from kefu.project.annotations import AnnotationError, read_annotations
from kefu.project.editing import annotated
from kefu.project.nlu_data import EntityAnnotation

__all__ = ["Proposal", "key_of", "propose", "still_personal"]

_NAMES: Final = ("name", "person", "person_name", "per", "customer_name", "recipient", "contact")
_ADDRESSES: Final = ("address", "delivery_address", "shipping_address", "new_address")
_EMAILS: Final = ("email", "e_mail", "mail")
_NEUTRAL: Final = {"e-mail": "name@example.com", "link": "https://example.com"}
_NEUTRAL_ADDRESS: Final = {True: "幸福市幸福路1号", False: "1 Main Street"}
_NEUTRAL_NAME: Final = {True: "王小明", False: "Alex Smith"}
_PHONE: Final = "1390000"
_ORDER: Final = "60260000"
"""What neutral numbers begin with; the rest comes from the text, so that not all are the same."""
_SAYS_ORDER: Final = re.compile(r"订单|单号|單號|訂單|这单|那单|order", re.IGNORECASE)
_SAYS_NAME: Final = re.compile(
    r"(?:我叫|我是(?!不是|说|想|要|问|在|个|真|最|第|会|为)|名字叫|名字是|姓名[是:：]?|收件人[是:：]?"
    r"|联系人[是:：]?)[\u4e00-\u9fff]{2,4}|[\u4e00-\u9fff]{1,3}(?:先生|女士|小姐)"
    r"|(?i:my name is|this is)\s+[A-Z]"
)
_LEADS_TO: Final = re.compile(
    r"[\u4e00-\u9fff]{0,12}(?:[送寄发邮递换改运][到至往去给]|(?:改|换|写|填|搬)[成为到]"
    r"|地址[是为]?|住[在址]|我在|位于|家在)"
)
"""What pieces that look like an address begin with and is none of it."""
_HAN: Final = re.compile(r"[\u3400-\u9fff]")
_DIGIT: Final = re.compile(r"\d")
_TOGETHER: Final = re.compile(r"(?<=\d)[ -](?=\d)")
_LONG_NUMBER: Final = re.compile(r"\d{4,}")
_NO_LETTERS: Final = re.compile(r"[\W_]+")
_NO_SPACE: Final = re.compile(r" (?![a-z0-9])|(?<![a-z0-9]) ")
_SHARED: Final = frozenset({*_NEUTRAL.values(), *_NEUTRAL_ADDRESS.values()})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposal:
    """A sentence that may be kept."""

    text: str
    source: str
    """With its annotations, as it stands in files."""
    warnings: tuple[str, ...] = ()
    """``name``: it may hold somebody's name; ``number``: a number in it is annotated as nothing."""


@dataclass(frozen=True, slots=True)
class _Piece:
    """A stretch of the message, and what it becomes."""

    start: int
    end: int
    text: str
    marks: EntityAnnotation | None


def propose(
    text: str, entities: Sequence[Mapping[str, Any]], declared: Collection[str]
) -> Proposal:
    """Return what a message becomes as an example.

    Args:
        text: As the customer wrote it.
        entities: What a model found in it.
        declared: The entities that the project has; others are not annotated.
    """
    text = _one_line(text)
    known = [one for one in annotations_of(entities) if one.entity in declared]
    known = [one for one in known if one.end <= len(text)]
    pieces, warnings = _pieces(text, known, declared)
    parts: list[str] = []
    marks: list[EntityAnnotation] = []
    at = length = 0
    for piece in pieces:
        parts += (text[at : piece.start], piece.text)
        length += piece.start - at
        if piece.marks is not None:
            end = length + len(piece.text)
            marks.append(replace(piece.marks, start=length, end=end))
        length += len(piece.text)
        at = piece.end
    plain = "".join((*parts, text[at:]))
    if _SAYS_NAME.search(plain) and not any(one.entity in _NAMES for one in marks):
        warnings.append("name")
    try:
        source = annotated(plain, marks)
    except EditRefused:
        source = annotated(plain)
    return Proposal(text=plain, source=source, warnings=tuple(dict.fromkeys(warnings)))


def _pieces(
    text: str, known: Sequence[EntityAnnotation], declared: Collection[str]
) -> tuple[list[_Piece], list[str]]:
    pieces: list[_Piece] = []
    warnings: list[str] = []
    spans = _spans(text)
    for start, end, kind in spans:
        named = [one for one in known if one.start < end and one.end > start]
        entity = named[0].entity if named else _entity_for(kind, text, declared)
        shown = text[start:end]
        neutral = _neutral(kind, shown, entity, is_chinese=bool(_HAN.search(text)))
        pieces.append(_Piece(start, end, neutral, _mark(entity, neutral, named)))
        if not entity and kind in {"number", "id"}:
            warnings.append("number")
    for one in known:
        if any(one.start < end and one.end > start for start, end, _ in spans):
            continue
        shown = text[one.start : one.end]
        neutral = _neutral("", shown, one.entity, is_chinese=bool(_HAN.search(text)))
        # What is not hidden keeps the value that the model gave it: a synonym, for instance.
        mark = one if neutral == shown else _mark(one.entity, neutral, [one])
        pieces.append(_Piece(one.start, one.end, neutral, mark))
    return sorted(pieces, key=lambda piece: piece.start), warnings


def _spans(text: str) -> list[tuple[int, int, str]]:
    """Return what tells who somebody is, addresses without the words that lead to them."""
    found = []
    for start, end, kind in personal_spans(text):
        lead = _LEADS_TO.match(text, start, end) if kind == "address" else None
        found.append((lead.end() if lead and lead.end() < end else start, end, kind))
    return found


def _mark(entity: str, neutral: str, named: Sequence[EntityAnnotation]) -> EntityAnnotation | None:
    if not entity:
        return None
    role, group = (named[0].role, named[0].group) if named else (None, None)
    return EntityAnnotation(entity=entity, value=neutral, start=0, end=0, role=role, group=group)


def _entity_for(kind: str, text: str, declared: Collection[str]) -> str:
    """Return which entity of the project something is that the model did not find."""
    names: Iterable[str] = ()
    if kind == "phone":
        names = PHONE_NAMES
    elif kind == "e-mail":
        names = _EMAILS
    elif kind == "address":
        names = _ADDRESSES
    elif kind in {"number", "id"} and _SAYS_ORDER.search(text):
        names = ORDER_NAMES
    return next((name for name in names if name in declared), "")


def _neutral(kind: str, shown: str, entity: str, *, is_chinese: bool) -> str:
    if entity in _NAMES:
        return _NEUTRAL_NAME[is_chinese]
    if kind == "address" or entity in _ADDRESSES:
        return _NEUTRAL_ADDRESS[is_chinese]
    if kind == "phone" or entity in PHONE_NAMES:
        return _counted_up(shown, _PHONE)
    if kind in {"number", "id"} or entity in ORDER_NAMES:
        return _counted_up(shown, _ORDER)
    return _NEUTRAL.get(kind, shown)


def _counted_up(shown: str, beginning: str) -> str:
    """Return a number of the same shape that is nobody's; the same one each time."""
    # Not to hide what it was, but to spread: the digits come from how many of them there are, and
    # from their sum, which tells of no number which one it was.
    digits = [int(digit) for digit in _DIGIT.findall(shown)]
    rest = f"{sum(digits) % 1000:03d}".zfill(max(3, len(digits) - len(beginning)))
    following = iter((beginning + rest[-max(0, len(digits) - len(beginning)) :])[: len(digits)])
    return _DIGIT.sub(lambda _: next(following), shown)


def key_of(text: str) -> str:
    """Return what messages that say the same have in common: no case, no signs, no number.

    Spaces stay between words of letters only.
    """
    text = unicodedata.normalize("NFKC", text).lower()
    text = _LONG_NUMBER.sub("0", text)
    return _NO_SPACE.sub("", _NO_LETTERS.sub(" ", text).strip())


def still_personal(source: str) -> str:
    """Return what tells in a sentence who somebody is, and is nothing neutral; empty: nothing."""
    try:
        text = read_annotations(source).text
    except AnnotationError:
        text = source
    # A neutral number with spaces in it may be taken for another kind: all its digits count.
    for start, end, kind in _spans(_TOGETHER.sub("", text)):
        shown = _TOGETHER.sub("", text)[start:end]
        digits = "".join(_DIGIT.findall(shown))
        begins = (one.startswith(digits) or digits.startswith(one) for one in (_ORDER, _PHONE))
        if shown in _SHARED or (digits and kind != "address" and any(begins)):
            continue
        if kind in {"phone", "e-mail", "id", "number", "address"}:
            return shown
    return ""


def _one_line(text: str) -> str:
    # Each character stands for one, so that the places of entities stay what they are.
    return "".join(" " if character.isspace() else character for character in text)
