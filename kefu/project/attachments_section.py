"""Reads the section ``attachments`` of endpoints.yml: where files are kept, and which are taken."""

from __future__ import annotations

from typing import Final

from kefu.project.settings import AttachmentsEndpoint
from kefu.project.shape import Shape
from kefu.project.yaml import YamlList, YamlMap

__all__ = ["read_attachments"]

_TEXTS: Final = (
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
_KEYS: Final = ("type", *_TEXTS, "max_mb", "types")
_MIN_SECRET = 16
_MOST_MB = 4096


def read_attachments(shape: Shape, root: YamlMap) -> AttachmentsEndpoint:
    """Return what the section says, or the defaults; what is wrong is reported and left out."""
    at = shape.document.value(root, "attachments")
    node = shape.as_map(root.get("attachments"), at, "'attachments'")
    if node is None:
        return AttachmentsEndpoint()
    shape.known_keys(node, _KEYS, "'attachments'")
    texts = {key: shape.text_at(node, key, f"{key!r} of 'attachments'") for key in _TEXTS}
    kind = node.get("type") or "local"
    if kind not in ("local", "s3"):  # a list or a mapping may stand there
        shape.report.error(
            "endpoints.unknown-attachment-store",
            shape.document.value(node, "type"),
            f"attachments cannot be kept in a store of type {kind!r}",
            "write 'type: local' or 'type: s3'",
        )
        kind = "local"
    if kind == "s3" and not texts["bucket"]:
        shape.wrong(at, "'bucket' of 'attachments'", "the name of a bucket", None)
        kind = "local"
    secret = texts.pop("secret")
    if secret is not None and len(secret) < _MIN_SECRET:
        place = shape.document.value(node, "secret")
        shape.wrong(place, "'secret'", f"at least {_MIN_SECRET} characters", secret)
        secret = None
    return AttachmentsEndpoint(
        kind=str(kind),
        max_mb=_max_mb(shape, node),
        types=_types(shape, node),
        secret=secret,
        **{key: text for key, text in texts.items() if text is not None},
    )


def _max_mb(shape: Shape, node: YamlMap) -> float:
    value = node.get("max_mb")
    if value is None:
        return AttachmentsEndpoint().max_mb
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    if is_number and 0 < value <= _MOST_MB:
        return float(value)
    wanted = f"a number above 0, at most {_MOST_MB}"
    shape.wrong(shape.document.value(node, "max_mb"), "'max_mb'", wanted, value)
    return AttachmentsEndpoint().max_mb


def _types(shape: Shape, node: YamlMap) -> tuple[str, ...] | None:
    at = shape.document.value(node, "types")
    given = shape.as_list(node.get("types"), at, "'types' of 'attachments'")
    if given is None:
        return None
    assert isinstance(given, YamlList)
    return tuple(str(item) for item in given)
