"""Stories cut into pieces at their checkpoints and ``or`` steps."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from kefu.project.problems import Place
from kefu.project.story_data import (
    ActionStep,
    BotStep,
    CheckpointStep,
    LoopStep,
    OrStep,
    SlotStep,
    Story,
    UserStep,
)

__all__ = ["START", "Checkpoint", "Piece", "cut", "without_circles"]

START = ""
"""Name of the checkpoint where every conversation begins."""

_OR = "or "
"""Begins the names of the checkpoints behind ``or`` steps, which no file can contain."""

PlainStep = UserStep | ActionStep | BotStep | SlotStep | LoopStep


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place where pieces of stories join."""

    name: str
    conditions: Mapping[str, Any] = field(default_factory=dict)
    """Values that slots must have for a piece to begin here."""
    place: Place = field(default=Place(""), compare=False)

    @property
    def is_generated(self) -> bool:
        """Whether it stands for an ``or`` step."""
        return self.name.startswith(_OR)


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A part of a story between two checkpoints, without choices."""

    story: Story
    starts: tuple[Checkpoint, ...]
    ends: tuple[Checkpoint, ...] = ()
    """Empty at the end of a story."""
    steps: tuple[PlainStep, ...] = ()


@dataclass(slots=True)
class _OpenPiece:
    """A piece that may still grow."""

    starts: tuple[Checkpoint, ...]
    ends: tuple[Checkpoint, ...]
    steps: list[PlainStep]

    def ending_at(self, end: Checkpoint, *more: PlainStep) -> _OpenPiece:
        return _OpenPiece(self.starts, (end,), [*self.steps, *more])


class _Cutter:
    """Cuts one story."""

    def __init__(self, story: Story, number: int) -> None:
        self._story = story
        self._number = number
        self._ors = 0
        self._starts: list[Checkpoint] = []
        self._done: list[_OpenPiece] = []
        self._open: list[_OpenPiece] = []

    def cut(self, steps: Sequence[PlainStep | OrStep | CheckpointStep]) -> list[Piece]:
        for step in steps:
            match step:
                case CheckpointStep():
                    self._checkpoint(step)
                case OrStep(alternatives=alternatives) if len(alternatives) > 1:
                    self._choose(alternatives, step.place)
                case OrStep(alternatives=alternatives):
                    self._extend(alternatives)
                case _:
                    self._extend((step,))
        return [
            Piece(story=self._story, starts=p.starts, ends=p.ends, steps=tuple(p.steps))
            for p in (*self._done, *self._open)
        ]

    def _checkpoint(self, step: CheckpointStep) -> None:
        if not self._open:
            self._starts.append(Checkpoint(step.name, dict(step.conditions), step.place))
            return
        end = Checkpoint(step.name, {}, step.place)
        copies = [piece.ending_at(end) for piece in self._open if piece.ends]
        for piece in self._open:
            piece.ends = piece.ends or (end,)
        self._open.extend(copies)

    def _choose(self, alternatives: Sequence[UserStep | SlotStep], place: Place) -> None:
        self._open_pieces()
        end = Checkpoint(f"{_OR}{self._number}.{self._ors}", {}, place)
        self._ors += 1
        self._open = [
            piece.ending_at(end, alternative)
            for piece in self._open
            for alternative in alternatives
        ]

    def _extend(self, steps: Sequence[PlainStep]) -> None:
        if steps:
            self._open_pieces()
            for piece in self._open:
                piece.steps.extend(steps)

    def _open_pieces(self) -> None:
        """Make sure that there are pieces which have not reached a checkpoint yet."""
        closed = [piece for piece in self._open if piece.ends]
        self._done.extend(closed)
        unfinished = [piece for piece in self._open if not piece.ends]
        if unfinished:
            self._open = unfinished
            return
        starts = tuple(self._starts)
        if self._open:
            starts = tuple({end.name: end for piece in closed for end in piece.ends}.values())
        self._open = [_OpenPiece(starts or (Checkpoint(START),), (), [])]


def cut(stories: Sequence[Story], *, first_number: int = 0) -> list[Piece]:
    """Cut stories into pieces.

    As in Rasa a piece whose only way on is an ``or`` step that nothing follows is dropped.
    """
    pieces: list[Piece] = []
    for number, story in enumerate(stories, start=first_number):
        steps = _plain_steps(story)
        if steps:
            pieces.extend(_Cutter(story, number).cut(steps))
    used = {start.name for piece in pieces for start in piece.starts}
    kept: list[Piece] = []
    for piece in pieces:
        ends = tuple(end for end in piece.ends if not end.is_generated or end.name in used)
        if ends or not piece.ends:
            kept.append(piece if ends == piece.ends else replace(piece, ends=ends))
    return kept


def _plain_steps(story: Story) -> list[PlainStep | OrStep | CheckpointStep]:
    """Return the steps of a story, of a rule with its conditions and the open ends around."""
    if not story.steps:
        return []
    if not story.is_rule:
        return list(story.steps)
    steps: list[PlainStep | OrStep | CheckpointStep] = list(story.conditions)
    if not story.is_conversation_start:
        steps.append(ActionStep(place=story.place, name="..."))
    steps.extend(story.steps)
    if not story.waits_for_user_input:
        steps.append(ActionStep(place=story.steps[-1].place, name="..."))
    return steps


def in_running_order(pieces: Sequence[Piece]) -> tuple[list[Piece], set[tuple[int, int]]]:
    """Order pieces so that each comes after those that lead to it.

    Returns:
        The ordered pieces, and the (from, to) positions in ``pieces`` of the links that were
        left out because they close a circle.
    """
    by_start: dict[str, list[int]] = defaultdict(list)
    for index, piece in enumerate(pieces):
        for name in {start.name for start in piece.starts}:
            by_start[name].append(index)
    followers = [
        sorted({index for end in piece.ends for index in by_start.get(end.name, ())})
        for piece in pieces
    ]
    order, circles = _sort(followers)
    return [pieces[index] for index in order], circles


def _sort(followers: Sequence[Sequence[int]]) -> tuple[list[int], set[tuple[int, int]]]:
    state = [0] * len(followers)  # 0 not seen, 1 on the way, 2 done
    finished: list[int] = []
    circles: set[tuple[int, int]] = set()
    for root in reversed(range(len(followers))):
        if state[root]:
            continue
        state[root] = 1
        stack = [(root, iter(followers[root]))]
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                finished.append(node)
                state[node] = 2
                stack.pop()
            elif state[following] == 1:
                circles.add((node, following))
            elif state[following] == 0:
                state[following] = 1
                stack.append((following, iter(followers[following])))
    finished.reverse()
    return finished, circles


def without_circles(pieces: Sequence[Piece]) -> tuple[list[Piece], dict[str, str]]:
    """Open circles of checkpoints, so that a training conversation goes round once.

    Returns:
        The pieces in running order, and for each checkpoint that was put where a circle was
        opened the checkpoint at which the next round goes on.
    """
    ordered, circles = in_running_order(pieces)
    if not circles:
        return ordered, {}
    changed = list(pieces)
    resume: dict[str, str] = {}
    opened: set[str] = set()
    for number, (source, target) in enumerate(sorted(circles)):
        names = {end.name for end in changed[source].ends}
        names &= {start.name for start in changed[target].starts}
        opened |= names
        _open_circle(changed, source, target, names, number)
        resume[f"{_OR}sink {number}"] = f"{_OR}source {number}"
    kept = _without_dead_ends(changed, opened, resume)
    return in_running_order(kept)[0], resume


def _open_circle(
    pieces: list[Piece], source: int, target: int, names: set[str], number: int
) -> None:
    sink, onward, again = (f"{_OR}{kind} {number}" for kind in ("sink", "onward", "source"))
    ends = [end for end in pieces[source].ends if end.name not in names]
    ends.append(Checkpoint(sink))
    goes_onward = False
    for index, piece in enumerate(pieces):
        added: list[Checkpoint] = []
        for start in piece.starts:
            if start.name in names:
                name = again if index == target else onward
                goes_onward = goes_onward or name == onward
                new = Checkpoint(name, start.conditions, start.place)
                if new not in piece.starts and new not in added:
                    added.append(new)
        if added:
            pieces[index] = replace(piece, starts=(*piece.starts, *added))
    if goes_onward:
        ends.append(Checkpoint(onward))
    pieces[source] = replace(pieces[source], ends=tuple(ends))


def _without_dead_ends(
    pieces: Sequence[Piece], opened: set[str], resume: Mapping[str, str]
) -> list[Piece]:
    """Drop generated checkpoints that lead nowhere, and pieces that are left without any."""
    starts = {start.name for piece in pieces for start in piece.starts}
    reached = {resume.get(end.name, end.name) for piece in pieces for end in piece.ends}
    kept: list[Piece] = []
    for piece in pieces:
        new_starts = tuple(s for s in piece.starts if s.name not in opened or s.name in reached)
        new_ends = tuple(
            e for e in piece.ends if not e.is_generated or resume.get(e.name, e.name) in starts
        )
        if new_starts and (new_ends or not piece.ends):
            kept.append(replace(piece, starts=new_starts, ends=new_ends))
    return kept
