"""The trainer's inbox: reads a log, asks a model, writes into a project's files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Final, Protocol

import msgspec

from kefu.core.messages import ParseData
from kefu.errors import DeskError, ProjectError
from kefu.evaluation.inbox.decisions import Decided, Decision, Decisions, decided_already
from kefu.evaluation.inbox.gathering import Hit, hits_of
from kefu.evaluation.inbox.grouping import Likeness
from kefu.evaluation.inbox.groups import (
    NO_INTENTS,
    Group,
    Variant,
    groups_of,
    is_far,
    ranking_of,
    variants_of,
)
from kefu.evaluation.inbox.proposing import key_of, propose
from kefu.evaluation.inbox.reversing import reversals_of, take_back
from kefu.evaluation.inbox.writing import Placed, remove_examples, write_examples
from kefu.evaluation.replay.ports import Archive
from kefu.evaluation.replay.recording import Entry, read_conversation
from kefu.evaluation.replay.replaying import Choice
from kefu.project.editing import ProjectEditor
from kefu.project.load import load_project

__all__ = ["Accepted", "InboxOrder", "InboxView", "TrainingInbox", "Understanding"]

_MESSAGE: Final = "message"
"""Kind of an entry that only tells what arrived; the event of it is another one."""
_PAGE: Final = 1_000
_SUGGESTED: Final = 5
_ASKED: Final = 3
"""The model is asked about so many variants of a group."""
_SHOWN: Final = 8
"""So many are proposed with the entities that the model finds now."""
_BY_PEOPLE: Final = frozenset({"edited", "discarded", "taken_over", "unhelpful"})
"""What people put right is shown, however sure the model is by now."""


class Understanding(Protocol):
    """Understands texts."""

    async def parse(self, text: str) -> ParseData:
        """Return what a text means."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxOrder:
    """What is looked for."""

    choice: Choice = field(default_factory=Choice)
    below: float | None = None
    """Of a lower confidence than this the bot was unsure; None: what the model's policies say."""
    most: int = 20
    """So many groups are returned."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxView:
    """What there is to do."""

    groups: tuple[Group, ...]
    messages: int
    """That a trainer should look at and nobody has."""
    more: int
    """Groups that are not among those returned."""
    settled: int
    """Messages that were decided on, are examples by now, or say nothing but a number."""
    understood: int
    """Messages of which the model is sure by now."""
    conversations: int
    below: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a group."""

    group_id: str
    intent: str
    placed: tuple[Placed, ...]
    is_new: bool
    """The intent is new: no rule or story says yet what to do on it."""


