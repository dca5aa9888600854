"""Other colours, sizes and numbers: which one of a product's a customer means."""

from __future__ import annotations

import re
from collections.abc import Sequence

__all__ = ["meant_specs", "quantity_in"]

WISH = re.compile(r"换成|改成|改为|换为|调成|应该是|要的是|想要|(?<!不)要|to ")
QUANTITY = re.compile(r"(\d{1,2}|[一二两三四五六七八九十])\s*[件个双条套台盒份]")
DIGITS = "一二三四五六七八九十"


def meant_specs(text: str, specs: Sequence[str], current: str) -> list[str]:
    """Return those of ``specs`` (``灰色/L码``) that ``text`` asks for instead of ``current``.

    What the text leaves open stays as it is: ``换成灰色`` keeps the size if there is one.
    """
    wish = WISH.split(text)[-1]
    names = {part for spec in specs for part in spec.split("/")}
    wanted = {name for name in names if _is_named(name, wish)}
    wanted -= {name for name in wanted if any(name != other and name in other for other in wanted)}
    if not wanted:
        return []
    found = [spec for spec in specs if wanted <= set(spec.split("/")) and spec != current]
    kept = set(current.split("/")) - wanted
    closest = [spec for spec in found if set(spec.split("/")) - wanted <= kept]
    return closest or found


def quantity_in(text: str) -> int | None:
    """Return how many pieces ``text`` asks for."""
    found = QUANTITY.search(WISH.split(text)[-1])
    if not found:
        return None
    said = found[1]
    return int(said) if said.isdigit() else 2 if said == "两" else DIGITS.index(said) + 1


def _is_named(name: str, text: str) -> bool:
    """Whether ``text`` names a colour or size; ``L`` is not in ``XL``, 黑 stands for 黑色."""
    bare = re.sub(r"[色码寸型]$", "", name)
    if bare.isascii():
        pattern = rf"(?<![A-Za-z0-9]){re.escape(bare)}(?![A-Za-z0-9])"
        return re.search(pattern, text, re.IGNORECASE) is not None
    return name in text or bare in text
