"""Writes values as YAML that reads back as the same values."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable
from typing import Any, Final

import yaml

from kefu.project.yaml_scalars import scalar

__all__ = ["render", "render_examples", "render_scalar"]

_WIDTH: Final = 10_000
"""Long texts are not folded: people search for them."""


class _Dumper(yaml.SafeDumper):
    """Puts texts in quotes that YAML 1.2 would take for something else."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 - PyYAML's signature
        """Write values out that occur twice."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.Node:
    style = None
    if "\n" in value and not any(line != line.rstrip() for line in value.split("\n")):
        style = "|"
    elif value and scalar(value) != value:
        style = '"'
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style=style)


_Dumper.add_representer(str, _text)


def render(value: Any, indent: int = 0) -> list[str]:
    """Return the lines of a mapping or list in block style, ``indent`` columns in."""
    text = yaml.dump(
        value,
        Dumper=_Dumper,
        allow_unicode=True,
        sort_keys=False,
        default_flow_style=False,
        width=_WIDTH,
    )
    return textwrap.indent(text, " " * indent).rstrip("\n").split("\n")


def render_scalar(value: Any) -> str:
    """Return a single value as it stands behind a key."""
    return render({"key": value})[0].partition(": ")[2]


def render_examples(
    kind: str, name: str, lines: Iterable[str], comments: Iterable[str] = ()
) -> list[str]:
    """Return an item of ``nlu`` with its block of examples."""
    written = [f"# {comment}".rstrip() for comment in comments]
    written.append(f"- {kind}: {render_scalar(name)}")
    examples = [f"    - {line}".rstrip() for line in lines]
    if examples:
        written += ["  examples: |", *examples]
    return written