class TrainingInbox:
    """Lists groups of messages, and does what trainers decide on them.

    Args:
        root: The project's folder.
        archive: Opens the log.
        decisions: What was decided.
        model: Gives the model that answers now, and from which confidence on it does.
    """

    def __init__(
        self,
        root: Path,
        archive: Callable[[], AbstractAsyncContextManager[Archive]],
        decisions: Decisions,
        model: Callable[[], tuple[Understanding, float]],
    ) -> None:
        self._root = root
        self._archive = archive
        self._decisions = decisions
        self._model = model
        self._groups: dict[str, Group] = {}
        self._declared: frozenset[str] = frozenset()

    async def look(self, order: InboxOrder) -> InboxView:
        """Return the groups that nobody has decided on, those with most messages first.

        Raises:
            ProjectError: The project's files cannot be read.
            StorageError: The log cannot be read.
        """
        _, limit = self._model()
        below = limit if order.below is None else order.below
        hits, conversations = await self._hits(order.choice, below)
        decided = await self._decisions.all()
        texts, declared = await asyncio.to_thread(self._examples)
        examples = {key_of(text): None for text in texts}
        variants, likeness, groups = await asyncio.to_thread(
            _sorted_out, hits, declared, [*decided, *examples], list(examples)
        )
        view = InboxView(
            groups=(),
            messages=sum(variant.count for variant in variants),
            more=0,
            settled=len(hits) - sum(variant.count for variant in variants),
            understood=0,
            conversations=conversations,
            below=below,
        )
        known = [key for key in examples if key]
        return await self._suggested(view, groups, (likeness, known, declared), order.most)

    async def _suggested(
        self,
        view: InboxView,
        groups: Sequence[Group],
        known: tuple[Likeness, Sequence[str], frozenset[str]],
        most: int,
    ) -> InboxView:
        """Ask the model about groups until there are enough that it is not sure of."""
        likeness, examples, declared = known
        understanding, _ = self._model()
        found: list[Group] = []
        understood = place = 0
        while place < len(groups) and len(found) < most:
            group = groups[place]
            place += 1
            parsed = [await understanding.parse(one.raw) for one in group.variants[:_ASKED]]
            if _is_understood(group, parsed[0], view.below):
                understood += group.count
                continue
            suggestions = ranking_of(parsed, _SUGGESTED)
            ready = await _proposed(group, understanding, declared)
            found.append(replace(ready, suggestions=suggestions))
        nearest = await asyncio.to_thread(
            likeness.nearest, [group.variants[0].key for group in found], examples
        )
        shown = tuple(
            replace(group, is_new=is_far(cosine, group.suggestions))
            for group, cosine in zip(found, nearest, strict=True)
        )
        every = (*groups, *shown)  # those that are ready take the place of what they were
        self._groups = {group.group_id: group for group in every}
        self._declared = declared
        left = view.messages - understood
        return replace(
            view, groups=shown, more=len(groups) - place, understood=understood, messages=left
        )

    async def _hits(self, choice: Choice, below: float) -> tuple[list[Hit], int]:
        hits: list[Hit] = []
        after, count = "", 0
        async with self._archive() as archive:
            while page := await archive.listed(after=after, since=choice.since or 0.0, limit=_PAGE):
                after = page[-1]
                for name in page:
                    entries = await _entries(archive, name)
                    hits += hits_of(read_conversation(name, entries), choice, below)
                    await asyncio.sleep(0)  # others have their turn
                count += len(page)
        return hits, count

    def _examples(self) -> tuple[list[str], frozenset[str]]:
        """Return the texts of the examples, and the entities of the project."""
        project = load_project(self._root, parts=("domain", "nlu")).project
        if project is None:
            raise ProjectError(
                "the project's files cannot be read as they are: 'kefu data validate' lists what is"
                " wrong"
            )
        texts = [example.text for example in project.nlu.examples]
        return texts, frozenset(project.domain.entities)

    async def group(self, group_id: str) -> Group:
        """Return a group of those that were looked at last; the beginning of its id is enough.

        Raises:
            DeskError: There is none (404), or it was decided on (409).
        """
        found = [
            one for name, one in self._groups.items() if group_id and name.startswith(group_id)
        ]
        if len(found) == 1:
            return await _proposed(found[0], self._model()[0], self._declared)
        if decided := await self._decisions.of(group_id):
            raise decided_already(decided[0])
        raise DeskError(
            "not-found",
            f"there is no group {group_id!r} to decide on: somebody has, or it is not of these"
            " messages; load the inbox again",
            status=404,
        )

    def intents(self) -> list[str]:
        """Return the intents that an example can be of."""
        return [name for name in self._editor().intents() if name not in NO_INTENTS]

    async def accept(
        self, group: Group, intent: str, *, by: str, is_new: bool = False,
        sources: Sequence[str] = (),
    ) -> Accepted:  # fmt: skip
        """Write examples of an intent, and settle all messages of the group with it.

        Args:
            group: The messages.
            intent: With the part behind the slash of a retrieval intent.
            by: Name of the trainer.
            is_new: The intent may be one that the project does not have yet.
            sources: The examples; the one of the leading variant where there are none.

        Raises:
            DeskError: Somebody else has decided on it meanwhile (409).
            EditRefused: The files do not take it; nothing was changed.
        """
        sources = list(dict.fromkeys(sources)) or [group.variants[0].proposal.source]
        was_known = intent in await asyncio.to_thread(self.intents)
        decided = [
            Decided(
                key=variant.key,
                decision="accepted",
                group=group.group_id,
                place=place,
                by=by,
                text=variant.proposal.text,
                intent=intent,
                source=sources[place] if place < len(sources) else "",
            )
            for place, variant in enumerate(group.variants)
        ]
        decided = await self._decisions.take(decided)
        write = partial(write_examples, self._editor, intent, sources, is_new=is_new)
        is_written = False
        try:
            placed, changes = await asyncio.to_thread(write)
            is_written = True
        finally:
            if not is_written:
                await self._decisions.take_back(group.group_id)
        reversals = reversals_of(changes, self._root)
        await self._decisions.note(
            msgspec.structs.replace(
                one,
                source=found.source,
                file=found.file,
                line=found.line,
                undo=() if one.place else reversals,
            )
            for one, found in zip(decided, placed, strict=False)
        )
        self._groups.pop(group.group_id, None)
        return Accepted(
            group_id=group.group_id, intent=intent, placed=tuple(placed), is_new=not was_known
        )

    async def set_aside(self, group: Group, decision: Decision, *, by: str) -> None:
        """Dismiss a group, or put it off.

        Raises:
            DeskError: Somebody else has decided on it meanwhile (409).
        """
        await self._decisions.take(
            [
                Decided(
                    key=variant.key,
                    decision=decision,
                    group=group.group_id,
                    place=place,
                    by=by,
                    text=variant.proposal.text,
                )
                for place, variant in enumerate(group.variants)
            ]
        )
        self._groups.pop(group.group_id, None)

    async def last(self) -> str:
        """Return the group that was decided on last; empty: none was."""
        return await self._decisions.last()

    async def undo(self, group_id: str) -> list[Decided]:
        """Take back what was decided on a group, and what was written; return what that was.

        Raises:
            DeskError: There is nothing to take back (404), or somebody else did it (409).
            EditRefused: The files do not let it be undone; it stays decided.
        """
        decided = await self._decisions.take_back(group_id)
        is_undone = False
        try:
            await asyncio.to_thread(self._unwritten, decided)
            is_undone = True
        finally:
            if not is_undone:
                await self._decisions.take(decided)
        return decided

    def _unwritten(self, decided: Sequence[Decided]) -> None:
        if take_back([reversal for one in decided for reversal in one.undo], self._root):
            return
        # There is more in the files by now: only the examples go.
        written = [one for one in decided if one.source and one.decision == "accepted"]
        if written:
            sources = [one.source for one in written]
            remove_examples(self._editor, written[0].intent, sources)

    def _editor(self) -> ProjectEditor:
        return ProjectEditor(self._root)


