"""The domain: what a bot can understand, remember, do and say. Parsed, checked, frozen.

Reading it from files, with messages about what is wrong and where, is the business of
:mod:`kefu.project`; :meth:`Domain.from_dict` takes data that has passed those checks.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from kefu.core.names import (
    ACTION_QUERY_KNOWLEDGE_BASE,
    DEFAULT_ACTIONS,
    DEFAULT_INTENTS,
    ENTITY_LABEL_SEPARATOR,
    KEFU_ACTIONS,
    KNOWLEDGE_BASE_SLOTS,
    OTHER_CATEGORY,
    REQUESTED_SLOT,
    RETRIEVAL_DELIMITER,
    SESSION_STARTED_METADATA_SLOT,
)
from kefu.core.slots import Slot

__all__ = ["Domain", "EntityType", "Form", "Intent", "SessionConfig"]


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """When a conversation starts a new session, and whether slots survive that."""

    expiration_minutes: float = 60.0
    """Minutes of silence after which a session ends; 0 or less: it never ends."""
    carry_over_slots: bool = True

    @property
    def is_enabled(self) -> bool:
        """Whether sessions expire at all."""
        return self.expiration_minutes > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityType:
    """An entity with the roles and groups it can have."""

    name: str
    roles: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    influences_conversation: bool = True

    @property
    def labels(self) -> tuple[str, ...]:
        """The name, and name#role and name#group for each role and group."""
        subs = (*self.roles, *self.groups)
        return (self.name, *(f"{self.name}{ENTITY_LABEL_SEPARATOR}{sub}" for sub in subs))


@dataclass(frozen=True, slots=True, kw_only=True)
class Intent:
    """An intent and the entity labels that policies see with it."""

    name: str
    used_entities: frozenset[str] = frozenset()
    is_retrieval: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """A form: the slots it asks for, in order."""

    name: str
    required_slots: tuple[str, ...] = ()
    ignored_intents: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Domain:
    """Everything a bot knows of itself."""

    intents: Mapping[str, Intent]
    entities: Mapping[str, EntityType]
    slots: Mapping[str, Slot]
    """Slots of the domain in file order, then the default slots."""
    forms: Mapping[str, Form]
    responses: Mapping[str, tuple[Mapping[str, Any], ...]]
    custom_actions: tuple[str, ...]
    """The ``actions`` section, in file order."""
    actions_needing_domain: frozenset[str] = frozenset()
    """Actions declared with ``send_domain: true``; when any is declared, only these get it."""
    e2e_actions: tuple[str, ...] = ()
    session: SessionConfig = field(default_factory=SessionConfig)
    store_entities_as_slots: bool = True
    data: Mapping[str, Any] = field(default_factory=dict)
    """The merged source, as ``GET /domain`` shows it and custom actions receive it."""

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Domain:
        """Build a domain from the merged content of checked domain files."""
        entities = {e.name: e for e in map(_entity, data.get("entities") or ())}
        intents = {i.name: i for i in (_intent(raw, entities) for raw in data.get("intents") or ())}
        for name in DEFAULT_INTENTS:
            intents.setdefault(name, _intent(name, entities))
        actions, needing_domain = _actions(data.get("actions") or ())
        forms = {name: _form(name, raw) for name, raw in (data.get("forms") or {}).items()}
        session = data.get("session_config") or {}
        expiration = session.get("session_expiration_time")
        return cls(
            intents=intents,
            entities=entities,
            slots=_slots(data.get("slots") or {}, forms, actions),
            forms=forms,
            responses={
                name: tuple(variations or ())
                for name, variations in (data.get("responses") or {}).items()
            },
            custom_actions=actions,
            actions_needing_domain=needing_domain,
            e2e_actions=tuple(data.get("e2e_actions") or ()),
            session=SessionConfig(
                expiration_minutes=60.0 if expiration is None else float(expiration),
                carry_over_slots=bool(session.get("carry_over_slots_to_new_session", True)),
            ),
            store_entities_as_slots=(data.get("config") or {}).get("store_entities_as_slots", True),
            data=data,
        )

    @cached_property
    def action_names(self) -> tuple[str, ...]:
        """All actions in Rasa's order: default, custom, responses, forms, end-to-end texts."""
        custom = list(self.custom_actions)
        custom += [name for name in sorted(self.responses) if name not in self.custom_actions]
        names = [*DEFAULT_ACTIONS, *(name for name in custom if name not in DEFAULT_ACTIONS)]
        names += [name for name in self.forms if name not in self.custom_actions]
        return tuple(dict.fromkeys((*names, *self.e2e_actions)))

    @cached_property
    def action_index(self) -> Mapping[str, int]:
        """Position of each action in :attr:`action_names`."""
        return {name: index for index, name in enumerate(self.action_names)}

    @cached_property
    def retrieval_intents(self) -> frozenset[str]:
        """Intents marked as retrieval, or answered by a response ``utter_<intent>/<key>``."""
        marked = {i.name for i in self.intents.values() if i.is_retrieval}
        answered = {
            name.removeprefix("utter_").split(RETRIEVAL_DELIMITER, 1)[0]
            for name in self.responses
            if RETRIEVAL_DELIMITER in name
        }
        return frozenset(marked | answered)

    def is_known_action(self, name: str) -> bool:
        """Whether ``name`` is an action of this domain, or one that every bot has."""
        return name in self.action_index or name in KEFU_ACTIONS


