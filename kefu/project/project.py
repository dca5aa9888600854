"""A project as read from its files."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kefu.core.domain import Domain
from kefu.project.articles import Article
from kefu.project.desk_options import DeskOptions
from kefu.project.nlu_data import NluData
from kefu.project.problems import Place, Problem
from kefu.project.settings import Credentials, Endpoints, ModelConfig
from kefu.project.story_data import StoryData

__all__ = ["LoadedProject", "Places", "Project"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where the names of a project are declared, for messages of later checks."""

    declared: Mapping[tuple[str, str], Place] = field(default_factory=dict)
    """("intents", "greet") and the like, for all sections of the domain."""
    intents: Mapping[str, Place] = field(default_factory=dict)
    """Where each intent, with the part behind its slash, has its first examples."""
    sentiments: Mapping[str, Place] = field(default_factory=dict)
    """Where each sentiment has its first examples."""
    responses: Mapping[str, Place] = field(default_factory=dict)
    """Responses written in NLU files."""
    parts: Mapping[tuple[str, str], tuple[Place, ...]] = field(default_factory=dict)
    """Where mappings of a slot, required slots of a form, variations of a response stand."""
    lookups: Mapping[str, Place] = field(default_factory=dict)
    regexes: Mapping[str, Place] = field(default_factory=dict)
    domain: Place = field(default=Place("domain.yml"))
    config: Place = field(default=Place("config.yml"))
    data: Place = field(default=Place("data"))

    def of(self, section: str, name: str) -> Place:
        """Return where ``name`` is declared in the domain, or the domain as a whole."""
        return self.declared.get((section, name), self.domain)

    def of_response(self, name: str) -> Place:
        """Return where a response is declared, in an NLU file or in the domain."""
        return self.responses.get(name) or self.of("responses", name)

    def of_part(self, section: str, name: str, index: int) -> Place:
        """Return where a mapping, required slot or variation stands."""
        parts = self.parts.get((section, name), ())
        if index < len(parts):
            return parts[index]
        return self.of_response(name) if section == "responses" else self.of(section, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """Everything that training, testing and running read of a project."""

    root: Path = Path()
    domain: Domain
    config: ModelConfig = field(default_factory=ModelConfig)
    nlu: NluData = field(default_factory=NluData)
    articles: tuple[Article, ...] = ()
    stories: StoryData = field(default_factory=StoryData)
    endpoints: Endpoints = field(default_factory=Endpoints)
    credentials: Credentials = field(default_factory=Credentials)
    desk: DeskOptions = field(default_factory=DeskOptions)
    places: Places = field(default_factory=Places, compare=False)
    files: tuple[Path, ...] = ()
    """Every file that was read."""
    problems: tuple[Problem, ...] = ()
    """What reading and checking found, by file and line."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LoadedProject:
    """What came of reading a project."""

    project: Project | None
    """None when its files cannot be read as they are. A project may have errors all the same,
    such as a story with an unknown action: see :attr:`has_errors`."""
    problems: tuple[Problem, ...] = ()
    """All problems of reading and checking, by file and line."""
    draft: Project | None = None
    """What could be read in spite of errors, for checks that want to say more."""

    @property
    def has_errors(self) -> bool:
        """Whether anything found means that the project should not be trained."""
        return any(problem.severity == "error" for problem in self.problems)
