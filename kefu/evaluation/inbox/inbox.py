"""The trainer's inbox: reads a log, asks a model, writes into a project's files."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final

import msgspec

from kefu.core.messages import ParseData
from kefu.desk.library.records import By
from kefu.errors import DeskError
from kefu.evaluation.inbox.asking import Answers, Understanding
from kefu.evaluation.inbox.decisions import Decided, Decision, Decisions, decided_already
from kefu.evaluation.inbox.examples import ProjectExamples, ProjectFiles
from kefu.evaluation.inbox.groups import NO_INTENTS, Group, group_of, id_of, is_far, ranking_of
from kefu.evaluation.inbox.index import MessageIndex
from kefu.evaluation.inbox.ports import MessageLog
from kefu.evaluation.inbox.proposing import propose
from kefu.evaluation.inbox.reading import LogReader
from kefu.evaluation.inbox.reversing import reversals_of, take_back
from kefu.evaluation.inbox.selecting import Wanted
from kefu.evaluation.inbox.terms import Why
from kefu.evaluation.inbox.writing import Placed, remove_examples, write_examples
from kefu.project.editing import ProjectEditor

__all__ = ["Accepted", "InboxOrder", "InboxView", "TrainingInbox", "Understanding"]

_SUGGESTED: Final = 5
_ASKED: Final = 3
"""The model is asked about so many variants of a group."""
_SHOWN: Final = 8
"""So many are proposed with the entities that the model finds now."""
_BY_PEOPLE: Final[frozenset[Why]] = frozenset({"edited", "discarded", "taken_over", "unhelpful"})
"""What people put right is shown, however sure the model is by now."""


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxOrder:
    """What is looked for."""

    wanted: Wanted = field(default_factory=Wanted)
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
    """In the log when it was read for the first time."""
    below: float
    channels: tuple[str, ...]
    """Of all messages, however they are filtered."""
    intents: tuple[str, ...]
    """That an example can be of."""
    is_writable: bool
    """Examples can be written into the project's files."""
    is_cut: bool
    """There were more messages than can be kept: the oldest are missing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """What became of a group."""

    group_id: str
    intent: str
    placed: tuple[Placed, ...]
    is_new: bool
    """The intent is new: no rule or story says yet what to do on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """Groups that nobody has decided on, and what they are of."""

    groups: list[Group]
    settled: int
    decided: dict[str, Decided]
    known: ProjectExamples
    index: MessageIndex
    channels: tuple[str, ...]
    below: float


