"""Models from elsewhere: from a model server, asked again and again, and from a bucket."""

from __future__ import annotations

import asyncio
import logging
import os
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import IO, Any, Final, Protocol

import msgspec

from kefu.errors import ModelError, Unavailable
from kefu.logs import fields, shown_url
from kefu.model.archive import read_archive
from kefu.model.location import SUFFIX
from kefu.model.record import Reason
from kefu.project.models_section import WAIT_SECONDS, ModelServerSettings, bucket_of

__all__ = ["ModelPuller", "fetch_from_bucket", "server_settings"]

log = logging.getLogger(__name__)

_KEPT: Final = ".model-server.json"
_REFUSED_SECONDS: Final = 10.0


class _Known(msgspec.Struct, frozen=True):
    """What the server handed out last, so that it is not asked for again after a restart."""

    url: str
    etag: str
    file: str


class Serving(Protocol):
    """What puts a model into service."""

    async def serve(self, path: Path, by: Reason) -> None:
        """Answer with the model at ``path``, in all processes."""
        ...


class ModelPuller:
    """Asks a model server for a model that is not here yet, and has it answer."""

    def __init__(self, settings: ModelServerSettings, folder: Path, serving: Serving) -> None:
        """Prepare for calls.

        Args:
            settings: Where, and how often.
            folder: Where models are kept.
            serving: Has them answer.

        Raises:
            ProjectError: An address or certificate cannot be used.
        """
        from kefu.remote.http_endpoint import HttpSettings
        from kefu.remote.model_server import ModelServer

        self._server = ModelServer(HttpSettings.from_section(settings.section))
        self._wait = settings.wait_seconds
        self._folder = folder
        self._serving = serving

    async def run(self) -> None:
        """Ask for ever, or once, as the settings say; what goes wrong is logged."""
        while True:
            try:
                await self.pull()
            except ModelError as error:
                log.error(  # noqa: TRY400 - what is wrong elsewhere needs no traceback
                    "no model from the model server; the present one goes on",
                    extra=fields(url=shown_url(self._server.url), reason=str(error)),
                )
                if self._wait is None:
                    await asyncio.sleep(_REFUSED_SECONDS)  # once means: until there was one
                    continue
            if self._wait is None:
                return
            await asyncio.sleep(max(self._wait, 0.1))

    async def pull(self) -> bool:
        """Ask once; return whether there was a new model. It answers already.

        Raises:
            ModelError: The server does not answer, or what it hands out cannot be used; that is
                not asked for again until the server has another.
        """
        known = await asyncio.to_thread(self._known)
        self._folder.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            dir=self._folder, prefix=".", suffix=".unfinished", delete=False
        ) as file:
            path = Path(file.name)
            try:
                handed = await self._server.fetch(known.etag if known else "", file)
                if handed is None:
                    return False
                await asyncio.to_thread(_finish, file)
                target = self._folder / handed.name
                note = _Known(self._server.url, handed.etag, handed.name)
                await asyncio.to_thread(self._take, path, target, note)
            except OSError as error:
                raise ModelError(f"it cannot be kept: {error.strerror or error}") from error
            finally:
                await asyncio.to_thread(_drop, path)
        await self._serving.serve(target, "model server")
        return True

    def _take(self, path: Path, target: Path, note: _Known) -> None:
        """Put a model in its place if it is whole; one that is not is not asked for again."""
        try:
            read_archive(path)
        except ModelError as error:
            reason = str(error).removeprefix(f"{path}: ")
            self._note(note)
            raise ModelError(reason) from error
        path.replace(target)
        self._note(note)

    def _known(self) -> _Known | None:
        try:
            known = msgspec.json.decode((self._folder / _KEPT).read_bytes(), type=_Known)
        except (OSError, msgspec.MsgspecError):
            return None
        return known if known.url == self._server.url else None

    def _note(self, known: _Known) -> None:
        if known.etag:
            (self._folder / _KEPT).write_bytes(msgspec.json.encode(known))


def server_settings(section: Mapping[str, Any]) -> ModelServerSettings:
    """Return the ``model_server`` of a request, read as ``models`` of endpoints.yml.

    Raises:
        ModelError: It names no address.
    """
    url = section.get("url")
    if not isinstance(url, str) or not url.startswith(("http://", "https://")):
        raise ModelError("'model_server' needs a 'url' that begins with http:// or https://")
    wait = section.get("wait_time_between_pulls", WAIT_SECONDS)
    if wait is not None and (isinstance(wait, bool) or not isinstance(wait, int | float)):
        raise ModelError("'wait_time_between_pulls' is a number of seconds, or null")
    return ModelServerSettings(section=dict(section), wait_seconds=wait)


async def fetch_from_bucket(kind: str, name: str | None, folder: Path) -> Path:
    """Copy a model from the bucket that the environment names into ``folder``.

    Args:
        kind: ``aws``, the only one.
        name: Of the archive; None: the one that was put there last.
        folder: Where to.

    Raises:
        ModelError: There is no such store or model, or it is damaged.
    """
    bucket = bucket_of(kind)
    try:
        from kefu.storage.files.s3 import S3Files
    except ModuleNotFoundError as error:
        raise ModelError(
            "remote storage 'aws' needs the package obstore: pip install 'kefu[s3]'"
        ) from error
    files = S3Files(
        bucket.name,
        endpoint=bucket.endpoint,
        region=bucket.region,
        access_key=bucket.access_key,
        secret_key=bucket.secret_key,
        prefix=bucket.prefix,
        what="a model",
    )
    try:
        wanted = name or await files.latest(SUFFIX)
        if wanted is None:
            raise ModelError(f"there is no model in the bucket {bucket.name}")
        content = await files.get(wanted)
    except Unavailable as error:
        raise ModelError(str(error)) from error
    if content is None:
        raise ModelError(f"there is no {wanted!r} in the bucket {bucket.name}")
    return await asyncio.to_thread(_keep, content, folder / Path(wanted).name)


def _keep(content: bytes, target: Path) -> Path:
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.unfinished")
    try:
        if target.is_file() and target.read_bytes() == content:
            return target  # as old as it was: it is not newer than what was put into service since
        target.parent.mkdir(parents=True, exist_ok=True)
        with unfinished.open("wb") as file:
            file.write(content)
            _finish(file)
        read_archive(unfinished)
        unfinished.replace(target)
    except ModelError as error:
        reason = str(error).removeprefix(f"{unfinished}: ")
        raise ModelError(f"{target.name} in the bucket: {reason}") from error
    except OSError as error:
        raise ModelError(f"{target} cannot be kept: {error.strerror or error}") from error
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return target


def _drop(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _finish(file: IO[bytes]) -> None:
    file.flush()
    os.fsync(file.fileno())
