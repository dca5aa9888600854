"""Models, or pipelines, side by side, and whether chance explains the difference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import click

from kefu.cli.output import counted, is_terminal, print_table, say, width
from kefu.errors import ProjectError
from kefu.evaluation.significance import F1Difference, PairedOutcome, f1_difference, mcnemar
from kefu.evaluation.stories import StoryResult
from kefu.evaluation.understanding import LabelResult, UnderstandingResults

__all__ = ["compare_stories", "compare_understanding", "distinct_names", "overview"]

SHOWN = 10
LONGEST_NAME = 10
"""Longer names of models do not head columns: letters stand for them."""
LETTERS = ("A", "B")


def distinct_names(models: Sequence[Path]) -> list[str]:
    """Return what models are called, in folders and tables; two never the same."""
    found = [path.name.removesuffix(".tar.gz") for path in models]
    return found if len(set(found)) == len(found) else [f"{n}-{i}" for i, n in enumerate(found, 1)]


def compare_stories(
    names: Sequence[str], first: Sequence[StoryResult], second: Sequence[StoryResult]
) -> None:
    """Print how two models did on the same stories, and which of them differ.

    Raises:
        ProjectError: The two domains make different conversations of the stories.
    """
    shapes = [
        [(one.name, [(step.kind, step.expected) for step in one.steps]) for one in results]
        for results in (first, second)
    ]
    if shapes[0] != shapes[1]:
        raise ProjectError(
            "the two models cannot be compared: their domains make different conversations of the"
            " same stories"
        )
    stories = mcnemar([one.is_right for one in first], [one.is_right for one in second])
    steps = [[step for one in results for step in one.steps] for results in (first, second)]
    rows = [_row("stories", stories)]
    for name, kind in (("actions", "action"), ("intents", "user")):
        rights = [
            [s.expected == s.predicted for s in found if s.kind == kind and s.expected]
            for found in steps
        ]
        if rights[0]:
            rows.append(_row(name, mcnemar(rights[0], rights[1])))
    _print(names, rows)
    pairs = list(zip(first, second, strict=True))
    _list(f"Only {names[0]} passes", [a for a, b in pairs if a.is_right and not b.is_right])
    _list(f"Only {names[1]} passes", [b for a, b in pairs if b.is_right and not a.is_right])
    _conclude(names, stories, ("story", "stories"))


def compare_understanding(
    names: Sequence[str], first: UnderstandingResults, second: UnderstandingResults
) -> None:
    """Print how two models, or pipelines, understood the same examples.

    Raises:
        ProjectError: They were not tried on the same examples.
    """
    rows: list[tuple[str, ...]] = []
    last: tuple[PairedOutcome, tuple[str, str]] | None = None
    for noun, a, b in (
        ("intents", first.intents, second.intents),
        ("answers", first.responses, second.responses),
        ("sentiments", first.sentiments, second.sentiments),
    ):
        if not a and not b:
            continue
        if [(one.text, one.target) for one in a] != [(one.text, one.target) for one in b]:
            raise ProjectError(f"the two cannot be compared: their {noun} are of other examples")
        outcome = mcnemar([one.is_right for one in a], [one.is_right for one in b])
        rows += [_row(noun, outcome), _f1_row(noun, _f1(a, b))]
        last = last or (outcome, ("example", "examples"))
    if last is None:
        return
    _print(names, rows)
    _conclude(names, *last)


def overview(names: Sequence[str], outcomes: Sequence[Mapping[str, Sequence[bool]]]) -> None:
    """Print how all of several models did, the best first.

    Args:
        names: Of the models.
        outcomes: Of each by kind what was right; the first kind decides who is best.
    """
    kinds = list(dict.fromkeys(kind for one in outcomes for kind in one))
    shares = [
        (name, [sum(found[kind]) / len(found[kind]) if found.get(kind) else 0.0 for kind in kinds])
        for name, found in zip(names, outcomes, strict=True)
    ]
    shares.sort(key=lambda one: one[1], reverse=True)
    rows = [(name, *(f"{share:.1%}" for share in found)) for name, found in shares]
    say()
    print_table(("", *kinds), rows, title="All of them, the best first")


def _f1(first: Sequence[LabelResult], second: Sequence[LabelResult]) -> F1Difference:
    return f1_difference(
        [one.target for one in first],
        [one.prediction for one in first],
        [one.prediction for one in second],
    )


def _row(name: str, outcome: PairedOutcome) -> tuple[str, ...]:
    difference = outcome.second - outcome.first
    return (
        name,
        f"{outcome.first:.1%}",
        f"{outcome.second:.1%}",
        f"{difference:+.1%}",
        f"{outcome.only_first:,}",
        f"{outcome.only_second:,}",
        _probability(outcome.p_value, is_significant=outcome.is_significant),
    )


def _f1_row(noun: str, found: F1Difference) -> tuple[str, ...]:
    return (
        f"{noun}, F1 macro",
        f"{found.first:.3f}",
        f"{found.second:.3f}",
        f"{found.second - found.first:+.3f}",
        "",
        "",
        _marked(
            f"95 %: {found.low:+.3f} to {found.high:+.3f}", is_significant=found.is_significant
        ),
    )


def _probability(value: float, *, is_significant: bool) -> str:
    return _marked(f"p = {value:.3f}" if value >= 0.001 else "p < 0.001",
                   is_significant=is_significant)  # fmt: skip


def _marked(text: str, *, is_significant: bool) -> str:
    if not is_significant:
        return text
    return click.style(f"{text} *", bold=True) if is_terminal() else f"{text} *"


def _print(names: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    say()
    if max(map(width, names)) > LONGEST_NAME:
        for letter, name in zip(LETTERS, names, strict=True):
            say(f"{letter}: {name}")
        names = LETTERS
    only = (f"only {name}" for name in names)
    columns = ("", *names, "difference", *only, "significance")
    print_table(columns, rows, title="Side by side")
    say("* significant: McNemar's exact test below 0.05; for F1, a bootstrap interval without 0.")


def _list(title: str, results: Sequence[StoryResult]) -> None:
    if not results:
        return
    say(f"{title} ({counted(len(results), 'story', 'stories')}):")
    for result in results[:SHOWN]:
        say(f"  {result.name} ({result.file})" if result.file else f"  {result.name}")
    if len(results) > SHOWN:
        say(f"  ... and {len(results) - SHOWN} more")


def _conclude(names: Sequence[str], outcome: PairedOutcome, noun: tuple[str, str]) -> None:
    these = f"{'this' if outcome.total == 1 else 'these'} {counted(outcome.total, *noun)}"
    if not outcome.is_significant:
        say(f"On {these} the two do not differ more than by chance.")
        return
    better = names[1] if outcome.second > outcome.first else names[0]
    say(f"{better} is better on {these}, more than chance explains.")
