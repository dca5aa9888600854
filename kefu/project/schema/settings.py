"""The schemas of config.yml, endpoints.yml, credentials.yml and desk.yml."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from kefu.project import (
    attachments_section,
    broker_section,
    codes_section,
    config_file,
    coordination_section,
    customers_section,
    desk_file,
    desk_orders,
    desk_routing,
    endpoints_file,
    gateway_section,
    hours_form,
    models_section,
    nlg_section,
    staff_section,
    tracker_store_section,
)
from kefu.project.schema.names import ProjectNames, Registries
from kefu.project.schema.parts import (
    ANYTHING,
    FLAG,
    MAPPING,
    NUMBER,
    TEXT,
    WHOLE,
    Schema,
    choice,
    closed,
    list_of,
    map_of,
    named,
    open_,
    section,
    version,
)

__all__ = ["config_schema", "credentials_schema", "desk_schema", "endpoints_schema"]


def config_schema(registries: Registries) -> Schema:
    """Return what config.yml may have."""
    return open_(
        config_file.KNOWN_KEYS,
        {
            "version": version(),
            "recipe": choice(None, config_file.RECIPE),
            "language": TEXT,
            "pipeline": list_of(_component(registries.components)),
            "policies": list_of(_component(registries.policies)),
        },
    )


def _component(known: Mapping[str, Iterable[str]]) -> Schema:
    rules = [
        {
            "if": {"properties": {"name": {"const": name}}, "required": ["name"]},
            "then": {"properties": dict.fromkeys(sorted(settings), ANYTHING)},
        }
        for name, settings in known.items()
    ]
    item: Schema = {"type": "object", "required": ["name"]}
    item["properties"] = {"name": {"allOf": [named(known), {"type": "string", "minLength": 1}]}}
    return {**item, "allOf": rules} if rules else item


def credentials_schema(registries: Registries) -> Schema:
    """Return what credentials.yml may have."""
    return {**map_of(MAPPING, registries.channels), "type": "object"}


def endpoints_schema(names: ProjectNames) -> Schema:
    """Return what endpoints.yml may have."""
    lock = _typed(coordination_section.KEYS, ("redis", "in_memory", "database"))
    return open_(
        endpoints_file.SECTIONS,
        {
            "action_endpoint": _action(),
            "tracker_store": _store(),
            "lock_store": lock,
            "coordination": lock,
            "event_broker": _broker(),
            "inbound_queue": _typed(broker_section.QUEUE_KEYS, broker_section.QUEUES),
            "attachments": _attachments(),
            "gateway": _gateway(),
            "customers": _customers(names),
            "code_sender": _codes(names),
            "staff": section(
                closed(staff_section.KEYS, {"idle_hours": NUMBER, "longest_days": NUMBER})
            ),
            "nlg": section(open_(nlg_section.KEYS, {"timeout": NUMBER})),
            "models": section(open_(models_section.KEYS, {"wait_time_between_pulls": NUMBER})),
        },
    )


def _typed(keys: Iterable[str], kinds: Iterable[str]) -> Schema:
    """Return a section whose ``type`` says what it is."""
    every = dict.fromkeys(("type", *keys))
    return section(open_(every, {"type": {"anyOf": [choice(*kinds), ANYTHING]}}))


def _action() -> Schema:
    maps = dict.fromkeys(("headers", "params", "basic_auth"), MAPPING)
    texts = dict.fromkeys(("actions_module", "url", "cafile"), TEXT)
    numbers = {"timeout": NUMBER, "request_timeout": ANYTHING}
    found = open_(endpoints_file.ACTION_KEYS, {**maps, **texts, **numbers})
    found["anyOf"] = [{"required": ["actions_module"]}, {"required": ["url"]}]
    return {"anyOf": [found, {"type": "null"}], "properties": found["properties"]}


def _store() -> Schema:
    keys = (*tracker_store_section.SQL_KEYS, *tracker_store_section.REDIS_KEYS)
    return _typed(keys, tracker_store_section.TYPES)


def _broker() -> Schema:
    keys = [key for table in broker_section.BROKER_KEYS.values() for key in table]
    return _typed((*keys, *broker_section.RASAS_OWN), broker_section.BROKERS)


def _attachments() -> Schema:
    of = {"max_mb": NUMBER, "types": list_of(ANYTHING)}
    texts = dict.fromkeys(attachments_section.TEXTS, TEXT)
    return section(closed(attachments_section.KEYS, {**texts, **of}))


def _gateway() -> Schema:
    flow = closed(gateway_section.FLOW, {"burst": NUMBER, "per_second": NUMBER})
    off_or = {"anyOf": [section(flow), {"const": False}]}
    flood = closed(gateway_section.FLOODS, dict.fromkeys(gateway_section.FLOODS, off_or))
    counts = dict.fromkeys(("max_waiting", "max_running", "trusted_proxies"), WHOLE)
    of = {"merge_waiting": FLAG, "turn_timeout": NUMBER, **counts}
    of["flood"] = {"anyOf": [section(flood), {"const": False}]}
    return section(closed(gateway_section.KEYS, of))


def _customers(names: ProjectNames) -> Schema:
    texts = ("jwt_secret", "jwt_secret_file", "public_key", "jwks", "audience", "issuer")
    slots = map_of(ANYTHING, names.slots)
    return section(open_(customers_section.KEYS, {**dict.fromkeys(texts, TEXT), "slots": slots}))


def _codes(names: ProjectNames) -> Schema:
    numbers = dict.fromkeys(codes_section.NUMBERS, NUMBER)
    of = {"name": TEXT, "resend_intent": named(names.intents, also=("string", "null"))}
    # Whatever else stands there is for the sender.
    return section(open_(sorted(codes_section.OWN), {**numbers, **of}))


def desk_schema(names: ProjectNames, registries: Registries) -> Schema:
    """Return what desk.yml may have."""
    tiers = {"slot": named(names.slots, also=("string", "null")), "values": map_of(WHOLE)}
    orders = {"url": TEXT, "headers": map_of(TEXT), "timeout_seconds": NUMBER}
    return closed(
        desk_file.KEYS,
        {
            "version": version(),
            "routing": _routing(registries),
            "skills": map_of(_demand(), names.intents),
            "tiers": section(closed(desk_file.TIER_KEYS, tiers)),
            "sensitive_intents": list_of(named(names.intents)),
            "handover": section(closed(desk_file.HANDOVER_KEYS, _handover())),
            "hours": _hours(),
            "ratings": section(
                closed(desk_file.RATING_KEYS, {"csat": FLAG, "nps": FLAG, "expire_hours": NUMBER})
            ),
            "wrap_up_codes": list_of(named(())),
            "orders": section(closed(desk_orders.KEYS, orders)),
            "typing_preview": FLAG,
        },
    )


def _demand() -> Schema:
    skills = list_of(named(()))
    of = {"skills": skills, "group": TEXT}
    return {"anyOf": [{**skills, "type": "array"}, closed(desk_file.DEMAND_KEYS, of)]}


def _handover() -> dict[str, Schema]:
    seconds = ("unanswered_seconds", "grace_seconds", "close_idle_seconds")
    return {
        **dict.fromkeys(seconds, NUMBER),
        "default_max_sessions": WHOLE,
        "position_updates": FLAG,
    }


def _routing(registries: Registries) -> Schema:
    rule = closed(desk_routing.OVERFLOW_KEYS, {"group": TEXT, "after": NUMBER, "to": TEXT})
    of: dict[str, Schema] = {
        "strategy": named(registries.strategies, also=("string", "null")),
        "ageing_seconds": NUMBER,
        "min_level": WHOLE,
        "prefers_level": FLAG,
        "channel_points": map_of(ANYTHING, registries.channels),
        "overflow": list_of(rule),
    }
    return section(closed(desk_routing.KEYS, of))


def _hours() -> Schema:
    # Words of YAML 1.1 in days are text here as there; a day may be closed by false as well.
    spans = {"type": ["string", "array", "boolean", "null"], "items": {"type": "string"}}
    holiday = closed(
        hours_form.HOLIDAY_KEYS,
        {"closed": {"type": ["boolean", "null"]}, "open": spans, "name": TEXT},
    )
    return section(
        closed(
            hours_form.KEYS,
            {
                "timezone": TEXT,
                "weekly": map_of(spans),
                "holidays": {**list_of(holiday)},
            },
        )
    )