def _entity(raw: str | Mapping[str, Any]) -> EntityType:
    if isinstance(raw, str):
        return EntityType(name=raw)
    ((name, options),) = raw.items()
    options = options or {}
    return EntityType(
        name=name,
        roles=tuple(options.get("roles") or ()),
        groups=tuple(options.get("groups") or ()),
        influences_conversation=options.get("influence_conversation") is not False,
    )


def _intent(raw: str | Mapping[str, Any], entities: Mapping[str, EntityType]) -> Intent:
    options: Mapping[str, Any]
    if isinstance(raw, str):
        name, options = raw, {}
    else:
        ((name, given),) = raw.items()
        options = given or {}
    used = options.get("use_entities", True)
    by_default = [e.name for e in entities.values() if e.influences_conversation]
    included = by_default if used is True else list(used or ())
    ignored = options.get("ignore_entities") or ()
    return Intent(
        name=name,
        used_entities=frozenset(_labels(included, entities)) - set(_labels(ignored, entities)),
        is_retrieval=bool(options.get("is_retrieval_intent")),
    )


def _labels(names: Iterable[str], entities: Mapping[str, EntityType]) -> Iterable[str]:
    for name in names:
        entity = entities.get(name)
        yield from entity.labels if entity else (name,)


def _actions(raw: Iterable[str | Mapping[str, Any]]) -> tuple[tuple[str, ...], frozenset[str]]:
    names: list[str] = []
    needing_domain: set[str] = set()
    for item in raw:
        if isinstance(item, str):
            names.append(item)
            continue
        for name, options in item.items():
            names.append(name)
            if (options or {}).get("send_domain"):
                needing_domain.add(name)
    return tuple(dict.fromkeys(names)), frozenset(needing_domain)


def _form(name: str, raw: Any) -> Form:
    if isinstance(raw, list):
        return Form(name=name, required_slots=tuple(raw))
    options = raw or {}
    return Form(
        name=name,
        required_slots=tuple(options.get("required_slots") or ()),
        ignored_intents=_as_tuple(options.get("ignored_intents")),
    )


def _as_tuple(value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    return (value,) if isinstance(value, str) else tuple(value)


def _slots(
    raw: Mapping[str, Any], forms: Mapping[str, Form], actions: tuple[str, ...]
) -> dict[str, Slot]:
    slots = {name: _slot(name, options or {}) for name, options in raw.items()}
    if forms:
        slots.setdefault(REQUESTED_SLOT, _hidden_slot(REQUESTED_SLOT, "text"))
    if ACTION_QUERY_KNOWLEDGE_BASE in actions:
        for name in KNOWLEDGE_BASE_SLOTS:
            slots.setdefault(name, _hidden_slot(name, "text"))
    slots[SESSION_STARTED_METADATA_SLOT] = _hidden_slot(SESSION_STARTED_METADATA_SLOT, "any")
    return slots


def _hidden_slot(name: str, slot_type: Any) -> Slot:
    return Slot(name=name, type=slot_type, influence_conversation=False)


def _slot(name: str, options: Mapping[str, Any]) -> Slot:
    slot_type = options.get("type", "any")
    values: tuple[str, ...] = ()
    if slot_type == "categorical":
        known = [str(value).lower() for value in options.get("values") or () if value is not None]
        values = tuple(dict.fromkeys((*known, OTHER_CATEGORY)))
    return Slot(
        name=name,
        type=slot_type,
        mappings=tuple(options.get("mappings") or ()),
        initial_value=options.get("initial_value"),
        influence_conversation=options.get("influence_conversation", slot_type != "any"),
        values=values,
        min_value=float(options.get("min_value", 0.0)),
        max_value=float(options.get("max_value", 1.0)),
        source=options,
    )
