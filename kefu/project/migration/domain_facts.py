"""Gathers what a domain of Rasa 1 or 2 says in all its files about forms and slots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from kefu.project.yaml import YamlList, YamlMap, plain

__all__ = ["FormFacts", "OldDomain", "gather", "slot_mappings"]

Mappings = list[dict[str, Any]]
_ANY_QUESTION = frozenset(("from_entity", "from_trigger_intent"))
"""These fill a slot while its form is active, whatever the form asks for; the others only the slot
that is asked for."""


@dataclass(slots=True)
class FormFacts:
    """A form as Rasa 1 or 2 declares it."""

    slots: dict[str, Mappings] = field(default_factory=dict)
    ignored_intents: Any = None


@dataclass(slots=True)
class OldDomain:
    """All of a domain that mappings of slots depend on."""

    forms: dict[str, FormFacts] = field(default_factory=dict)
    entities: set[str] = field(default_factory=set)
    slots: dict[str, Any] = field(default_factory=dict)
    fills_slots_by_name: bool = True
    """``store_entities_as_slots``."""


def gather(roots: Iterable[YamlMap]) -> OldDomain:
    """Return the facts of all domain files together."""
    domain = OldDomain()
    for root in roots:
        for name, options in _named(root.get("forms")):
            domain.forms.setdefault(name, form_facts(options))
        domain.entities |= {name for name, _ in _named(root.get("entities"))}
        slots = root.get("slots")
        if isinstance(slots, YamlMap):
            domain.slots.update(plain(slots))
        config = root.get("config")
        if isinstance(config, YamlMap) and config.get("store_entities_as_slots") is False:
            domain.fills_slots_by_name = False
    return domain


def _named(section: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(section, YamlMap):
        yield from ((str(name), options) for name, options in section.items())
    for item in section if isinstance(section, YamlList) else ():
        if isinstance(item, YamlMap):
            yield from ((str(name), options) for name, options in item.items())
        elif isinstance(item, str):
            yield item, None


def form_facts(options: Any) -> FormFacts:
    """Read a form in any of its former shapes, or in today's."""
    if not isinstance(options, YamlMap):
        return FormFacts()
    required = options.get("required_slots")
    if "required_slots" not in options:
        required = YamlMap(options.mark)
        required.update(
            (name, value) for name, value in options.items() if name != "ignored_intents"
        )
    ignored = plain(options.get("ignored_intents"))
    if isinstance(required, YamlMap):
        slots = {str(name): _mappings(value) for name, value in required.items()}
        return FormFacts(slots, ignored)
    names = [str(name) for name in required] if isinstance(required, YamlList) else []
    return FormFacts({name: [] for name in names}, ignored)


def _mappings(value: Any) -> Mappings:
    items = plain(value)
    if isinstance(items, dict):
        items = [items]
    found = [item for item in items if isinstance(item, dict)] if isinstance(items, list) else []
    return [
        {key: one for key, one in item.items() if one is not None and one != []} for item in found
    ]


def slot_mappings(name: str, options: Mapping[str, Any] | None, domain: OldDomain) -> Mappings:
    """Return how a slot is filled in the words of Rasa 3.

    What Rasa 2 did silently is written down: a slot took the entity of its own name unless
    ``auto_fill`` was off, and a form without mappings for a slot did so, too.
    """
    options = options or {}
    found: Mappings = [m for m in options.get("mappings") or () if isinstance(m, dict)]
    fills = domain.fills_slots_by_name and options.get("auto_fill") is not False
    by_name = {"type": "from_entity", "entity": name}
    if not found and fills and name in domain.entities:
        found.append(by_name)
    for form, facts in domain.forms.items():
        if name not in facts.slots:
            continue
        own = facts.slots[name]
        if not own and not found and name in domain.entities:
            own = [by_name]
        for mapping in own:
            _add(found, mapping, _condition(form, name, mapping))
    return found or [{"type": "custom"}]


def _condition(form: str, slot: str, mapping: Mapping[str, Any]) -> dict[str, str]:
    if mapping.get("type") in _ANY_QUESTION:
        return {"active_loop": form}
    return {"active_loop": form, "requested_slot": slot}


def _add(found: Mappings, mapping: Mapping[str, Any], condition: dict[str, str]) -> None:
    """Add a mapping of a form; the same one of two forms has both as conditions."""
    wider = {key: one for key, one in mapping.items() if key not in {"intent", "not_intent"}}
    if dict(mapping) in found or wider in found:
        return  # that holds everywhere already
    for other in found:
        conditions = other.get("conditions")
        if conditions and {k: v for k, v in other.items() if k != "conditions"} == mapping:
            if condition not in conditions:
                conditions.append(condition)
            return
    found.append({**mapping, "conditions": [condition]})