class TrainingInbox:
    """Lists groups of messages, and does what trainers decide on them.

    Nothing that is decided is kept here, so that there may be several in several processes.

    Args:
        root: The project's folder.
        log: Opens the log.
        decisions: What was decided.
        model: Gives the model that answers now, and from which confidence on it does.
    """

    def __init__(
        self,
        root: Path,
        log: Callable[[], AbstractAsyncContextManager[MessageLog]],
        decisions: Decisions,
        model: Callable[[], tuple[Understanding, float]],
    ) -> None:
        self._root = root
        self._reader = LogReader(log)
        self._decisions = decisions
        self._answers = Answers(model)
        self._files = ProjectFiles(root)
        self._index: MessageIndex | None = None
        self._lock = Lock()

    async def look(self, order: InboxOrder) -> InboxView:
        """Return the groups that nobody has decided on, in their order.

        Raises:
            ProjectError: The project's files cannot be read.
            StorageError: The log cannot be read.
        """
        found = await self._found(order)
        ready: list[Group] = []
        left = sum(group.count for group in found.groups)
        understood = place = 0
        while place < len(found.groups) and len(ready) < order.most:
            group = found.groups[place]
            place += 1
            parsed = [await self._answers.of(group.variants[0].raw)]
            if _is_understood(group, parsed[0], found.below):
                understood += group.count
            elif not order.wanted.is_suggested(ranking_of(parsed, _SUGGESTED)):
                left -= group.count
            else:
                parsed += [await self._answers.of(one.raw) for one in group.variants[1:_ASKED]]
                group = await self._proposed(group, found.known.entities)
                ready.append(replace(group, suggestions=ranking_of(parsed, _SUGGESTED)))
        shown = await asyncio.to_thread(self._compared, found, ready)
        return InboxView(
            groups=shown,
            messages=left - understood,
            more=len(found.groups) - place,
            settled=found.settled,
            understood=understood,
            conversations=self._reader.conversations,
            below=found.below,
            channels=found.channels,
            intents=found.known.intents,
            is_writable=found.known.is_writable,
            is_cut=self._reader.is_cut,
        )

    async def _found(self, order: InboxOrder) -> _Found:
        self._answers.begin()
        below = self._answers.limit if order.below is None else order.below
        await self._reader.renew(since=order.wanted.since or 0.0, below=below)
        decided = await self._decisions.all()
        return await asyncio.to_thread(self._sorted_out, order.wanted, below, decided)

    def _sorted_out(self, wanted: Wanted, below: float, decided: dict[str, Decided]) -> _Found:
        known = self._files.examples()
        hits = self._reader.hits
        with self._lock:
            index = self._index
            if index is None or index.declared != known.entities:
                index = self._index = MessageIndex(known.entities, known.keys)
            index.know(known.keys)
            index.take(hits)
            groups, settled = index.groups(hits, wanted, below, {*decided, *known.keys})
        return _Found(
            groups=groups,
            settled=settled,
            decided=decided,
            known=known,
            index=index,
            channels=tuple(sorted({hit.channel for hit in hits})),
            below=below,
        )

    def _compared(self, found: _Found, groups: Sequence[Group]) -> tuple[Group, ...]:
        with self._lock:
            nearest = [found.index.nearest(group.variants[0].key) for group in groups]
        return tuple(
            replace(group, is_new=is_far(cosine, group.suggestions))
            for group, cosine in zip(groups, nearest, strict=True)
        )

    async def group(self, group_id: str, order: InboxOrder, texts: Collection[str] = ()) -> Group:
        """Return a group; the beginning of its id is enough.

        Args:
            group_id: Its id.
            order: With which it was found.
            texts: Ids of the texts that it had; those that are alike by now stay out of it. Empty:
                it is taken as it is now.

        Raises:
            DeskError: There is none (404), or it was decided on (409).
        """
        found = await self._found(order)
        if texts:
            for key, before in found.decided.items():
                if id_of(key) in texts:
                    raise decided_already(before)
        group = _group_among(found.groups, group_id, texts)
        if group is not None:
            return await self._proposed(group, found.known.entities)
        if decided := await self._decisions.of(group_id):
            raise decided_already(decided[0])
        raise DeskError(
            "not-found",
            f"there is no group {group_id!r} to decide on: somebody has, or it is not of these"
            " messages; load the inbox again",
            status=404,
        )

    async def _proposed(self, group: Group, declared: frozenset[str]) -> Group:
        """Return a group whose first variants have the entities that the model finds now."""
        variants = []
        for variant in group.variants[:_SHOWN]:
            parsed = await self._answers.of(variant.raw)
            proposal = propose(variant.raw, parsed.get("entities") or (), declared)
            variants.append(replace(variant, proposal=proposal))
        return replace(group, variants=(*variants, *group.variants[_SHOWN:]))

    def intents(self) -> list[str]:
        """Return the intents that an example can be of."""
        return list(self._files.examples().intents)

    async def accept(
        self, group: Group, intent: str, *, by: By, is_new: bool = False,
        sources: Sequence[str] = (),
    ) -> Accepted:  # fmt: skip
        """Write examples of an intent, and settle all messages of the group with it.

        Args:
            group: The messages.
            intent: With the part behind the slash of a retrieval intent.
            by: The trainer.
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
                by=by.name,
                text=variant.proposal.text,
                intent=intent,
                source=sources[place] if place < len(sources) else "",
                is_pending=True,
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
        done = [msgspec.structs.replace(one, is_pending=False) for one in decided]
        for place, found in enumerate(placed[: len(done)]):
            done[place] = msgspec.structs.replace(
                done[place],
                source=found.source,
                file=found.file,
                line=found.line,
                undo=() if place else reversals,
            )
        data = {
            "intent": intent,
            "new_intent": not was_known,
            "messages": group.count,
            "files": [f"{one.file}:{one.line}" for one in placed],
        }
        act = self._decisions.act(by, "accepted", group.group_id, data)
        await self._decisions.note(done, act)
        return Accepted(
            group_id=group.group_id, intent=intent, placed=tuple(placed), is_new=not was_known
        )

    async def set_aside(self, group: Group, decision: Decision, *, by: By) -> None:
        """Dismiss a group, or put it off.

        Raises:
            DeskError: Somebody else has decided on it meanwhile (409).
        """
        decided = [
            Decided(
                key=variant.key,
                decision=decision,
                group=group.group_id,
                place=place,
                by=by.name,
                text=variant.proposal.text,
            )
            for place, variant in enumerate(group.variants)
        ]
        what = "put_off" if decision == "later" else decision
        act = self._decisions.act(by, what, group.group_id, {"messages": group.count})
        await self._decisions.take(decided, act)

    async def last(self) -> str:
        """Return the group that was decided on last; empty: none was."""
        return await self._decisions.last()

    async def undo(self, group_id: str, *, by: By) -> list[Decided]:
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
        written = [one for one in decided if one.file]
        data = {
            "decision": decided[0].decision,
            "intent": decided[0].intent,
            "files": sorted({one.file for one in written}),
        }
        await self._decisions.write_down(self._decisions.act(by, "undone", group_id, data))
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


def _group_among(groups: Sequence[Group], group_id: str, texts: Collection[str]) -> Group | None:
    if not texts:
        named = [one for one in groups if group_id and one.group_id.startswith(group_id)]
        return named[0] if len(named) == 1 else None
    variants = [one for group in groups for one in group.variants if id_of(one.key) in texts]
    if not variants:
        return None
    group = group_of(variants)
    is_named = any(id_of(one.key)[:8] == group_id for one in variants)
    return replace(group, group_id=group_id) if is_named else group


def _is_understood(group: Group, parsed: ParseData, below: float) -> bool:
    """Whether the model is sure by now, and nobody has said that it is wrong."""
    if any(variant.is_for(_BY_PEOPLE) for variant in group.variants):
        return False
    intent = parsed.get("intent") or {}
    is_sure = float(intent.get("confidence") or 0.0) >= below
    return is_sure and (intent.get("name") or "") not in NO_INTENTS
