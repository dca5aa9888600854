"""What the messages of a log say, and which of them are alike; new ones are put beside the old."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from typing import Final

from kefu.evaluation.inbox.gathering import Hit
from kefu.evaluation.inbox.grouping import Grouping, Likeness, Nearness
from kefu.evaluation.inbox.groups import NO_INTENTS, Group, Variant, group_of
from kefu.evaluation.inbox.proposing import Proposal, key_of, propose
from kefu.evaluation.inbox.selecting import Wanted

__all__ = ["MessageIndex"]

_LEAST_LETTERS: Final = 2
_GROWTH: Final = 2
_FEW: Final = 200
"""So many times as many texts as at first, and so many more, are grouped anew: then others may come
most often, and lead."""


class MessageIndex:
    """Knows messages by what they say.

    Args:
        declared: Entities of the project.
        examples: Keys of the project's examples.
    """

    def __init__(self, declared: Collection[str], examples: Collection[str]) -> None:
        self.declared = declared
        self._examples = examples
        self._said: dict[str, tuple[str, Proposal]] = {}
        """Text as a customer wrote it -> key, and what it becomes."""
        self._groups: dict[str, int] = {}
        self._grouping = Grouping(Likeness(()))
        self._nearness: Nearness | None = None
        self._at_first = 0

    def take(self, hits: Sequence[Hit]) -> None:
        """Take in messages; those that were taken in before cost next to nothing."""
        for hit in hits:
            if hit.text not in self._said:
                self._said[hit.text] = self._read(hit)
        fresh: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for hit in hits:
            key = self._said[hit.text][0]
            if key and key not in self._groups:
                fresh[key][hit.intent] += 1
        if not fresh:
            return
        if len(self._groups) + len(fresh) > _GROWTH * self._at_first + _FEW:
            fresh = self._begin_anew(hits)
        order = sorted(fresh, key=lambda key: (-fresh[key].total(), len(key), key))
        for key in order:
            self._groups[key] = self._grouping.add(key, _kind(fresh[key]))

    def _read(self, hit: Hit) -> tuple[str, Proposal]:
        proposal = propose(hit.text, hit.entities, self.declared)
        key = key_of(proposal.text)
        letters = sum(not character.isdigit() for character in key)
        return key if letters >= _LEAST_LETTERS else "", proposal

    def _begin_anew(self, hits: Sequence[Hit]) -> defaultdict[str, Counter[str]]:
        """Forget the groups, and what is said no more; return what is to be grouped."""
        self._said = {hit.text: self._said[hit.text] for hit in hits}
        every: defaultdict[str, Counter[str]] = defaultdict(Counter)
        for hit in hits:
            if key := self._said[hit.text][0]:
                every[key][hit.intent] += 1
        likeness = Likeness((*self._examples, *every))
        self._groups, self._grouping = {}, Grouping(likeness)
        self._nearness = Nearness(likeness)
        self._nearness.know(self._examples)
        self._at_first = len(every)
        return every

    def know(self, examples: Collection[str]) -> None:
        """Take these as the keys of the project's examples."""
        if examples is self._examples:
            return
        self._examples = examples
        if self._nearness is not None:
            self._nearness.know(examples)

    def nearest(self, key: str) -> float:
        """Return the cosine of a text to the nearest example; 0: to none."""
        return 0.0 if self._nearness is None else self._nearness.nearest(key)

    def groups(
        self, hits: Sequence[Hit], wanted: Wanted, below: float, settled: Collection[str]
    ) -> tuple[list[Group], int]:
        """Return groups of wanted messages, and how many messages are settled.

        Args:
            hits: Messages that were taken in.
            wanted: Which of them.
            below: Of a lower confidence than this the bot was unsure.
            settled: Keys of what was decided on, or is an example by now.
        """
        variants: dict[str, Variant] = {}
        count = 0
        for hit in hits:
            why = wanted.why(hit, below)
            if not why:
                continue
            key, proposal = self._said[hit.text]
            if not key or key in settled:
                count += 1
                continue
            variant = variants.get(key)
            if variant is None:
                variant = variants[key] = Variant(key, hit.text, proposal)
            variant.add(hit, why)
        together: defaultdict[int, list[Variant]] = defaultdict(list)
        for key, variant in variants.items():
            together[self._groups[key]].append(variant)
        groups = [group_of(one) for one in together.values()]
        return wanted.ordered([group for group in groups if wanted.has_text(group)]), count


def _kind(understood: Counter[str]) -> str:
    """Return what messages were understood as; empty: as nothing."""
    intent = understood.most_common(1)[0][0]
    return "" if intent in NO_INTENTS else intent