async def _entries(archive: Archive, name: str) -> list[Entry]:
    entries: list[Entry] = []
    while True:
        page = await archive.entries(name, after=entries[-1].seq if entries else 0, limit=_PAGE)
        entries += page
        if len(page) < _PAGE:
            return [entry for entry in entries if entry.kind != _MESSAGE]


def _sorted_out(
    hits: Sequence[Hit], declared: frozenset[str], settled: Sequence[str], examples: Sequence[str]
) -> tuple[list[Variant], Likeness, list[Group]]:
    variants = variants_of(hits, declared, set(settled))
    likeness = Likeness([*examples, *(variant.key for variant in variants)])
    return variants, likeness, groups_of(variants, likeness)


def _is_understood(group: Group, parsed: ParseData, below: float) -> bool:
    """Whether the model is sure by now, and nobody has said that it is wrong."""
    if any(why in _BY_PEOPLE for variant in group.variants for why in variant.why):
        return False
    intent = parsed.get("intent") or {}
    is_sure = float(intent.get("confidence") or 0.0) >= below
    return is_sure and (intent.get("name") or "") not in NO_INTENTS


async def _proposed(group: Group, understanding: Understanding, declared: frozenset[str]) -> Group:
    """Return a group whose first variants have the entities that the model finds now."""
    variants = []
    for variant in group.variants[:_SHOWN]:
        parsed = await understanding.parse(variant.raw)
        proposal = propose(variant.raw, parsed.get("entities") or (), declared)
        variants.append(replace(variant, proposal=proposal))
    return replace(group, variants=(*variants, *group.variants[_SHOWN:]))
