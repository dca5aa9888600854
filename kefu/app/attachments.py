"""Puts the attachment store together as endpoints.yml says."""

from __future__ import annotations

import secrets
from pathlib import Path

from kefu.channels.attachments.links import Links
from kefu.channels.attachments.settings import DEFAULT_TYPES, AttachmentSettings
from kefu.channels.attachments.store import AttachmentStore, Files
from kefu.clock import Clock
from kefu.core.shared_state import StateChange
from kefu.errors import ProjectError
from kefu.project.settings import AttachmentsEndpoint
from kefu.storage.opened import Storage

__all__ = ["attachment_store"]

_SECRET_KEY = "attachments:secret"  # noqa: S105 - where it is kept, not what it is
_MEGABYTE = 1024 * 1024


async def attachment_store(
    endpoint: AttachmentsEndpoint, storage: Storage, clock: Clock, root: Path
) -> AttachmentStore:
    """Return the store; files are kept below ``root`` unless a bucket is named.

    Raises:
        ProjectError: A package for it is missing.
    """
    settings = AttachmentSettings(
        max_bytes=int(endpoint.max_mb * _MEGABYTE),
        types=DEFAULT_TYPES if endpoint.types is None else endpoint.types,
        public_url=endpoint.public_url,
    )
    secret = await _secret(endpoint, storage, clock)
    links = Links(secret, clock, public_url=endpoint.public_url)
    return AttachmentStore(_files(endpoint, root), storage.attachments, links, clock, settings)


def _files(endpoint: AttachmentsEndpoint, root: Path) -> Files:
    if endpoint.kind == "local":
        from kefu.storage.files.local import LocalFiles

        return LocalFiles(root / endpoint.folder)
    try:
        from kefu.storage.files.s3 import S3Files
    except ModuleNotFoundError as error:
        raise ProjectError(
            "endpoints.yml: attachments of type s3 need the package obstore: pip install 'kefu[s3]'"
        ) from error
    return S3Files(
        endpoint.bucket,
        endpoint=endpoint.endpoint,
        region=endpoint.region,
        access_key=endpoint.access_key,
        secret_key=endpoint.secret_key,
        prefix=endpoint.prefix,
    )


async def _secret(endpoint: AttachmentsEndpoint, storage: Storage, clock: Clock) -> bytes:
    """Return what links are signed with: the same in every process that uses the database."""
    if endpoint.secret is not None:
        return endpoint.secret.encode()
    states = storage.channel_state
    made = StateChange(_SECRET_KEY, secrets.token_urlsafe(32), 0)
    await states.change(made, expires_at=None, now=clock.now())
    kept = await states.get(_SECRET_KEY, now=clock.now())
    assert kept is not None
    return kept.value.encode()
