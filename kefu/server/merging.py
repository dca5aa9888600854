"""Figures of several processes in one text, each with the number of its process."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["merged"]


def merged(texts: Mapping[int, str]) -> str:
    """Return the figures of ``texts`` with a label ``worker``; families stay together."""
    families: dict[str, tuple[list[str], list[str]]] = {}
    for number, text in sorted(texts.items()):
        about: list[str] = []
        samples: list[str] = []
        for line in text.splitlines():
            if line.startswith("# HELP "):
                name = line.split(" ", 3)[2]
                about, samples = families.setdefault(name, ([], []))
            if not line.startswith("#"):
                samples.append(_labelled(line, number))
            elif line not in about:
                about.append(line)
    return "".join(f"{line}\n" for about, samples in families.values() for line in about + samples)


def _labelled(sample: str, number: int) -> str:
    label = f'worker="{number}"'
    name, brace, rest = sample.partition("{")
    if brace and " " not in name:
        return f"{name}{{{label},{rest}"
    name, _, value = sample.partition(" ")
    return f"{name}{{{label}}} {value}"
