"""Tags that the staff give customers: free words, such as ``VIP`` or ``爱退货``."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from typing import Final

import msgspec

from kefu.customers.records import Profile
from kefu.errors import CustomerError

__all__ = ["MOST", "TAGS", "cleaned", "retagged", "tag_key", "united"]

TAGS: Final = "tags"
"""Field of the tags: it can be deleted, not hidden, since it is not what the customer gave."""
MOST: Final = 50
LONGEST: Final = 40
_REFUSED: Final = frozenset({"Cc", "Cs", "Zl", "Zp"})


def tag_key(tag: str) -> str:
    """Return what two spellings of one tag have in common; ``ＶＩＰ`` and ``vip`` are one."""
    folded = unicodedata.normalize("NFKC", tag).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def cleaned(tags: Iterable[str]) -> tuple[str, ...]:
    """Return tags as they are kept: in NFKC, without needless spaces, each once, in order.

    Raises:
        CustomerError: One is empty, too long, or holds what cannot be shown.
    """
    found: dict[str, str] = {}
    for tag in tags:
        text = " ".join(unicodedata.normalize("NFKC", tag).split())
        if not text:
            raise CustomerError("a tag is not empty")
        if len(text) > LONGEST:
            raise CustomerError(f"a tag has at most {LONGEST} characters")
        if any(unicodedata.category(character) in _REFUSED for character in text):
            raise CustomerError("a tag holds no control characters")
        found.setdefault(tag_key(text), text)
    return tuple(found.values())


def united(profiles: Iterable[Profile]) -> tuple[str, ...]:
    """Return the tags of a customer: their own, then those of customers merged into them."""
    found: dict[str, str] = {}
    for profile in profiles:
        for tag in profile.tags:
            found.setdefault(tag_key(tag), tag)
    return tuple(found.values())


def retagged(
    profiles: Sequence[Profile], add: Collection[str], remove: Collection[str]
) -> tuple[Profile, ...]:
    """Return the profiles of a customer and of those merged into them with other tags.

    A new tag is the customer's own; one that is taken off is taken off all of them. A tag that is
    there keeps its spelling, unless it is taken off at the same time.

    Raises:
        CustomerError: There would be too many, or one is not good.
    """
    gone = {tag_key(tag) for tag in remove}
    kept = [_with(one, [tag for tag in one.tags if tag_key(tag) not in gone]) for one in profiles]
    there = united(kept)
    known = {tag_key(tag) for tag in there}
    new = [tag for tag in cleaned(add) if tag_key(tag) not in known]
    if new and len(there) + len(new) > MOST:
        raise CustomerError(f"a customer has at most {MOST} tags")
    return (_with(kept[0], [*kept[0].tags, *new]), *kept[1:])


def _with(profile: Profile, tags: Iterable[str]) -> Profile:
    return msgspec.structs.replace(profile, tags=tuple(tags))
