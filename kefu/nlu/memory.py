"""What a training knew, kept for the next one of nearly the same data."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

from kefu.core.parts import Parts
from kefu.project.settings import ComponentConfig

if TYPE_CHECKING:
    from kefu.nlu.corpus import Corpus

__all__ = ["Laborious", "Memory", "key_of"]


@runtime_checkable
class Laborious(Protocol):
    """Something learned that takes time before it can be corrected."""

    def work_out(self) -> object:
        """Take that time now."""
        ...


@dataclass(slots=True, kw_only=True)
class Memory:
    """Of one training of a pipeline.

    A training is given the memory of the last one, and fills one for the next. Which component
    something belongs to is told by the name and settings it is configured with.
    """

    reading: str = ""
    """How texts were read: settings of what reads them, and the patterns."""
    corpus: Corpus | None = None
    learned: dict[str, Any] = field(default_factory=dict)
    """What components gave to be corrected next time."""
    corrected: list[str] = field(default_factory=list)
    """Components that were corrected, so that training from scratch would give others."""
    stored: Parts = field(default_factory=dict)
    """A pipeline trained from scratch on the very same data: nothing is trained then, only
    what there is to be known about it is worked out."""

    def work_out(self) -> None:
        """Work out now what the next training would have to begin with."""
        for one in self.learned.values():
            if isinstance(one, Laborious):
                one.work_out()

    @property
    def is_exact(self) -> bool:
        """Whether training from scratch would give the very same components."""
        return not self.corrected


def key_of(config: ComponentConfig) -> str:
    """Return what tells a component from others in a :class:`Memory`."""
    return json.dumps([config.name, config.settings], sort_keys=True, default=str)
