"""Everything that the desk keeps in one place, as the composition root hands it on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.clock import Clock
from kefu.desk.library.blocks import Blocks
from kefu.desk.library.canned import Canned
from kefu.desk.library.codes import WrapUpCodes
from kefu.desk.library.drafts import Drafts
from kefu.desk.library.hours import Hours
from kefu.desk.library.labels import Labels
from kefu.desk.library.notes import ContactNotes
from kefu.desk.library.ports import HoursRules, ItemStore, Variables
from kefu.desk.library.records import By
from kefu.desk.library.settings import HandlingSettings, SettingsOfTheDesk
from kefu.desk.library.words import Words
from kefu.errors import DeskError

__all__ = ["Library", "ProjectsDesk"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectsDesk:
    """What the project's files say, where administrators say nothing."""

    settings: HandlingSettings = field(default_factory=HandlingSettings)
    hours: Mapping[str, Any] | None = None
    """Of everybody, as they are kept; None: always."""


class Library:
    """The parts that the server, and the rest of the desk, use."""

    def __init__(
        self,
        store: ItemStore,
        clock: Clock,
        *,
        variables: Variables,
        hours: HoursRules,
        project: ProjectsDesk | None = None,
    ) -> None:
        """Put it together.

        Args:
            store: Where everything is kept.
            clock: Tells the time.
            variables: Knows what stands for variables in canned replies.
            hours: Understands business hours.
            project: What the project's files say; None: nothing.
        """
        project = project or ProjectsDesk()
        self.canned = Canned(store, clock, variables)
        self.words = Words(store, clock)
        self.labels = Labels(store, clock)
        self.codes = WrapUpCodes(store, clock)
        self.settings = SettingsOfTheDesk(store, clock, project.settings)
        self.hours = Hours(store, clock, hours, project.hours)
        self.drafts = Drafts(store, clock)
        self.notes = ContactNotes(store, clock)
        self.blocks = Blocks(store, clock)

    async def forget_agent(self, agent_id: str) -> None:
        """Remove what was an agent's alone: canned replies and drafts."""
        await self.canned.forget(agent_id)
        await self.drafts.forget(agent_id)

    async def forget_group(self, by: By, group_id: str) -> None:
        """Remove what was a group's: canned replies and hours."""
        await self.canned.forget(group_id)
        try:
            await self.hours.remove(by, group_id)
        except DeskError:
            return  # it had none of its own
