"""Reads endpoints.yml: where actions run, where conversations are kept, and the rest as written."""

from __future__ import annotations

from typing import Any, Final

from kefu.project.attachments_section import read_attachments
from kefu.project.broker_section import read_event_broker, read_inbound_queue
from kefu.project.codes_section import read_code_sender
from kefu.project.coordination_section import read_coordination
from kefu.project.customers_section import read_customers
from kefu.project.gateway_section import read_gateway
from kefu.project.models_section import read_model_server
from kefu.project.nlg_section import read_nlg
from kefu.project.problems import Place, Report, nearest
from kefu.project.service_address import web_address
from kefu.project.settings import ActionEndpoint, Endpoints
from kefu.project.shape import Shape
from kefu.project.staff_section import read_staff
from kefu.project.tracker_store_section import read_tracker_store
from kefu.project.yaml import Document, YamlMap, plain

__all__ = ["read_endpoints"]

SECTIONS: Final = (
    "action_endpoint",
    "tracker_store",
    "models",
    "nlg",
    "event_broker",
    "lock_store",
    "coordination",
    "gateway",
    "human_queue",
    "attachments",
    "inbound_queue",
    "customers",
    "code_sender",
    "staff",
    "tracing",
)
_READ: Final = frozenset(
    {
        "action_endpoint",
        "tracker_store",
        "attachments",
        "gateway",
        "customers",
        "code_sender",
        "staff",
        "models",
        "nlg",
    }
)
"""Sections that have a reader here; the others are handed on as written."""
_UNUSED: Final = {
    "tracing": ("no traces are sent", "GET /metrics has figures"),
}
"""Sections of Rasa's that have no effect here, with what does not happen and what does."""
ACTION_KEYS: Final = (
    "actions_module",
    "url",
    "headers",
    "params",
    "token",
    "token_name",
    "basic_auth",
    "cafile",
    "timeout",
    "request_timeout",
    "apology",
    "enable_selective_domain",
)
_SELECTIVE: Final = "enable_selective_domain"
_LONGEST_ACTION: Final = 86_400
"""In seconds."""


def read_endpoints(document: Document, report: Report) -> Endpoints:
    """Return what the file says; what is wrong is reported and left out."""
    root = document.root
    shape = Shape(document, report, "endpoints")
    if not isinstance(root, YamlMap):
        if root is not None:
            shape.wrong(Place(document.file, 1), "the file", "a mapping", root)
        return Endpoints()
    for key in root:
        near = None if key in SECTIONS else nearest(str(key), SECTIONS)
        if near:
            place = document.key(root, key)
            message = f"there is no section {key!r}"
            report.warning("endpoints.unknown-key", place, message, f"did you mean {near!r}?")
        elif key in _UNUSED and root[key] is not None:
            lost, instead = _UNUSED[key]
            place = document.key(root, key)
            report.warning(
                "endpoints.unused-section", place, f"{key!r} has no effect: {lost}", instead
            )
    store = read_tracker_store(shape, root)
    return Endpoints(
        action=_action(shape, root),
        storage_url=store.url,
        login_db=store.login_db,
        redis_trackers=store.redis,
        coordination=read_coordination(shape, root),
        gateway=read_gateway(shape, root),
        attachments=read_attachments(shape, root),
        event_broker=read_event_broker(shape, root),
        inbound_queue=read_inbound_queue(shape, root),
        customers=read_customers(shape, root),
        codes=read_code_sender(shape, root),
        staff=read_staff(shape, root),
        models=read_model_server(shape, root),
        nlg=read_nlg(shape, root),
        extra={str(key): plain(value) for key, value in root.items() if key not in _READ},
    )


def _action(shape: Shape, root: YamlMap) -> ActionEndpoint | None:
    at = shape.document.value(root, "action_endpoint")
    node = shape.as_map(root.get("action_endpoint"), at, "'action_endpoint'")
    if node is None:
        return None
    for key in node:
        if key not in ACTION_KEYS:
            near = nearest(str(key), ACTION_KEYS)
            advice = f"did you mean {near!r}?" if near else f"possible: {', '.join(ACTION_KEYS)}"
            place = shape.document.key(node, key)
            message = f"'action_endpoint' has no setting {key!r}, it is ignored"
            shape.report.warning("endpoints.unknown-setting", place, message, advice)
    module = shape.text_at(node, "actions_module", "'actions_module'")
    what, example = "'url' of 'action_endpoint'", "http://localhost:5055/webhook"
    url = web_address(shape, node, "url", what, example)
    if not module and not node.get("url"):
        shape.report.error(
            "endpoints.no-address",
            shape.document.key(root, "action_endpoint"),
            "'action_endpoint' names neither an action server nor a module with the actions",
            "write 'actions_module: actions', or 'url: http://localhost:5055/webhook'",
        )
        return None
    params = _texts(_map(shape, node, "params"))
    if node.get("token") is not None:
        params[str(node.get("token_name") or "token")] = str(node["token"])
    return ActionEndpoint(
        module=module or None,
        url=url,
        headers=_texts(_map(shape, node, "headers")),
        params=params,
        basic_auth=_basic_auth(_map(shape, node, "basic_auth")),
        ca_file=shape.text_at(node, "cafile", "'cafile'"),
        timeout_seconds=_timeout(shape, node),
        apology=None if node.get("apology") is None else str(node["apology"]),
        selective_domain=shape.flag_at(node, _SELECTIVE, f"{_SELECTIVE!r}") is True,
    )


def _texts(value: Any) -> dict[str, str]:
    given = value.items() if isinstance(value, YamlMap) else ()
    return {str(key): str(item) for key, item in given if item is not None}


def _map(shape: Shape, node: YamlMap, key: str) -> YamlMap | None:
    return shape.as_map(node.get(key), shape.document.value(node, key), f"{key!r}")


def _basic_auth(value: Any) -> tuple[str, str] | None:
    if not isinstance(value, YamlMap):
        return None
    return str(value.get("username") or ""), str(value.get("password") or "")


def _timeout(shape: Shape, node: YamlMap) -> float:
    for key in ("timeout", "request_timeout"):
        seconds = shape.number_at(node, key, f"{key!r}", most=_LONGEST_ACTION)
        if seconds is not None:
            return seconds
    return ActionEndpoint().timeout_seconds
