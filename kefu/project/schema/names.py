"""What schemas and editors complete: the names that a project and the program have."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.project.project import Project

__all__ = ["ProjectNames", "Registries", "names_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProjectNames:
    """The names of a project, each kind in the order of the alphabet."""

    intents: tuple[str, ...] = ()
    entities: tuple[str, ...] = ()
    slots: tuple[str, ...] = ()
    responses: tuple[str, ...] = ()
    actions: tuple[str, ...] = ()
    """All that a step ``action:`` can name: actions, responses and forms."""
    forms: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Registries:
    """What the program has of each kind, for settings that name it."""

    components: Mapping[str, Iterable[str]] = field(default_factory=dict)
    """Name of a component of the pipeline -> its settings."""
    policies: Mapping[str, Iterable[str]] = field(default_factory=dict)
    channels: tuple[str, ...] = ()
    strategies: tuple[str, ...] = ()
    """Ways to give customers to agents."""


def names_of(project: Project) -> ProjectNames:
    """Return what a project declares, and the intents that have examples."""
    domain, nlu = project.domain, project.nlu
    answers = (f"{one.intent}{RETRIEVAL_DELIMITER}{one.response_key}"
               for one in nlu.examples if one.response_key)  # fmt: skip
    with_examples = {one.intent for one in nlu.examples if one.intent}
    responses = {*domain.responses, *nlu.responses}
    return ProjectNames(
        intents=tuple(sorted({*domain.intents, *with_examples, *answers})),
        entities=tuple(sorted(domain.entities)),
        slots=tuple(sorted(domain.slots)),
        responses=tuple(sorted(responses)),
        actions=tuple(sorted({*domain.action_names, *responses, *domain.forms})),
        forms=tuple(sorted(domain.forms)),
    )
