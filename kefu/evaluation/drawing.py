"""Confusion matrices as SVG: any browser shows them, and no plotting library is needed."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

__all__ = ["draw_confusions"]

CELL = 26
MARGIN = 190
FONT = "font-family='system-ui, sans-serif' font-size='11'"


def draw_confusions(
    path: Path, title: str, targets: Sequence[str], predictions: Sequence[str]
) -> None:
    """Draw how often each label (rows) was predicted as each other (columns)."""
    counts = Counter(zip(targets, predictions, strict=True))
    labels = sorted(set(targets) | set(predictions))
    size = MARGIN + CELL * len(labels) + 20
    most = max(counts.values(), default=1)
    parts = [
        f"<svg xmlns='http://www.w3.org/2000/svg' width='{size}' height='{size}' {FONT}>",
        "<rect width='100%' height='100%' fill='white'/>",
        f"<text x='12' y='22' font-size='14' font-weight='bold'>{escape(title)}</text>",
        "<text x='12' y='40' fill='#666'>rows: right answer · columns: given answer</text>",
    ]
    for index, label in enumerate(labels):
        middle = MARGIN + CELL * index + CELL // 2 + 4
        name = escape(label or "(none)")
        parts.append(f"<text x='{MARGIN - 8}' y='{middle}' text-anchor='end'>{name}</text>")
        parts.append(
            f"<text transform='translate({middle},{MARGIN - 8}) rotate(-60)'>{name}</text>"
        )
    position = {label: index for index, label in enumerate(labels)}
    for (target, prediction), count in sorted(counts.items()):
        parts.append(_cell(position[target], position[prediction], count, most))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*parts, "</svg>\n"]), encoding="utf-8")


def _cell(row: int, column: int, count: int, most: int) -> str:
    x, y = MARGIN + CELL * column, MARGIN + CELL * row
    colour = "37,99,235" if row == column else "220,38,38"
    strength = 0.25 + 0.75 * count / most
    text = "white" if strength > 0.55 else "black"
    return (
        f"<rect x='{x}' y='{y}' width='{CELL}' height='{CELL}'"
        f" fill='rgba({colour},{strength:.2f})'/>"
        f"<text x='{x + CELL // 2}' y='{y + CELL // 2 + 4}' text-anchor='middle' fill='{text}'>"
        f"{count}</text>"
    )
