"""Reads where models come from: ``models`` of endpoints.yml, and a bucket named by variables."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Final

from kefu.errors import ModelError
from kefu.project.problems import suggestion
from kefu.project.service_address import web_address
from kefu.project.shape import Shape
from kefu.project.yaml import YamlMap, plain, variable

__all__ = ["Bucket", "ModelServerSettings", "bucket_of", "read_model_server"]

KEYS: Final = (
    "url", "token", "token_name", "headers", "params", "basic_auth", "cafile", "timeout",
    "wait_time_between_pulls",
)  # fmt: skip
_SECRET: Final = frozenset({"token", "headers", "params", "basic_auth"})
_LONGEST_WAIT: Final = 7 * 86_400
WAIT_SECONDS: Final = 100.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelServerSettings:
    """Where models are asked for."""

    section: dict[str, Any] = field(repr=False)
    """Address and credentials, as written."""
    wait_seconds: float | None = WAIT_SECONDS
    """Between two questions; None: the server is asked once, at the start."""


def read_model_server(shape: Shape, root: YamlMap) -> ModelServerSettings | None:
    """Return where models are asked for; None when the file does not say."""
    at = shape.document.value(root, "models")
    node = shape.as_map(root.get("models"), at, "'models'")
    if node is None:
        return None
    for key in node:
        if key not in KEYS:
            shape.report.warning(
                "endpoints.unknown-setting",
                shape.document.key(node, key),
                f"'models' has no setting {key!r}, it is ignored",
                suggestion(str(key), KEYS, f"possible: {', '.join(KEYS)}"),
            )
    example = "http://models.example/models/latest"
    url = web_address(shape, node, "url", "'url' of 'models'", example)
    if not url:
        if not node.get("url"):
            shape.report.error(
                "endpoints.no-address",
                shape.document.key(root, "models"),
                "'models' does not say where models are asked for",
                f"write 'url: {example}'",
            )
        return None
    wait: float | None = WAIT_SECONDS
    if "wait_time_between_pulls" in node:
        what = "'wait_time_between_pulls'"
        wait = shape.number_at(node, "wait_time_between_pulls", what, most=_LONGEST_WAIT)
    return ModelServerSettings(section={**plain(node), "url": url}, wait_seconds=wait)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bucket:
    """Where an S3-compatible store keeps models."""

    name: str
    endpoint: str | None = None
    region: str = "us-east-1"
    access_key: str | None = None
    secret_key: str | None = field(default=None, repr=False)
    prefix: str = ""


def bucket_of(kind: str) -> Bucket:
    """Return the bucket that the environment names, in Rasa's variables.

    Raises:
        ModelError: There is no such kind of store, or no bucket is named.
    """
    if kind != "aws":
        instead = (
            "Google's and Azure's stores are not spoken to directly: name one that speaks S3 with"
            " 'aws' (Google Cloud Storage does at https://storage.googleapis.com with HMAC keys,"
            " Azure behind a gateway such as MinIO), or serve models by HTTP with 'models:' in"
            " endpoints.yml"
            if kind in {"gcs", "azure"}
            else "known is: aws"
        )
        raise ModelError(f"there is no remote storage {kind!r} — {instead}")
    name = variable("BUCKET_NAME")
    if name is None:
        raise ModelError(
            "remote storage 'aws' needs the name of the bucket — set BUCKET_NAME, and"
            " AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and AWS_ENDPOINT_URL where needed"
        )
    return Bucket(
        name=name,
        endpoint=variable("AWS_ENDPOINT_URL"),
        region=variable("AWS_DEFAULT_REGION") or variable("AWS_REGION") or "us-east-1",
        access_key=variable("AWS_ACCESS_KEY_ID"),
        secret_key=variable("AWS_SECRET_ACCESS_KEY"),
        prefix=variable("REMOTE_STORAGE_PATH") or "",
    )
