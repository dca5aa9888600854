"""Reads the section ``attachments`` of endpoints.yml: where files are kept, and which are taken."""

from __future__ import annotations

import re
from typing import Final

from kefu.project.problems import Place
from kefu.project.service_address import web_address
from kefu.project.settings import AttachmentsEndpoint
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap

__all__ = ["read_attachments"]

TEXTS: Final = (
    "folder",
    "bucket",
    "endpoint",
    "region",
    "access_key",
    "secret_key",
    "prefix",
    "secret",
    "public_url",
)
KEYS: Final = ("type", *TEXTS, "max_mb", "types")
_ADDRESSES: Final = {
    "endpoint": "https://s3.example.com",
    "public_url": "https://chat.example.com",
}
_MIN_SECRET: Final = 16
_MOST_MB: Final = 4096
"""Files are held in memory while they come in."""
_TYPE: Final = re.compile(r"[a-z]+/(?:\*|[a-zA-Z0-9][a-zA-Z0-9.+_-]*\*?)")


def read_attachments(shape: Shape, root: YamlMap) -> AttachmentsEndpoint:
    """Return what the section says, or the defaults; what is wrong is reported and left out."""
    at = shape.document.value(root, "attachments")
    node = shape.as_map(root.get("attachments"), at, "'attachments'")
    if node is None:
        return AttachmentsEndpoint()
    shape.known_keys(node, KEYS, "'attachments'")
    texts = {key: shape.text_at(node, key, f"{key!r} of 'attachments'") for key in TEXTS}
    for key, example in _ADDRESSES.items():
        texts[key] = web_address(shape, node, key, f"{key!r} of 'attachments'", example)
    secret = texts.pop("secret")
    if secret is not None and len(secret) < _MIN_SECRET:
        place = shape.document.value(node, "secret")
        shape.wrong(place, "'secret'", f"at least {_MIN_SECRET} characters", secret)
        secret = None
    default = AttachmentsEndpoint()
    return AttachmentsEndpoint(
        kind=_kind(shape, node, at, texts["bucket"]),
        max_mb=shape.number_at(node, "max_mb", "'max_mb'", most=_MOST_MB) or default.max_mb,
        types=_types(shape, node),
        secret=secret,
        **{key: text for key, text in texts.items() if text is not None},
    )


def _kind(shape: Shape, node: YamlMap, at: Place, bucket: str | None) -> str:
    kind = node.get("type") or "local"
    if not isinstance(kind, str) or kind not in {"local", "s3"}:
        shape.report.error(
            "endpoints.unknown-attachment-store",
            shape.document.value(node, "type"),
            f"attachments cannot be kept in a store of type {kind!r}",
            "write 'type: local' or 'type: s3'",
        )
    elif kind == "s3" and not bucket:
        shape.wrong(at, "'bucket' of 'attachments'", "the name of a bucket", None)
    else:
        return kind
    return "local"


def _types(shape: Shape, node: YamlMap) -> tuple[str, ...] | None:
    at = shape.document.value(node, "types")
    given = shape.as_list(node.get("types"), at, "'types' of 'attachments'")
    if given is None:
        return None
    for index, item in enumerate(given):
        if not isinstance(item, str) or not _TYPE.fullmatch(item):
            wanted = "a type such as image/* or text/plain"
            shape.wrong(shape.document.item(given, index), "an item of 'types'", wanted, item)
    return tuple(str(item) for item in given)
