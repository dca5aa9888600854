"""Reads domain files, and puts several of them together as Rasa does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.domain import Domain
from kefu.core.names import UTTER_PREFIX
from kefu.project.declared import Declared
from kefu.project.domain_slots import rasa_2_parts, read_forms, read_slots
from kefu.project.problems import CONVERTER, Place, Report, suggestion
from kefu.project.responses import read_responses
from kefu.project.sections import DOMAIN_KEYS, accepts_version
from kefu.project.shape import Shape, kind_of
from kefu.project.yaml import Document, YamlList, YamlMap, plain

__all__ = ["DomainCollector"]

KNOWN_KEYS: Final = ("version", *DOMAIN_KEYS, "config")
_MOVED: Final = {
    "templates": "rename it to 'responses'",
    "policies": "policies belong in config.yml",
    "pipeline": "the pipeline belongs in config.yml",
    "nlu": "training data belongs in the data folder",
    "stories": "stories belong in the data folder",
    "rules": "rules belong in the data folder",
    "session": "did you mean 'session_config'?",
}
INTENT_KEYS: Final = ("use_entities", "ignore_entities", "is_retrieval_intent")
ENTITY_KEYS: Final = ("roles", "groups", "influence_conversation")
SESSION_KEYS: Final = ("session_expiration_time", "carry_over_slots_to_new_session")
_DEFAULT_SESSION: Final = {
    "session_expiration_time": 60,
    "carry_over_slots_to_new_session": True,
}

Items = dict[str, Any]
"""Name of an intent, entity or action -> the item as written: the name, or name and options."""


@dataclass(slots=True)
class DomainCollector:
    """Gathers the domain from its files; what the first file says of a name stands."""

    report: Report
    intents: Items = field(default_factory=dict)
    entities: Items = field(default_factory=dict)
    actions: Items = field(default_factory=dict)
    slots: dict[str, dict[str, Any]] = field(default_factory=dict)
    forms: dict[str, dict[str, Any]] = field(default_factory=dict)
    responses: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    e2e_actions: list[str] = field(default_factory=list)
    session: dict[str, Any] | None = None
    config: dict[str, Any] | None = None
    places: dict[tuple[str, str], Place] = field(default_factory=dict)
    """("intents", "greet") -> where it is declared."""
    parts: dict[tuple[str, str], tuple[Place, ...]] = field(default_factory=dict)
    """("slots", "size") -> where each of its mappings stands; likewise forms and responses."""
    version: str | None = None
    """The format version that the first file names; empty when it names none."""
    is_whole: bool = True
    """False when a file could not be used, so that names may seem to be missing."""

    @property
    def is_empty(self) -> bool:
        """Whether no file declared anything."""
        parts = (self.intents, self.entities, self.actions, self.slots, self.forms, self.responses)
        return not any((*parts, self.e2e_actions, self.session))

    def add(self, document: Document) -> None:
        """Read one domain file."""
        root = document.root
        if root is None:
            return
        shape = Shape(document, self.report, "domain")
        if not isinstance(root, YamlMap):
            shape.wrong(Place(document.file, 1), "the domain", "a mapping", root)
            return
        if not accepts_version(document, root, self.report):
            return
        self.version = str(root.get("version", "")) if self.version is None else self.version
        self._check_keys(document, root)
        self._add_named(shape, root, "intents", self.intents)
        if self._is_rasa_2(document, root):
            return
        self._add_named(shape, root, "entities", self.entities)
        self._add_named(shape, root, "actions", self.actions)
        for slot in read_slots(shape, root):
            self._add("slots", self.slots, slot)
        for form in read_forms(shape, root):
            self._add("forms", self.forms, form)
        for response in read_responses(document, root, self.report):
            self._add("responses", self.responses, response)
        for text in shape.section(root, "e2e_actions") or ():
            if isinstance(text, str) and text not in self.e2e_actions:
                self.e2e_actions.append(text)
        self._add_session(shape, root)
        self._add_config(shape, root)

    def _is_rasa_2(self, document: Document, root: YamlMap) -> bool:
        """Report a domain of Rasa 2 as a whole, instead of each of its slots and forms."""
        found = rasa_2_parts(root)
        if not found:
            return False
        self.is_whole = False
        self.report.error(
            "domain.format-2",
            document.key(root, found[0][0]),
            f"this is a domain of Rasa 2: {'; '.join(text for _, text in found)}",
            f"convert it with: {CONVERTER}",
        )
        return True

    def merged(
        self, retrieval_intents: Mapping[str, Place], nlu_responses: Mapping[str, Any]
    ) -> dict[str, Any]:
        """Return the whole domain as ``GET /domain`` shows it.

        Args:
            retrieval_intents: Retrieval intents that the NLU data has; they are marked as such, and
                their response actions are added.
            nlu_responses: Responses written in NLU files; they win over those of the domain.
        """
        intents = dict(self.intents)
        actions = dict(self.actions)
        for name in sorted(retrieval_intents):
            # Rasa shows the entities in use here, and forgets how the domain had chosen them.
            used = {"used_entities": self._used_entities(name)} if name in intents else {}
            intents[name] = {name: {**used, "is_retrieval_intent": True}}
            actions.setdefault(UTTER_PREFIX + name, UTTER_PREFIX + name)
        data: dict[str, Any] = {
            "version": self.version or "3.1",
            "intents": [_with_lists(intents[name]) for name in sorted(intents)],
            "entities": list(self.entities.values()),
            "slots": self.slots,
            "forms": {name: _whole_form(form) for name, form in self.forms.items()},
            "actions": list(actions.values()),
            "responses": {**self.responses, **nlu_responses},
            "e2e_actions": self.e2e_actions,
        }
        data = {key: value for key, value in data.items() if value}
        if self.config is not None:
            data["config"] = self.config
        data["session_config"] = {**_DEFAULT_SESSION, **(self.session or {})}
        return data

    def _used_entities(self, intent: str) -> list[str]:
        data = {"intents": [self.intents[intent]], "entities": list(self.entities.values())}
        return sorted(Domain.from_dict(data).intents[intent].used_entities)

    def _add(self, section: str, into: dict[str, Any], declared: Declared) -> None:
        name, value, place, parts = declared
        if name not in into:
            into[name] = value
            self.places[section, name] = place
            self.parts[section, name] = parts
            return
        first = self.places[section, name]
        # Two files may repeat a declaration; to say different things of one name is a mistake.
        report = self.report.note if into[name] == value else self.report.warning
        report(
            "domain.declared-twice",
            place,
            f"{_SINGULAR[section]} {name!r} is declared again, first in {first}",
            "delete one of the two; the first one is used",
            first,
        )

    def _check_keys(self, document: Document, root: YamlMap) -> None:
        for key in root:
            if key not in KNOWN_KEYS:
                self.report.warning(
                    "domain.unknown-key",
                    document.key(root, key),
                    f"the domain has no section {key!r}, it is ignored",
                    _MOVED.get(
                        str(key),
                        suggestion(str(key), KNOWN_KEYS, f"possible: {', '.join(KNOWN_KEYS)}"),
                    ),
                )

    def _add_named(self, shape: Shape, root: YamlMap, section: str, into: Items) -> None:
        in_this_file: dict[str, Place] = {}
        for name, item, place in _named(shape, root, section):
            if name in in_this_file:
                self.report.error(
                    "domain.duplicate",
                    place,
                    f"{_SINGULAR[section]} {name!r} is a duplicate, "
                    f"it is listed already in line {in_this_file[name].line}",
                    "delete one of the two",
                    in_this_file[name],
                )
                continue
            in_this_file[name] = place
            self._add(section, into, Declared(name, item, place))

    def _add_session(self, shape: Shape, root: YamlMap) -> None:
        at = shape.document.value(root, "session_config")
        session = shape.as_map(root.get("session_config"), at, "'session_config'")
        if session is None:
            return
        _warn_unknown(shape, session, SESSION_KEYS, "'session_config'")
        minutes = session.get("session_expiration_time")
        if minutes is not None and (
            isinstance(minutes, bool) or not isinstance(minutes, int | float) or minutes < 0
        ):
            place = shape.document.value(session, "session_expiration_time")
            shape.wrong(
                place, "'session_expiration_time'", "a number of minutes, 0 for never", minutes
            )
            return
        carries = session.get("carry_over_slots_to_new_session")
        if carries is not None and not isinstance(carries, bool):
            place = shape.document.value(session, "carry_over_slots_to_new_session")
            shape.wrong(place, "'carry_over_slots_to_new_session'", "true or false", carries)
            return
        given = {key: session[key] for key in SESSION_KEYS if session.get(key) is not None}
        if self.session is None or {**_DEFAULT_SESSION, **self.session} == _DEFAULT_SESSION:
            self.session = given

    def _add_config(self, shape: Shape, root: YamlMap) -> None:
        config = shape.as_map(root.get("config"), shape.document.value(root, "config"), "'config'")
        if config is None:
            return
        _warn_unknown(shape, config, ("store_entities_as_slots",), "'config'")
        stores = config.get("store_entities_as_slots")
        if stores is not None and not isinstance(stores, bool):
            place = shape.document.value(config, "store_entities_as_slots")
            shape.wrong(place, "'store_entities_as_slots'", "true or false", stores)
        elif self.config is None:
            self.config = plain(config)


_SINGULAR: Final = {
    "intents": "intent",
    "entities": "entity",
    "actions": "action",
    "slots": "slot",
    "forms": "form",
    "responses": "response",
}


def _named(shape: Shape, root: YamlMap, section: str) -> Iterator[tuple[str, Any, Place]]:
    """Yield name, item and place of what a list of names, or of names with options, has."""
    items = shape.section(root, section)
    what = _SINGULAR[section]
    for index, item in enumerate(items or ()):
        assert items is not None
        place = shape.document.item(items, index)
        if isinstance(item, str):
            yield item, item, place
        elif isinstance(item, YamlMap) and item and isinstance(next(iter(item)), str):
            yield from _with_options(shape, item, section)
        else:
            shape.wrong(place, f"an item of {section!r}", f"the name of an {what}", item)


def _with_options(shape: Shape, item: YamlMap, section: str) -> Iterator[tuple[str, Any, Place]]:
    what = _SINGULAR[section]
    # Intents have one name an item; Rasa reads all names of an entity's or action's item.
    for name, options in list(item.items())[: 1 if section == "intents" else None]:
        place = shape.document.key(item, name)
        if not isinstance(options, YamlMap) or not options:
            advice = "remove the ':' behind it, or indent its options below it"
            message = f"{what} {name!r} has a ':' but no options"
            shape.report.error("domain.no-options", place, message, advice)
            yield str(name), str(name), place
            continue
        _OPTION_CHECKS[section](shape, str(name), options)
        yield str(name), {str(name): plain(options)}, place


def _check_intent(shape: Shape, name: str, options: YamlMap) -> None:
    if "triggers" in options:
        shape.report.error(
            "domain.triggers",
            shape.document.key(options, "triggers"),
            f"intent {name!r} uses 'triggers' of the former MappingPolicy",
            f"write a rule: intent {name!r} followed by action {options['triggers']!r}",
        )
    _warn_unknown(shape, options, (*INTENT_KEYS, "triggers"), f"intent {name!r}")
    for key in ("use_entities", "ignore_entities"):
        if isinstance(options.get(key), str):
            _wrap(shape, options, key, f"intent {name!r}")
    use = options.get("use_entities")
    ignore = options.get("ignore_entities")
    if isinstance(use, list) and isinstance(ignore, list):
        both = [str(entity) for entity in use if entity in ignore]
        if both:
            shape.report.note(
                "domain.used-and-ignored",
                shape.document.key(options, "ignore_entities"),
                f"intent {name!r} both uses and ignores {', '.join(both)}",
                "remove one of the two; ignoring wins",
            )


def _check_entity(shape: Shape, name: str, options: YamlMap) -> None:
    _warn_unknown(shape, options, ENTITY_KEYS, f"entity {name!r}")
    for key in ("roles", "groups"):
        if not isinstance(options.get(key), YamlList | None):
            _wrap(shape, options, key, f"entity {name!r}")


def _wrap(shape: Shape, options: YamlMap, key: str, what: str) -> None:
    """Make a list of a single value where a list is wanted."""
    value = options[key]
    shape.report.warning(
        "domain.not-a-list",
        shape.document.value(options, key),
        f"{key!r} of {what} is {kind_of(value)}, but it must be a list",
        f"write {key}: [{value}]",
    )
    wrapped = YamlList(options.mark)
    if isinstance(value, str):
        wrapped.append(value)
        wrapped.marks.append(options.mark)
    options[key] = wrapped


def _check_action(shape: Shape, name: str, options: YamlMap) -> None:
    shape.known_keys(options, ("send_domain",), f"action {name!r}")
    if not isinstance(options.get("send_domain", False), bool):
        at = shape.document.value(options, "send_domain")
        shape.wrong(
            at, f"'send_domain' of action {name!r}", "true or false", options["send_domain"]
        )


_OPTION_CHECKS: Final = {
    "intents": _check_intent,
    "entities": _check_entity,
    "actions": _check_action,
}


def _warn_unknown(shape: Shape, node: YamlMap, known: tuple[str, ...], what: str) -> None:
    for key in node:
        if key not in known:
            shape.report.warning(
                "domain.unknown-option",
                shape.document.key(node, key),
                f"{what} has no option {key!r}, it is ignored",
                suggestion(str(key), known, f"possible: {', '.join(known)}"),
            )


def _with_lists(intent: Any) -> Any:
    """Write "no entities" as an empty list, as Rasa shows it."""
    if isinstance(intent, str):
        return intent
    ((name, options),) = intent.items()
    for key in ("use_entities", "ignore_entities"):
        if key in options and not options[key]:
            options = {**options, key: []}
    return {name: options}


def _whole_form(form: dict[str, Any]) -> dict[str, Any]:
    return form if "required_slots" in form else {**form, "required_slots": []}
