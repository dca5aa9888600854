"""Files in an S3-compatible store, through obstore; loaded only when named."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, cast

import obstore
from obstore.exceptions import BaseError
from obstore.store import S3Store

from kefu.errors import Unavailable

__all__ = ["S3Files"]

_TIMEOUT = timedelta(seconds=20)


class S3Files:
    """Keeps files in a bucket, below a prefix."""

    def __init__(  # noqa: PLR0913 - one for each setting
        self,
        bucket: str,
        *,
        endpoint: str | None = None,
        region: str = "us-east-1",
        access_key: str | None = None,
        secret_key: str | None = None,
        prefix: str = "",
        virtual_hosted: bool = False,
        what: str = "an attachment",
    ) -> None:
        """Name the bucket.

        Args:
            bucket: Its name; it must exist.
            endpoint: Address of the store; None: Amazon's.
            region: Where the bucket is.
            access_key: Who we are; None: as the machine's own credentials say.
            secret_key: Belongs to it.
            prefix: Put before every name, such as ``kefu/``.
            virtual_hosted: The bucket's name is part of the host's.
            what: What is kept, for messages.
        """
        config: dict[str, Any] = {
            "region": region,
            "virtual_hosted_style_request": virtual_hosted,
        }
        if endpoint is not None:
            config["endpoint"] = endpoint
        if access_key is not None:
            config |= {"access_key_id": access_key, "secret_access_key": secret_key or ""}
        is_plain = (endpoint or "").startswith("http://")
        self._store = S3Store(
            bucket,
            config=cast("Any", config),
            client_options={"allow_http": is_plain, "timeout": _TIMEOUT},
            retry_config={"max_retries": 3, "retry_timeout": _TIMEOUT},
        )
        self._what = what
        self._prefix = prefix.strip("/") + "/" if prefix.strip("/") else ""

    async def put(self, name: str, data: bytes) -> None:
        """Keep ``data``.

        Raises:
            Unavailable: The store did not take it.
        """
        try:
            await obstore.put_async(self._store, self._prefix + name, data)
        except BaseError as error:
            raise self._translated("kept", error) from error

    async def get(self, name: str) -> bytes | None:
        """Return a file's bytes; None when there is none."""
        try:
            found = await obstore.get_async(self._store, self._prefix + name)
            return bytes(await found.bytes_async())
        except FileNotFoundError:
            return None
        except BaseError as error:
            raise self._translated("read", error) from error

    async def delete(self, name: str) -> None:
        """Forget a file."""
        try:
            await obstore.delete_async(self._store, self._prefix + name)
        except FileNotFoundError:
            return
        except BaseError as error:
            raise self._translated("deleted", error) from error

    async def latest(self, suffix: str) -> str | None:
        """Return the name of the file with ``suffix`` that was put there last; None: there is none.

        Raises:
            Unavailable: The store does not tell.
        """
        found: list[tuple[Any, str]] = []
        try:
            async for page in obstore.list(self._store, prefix=self._prefix or None):
                found += [(one["last_modified"], one["path"]) for one in page]
        except BaseError as error:
            raise self._translated("found", error) from error
        named = [item for item in found if item[1].endswith(suffix)]
        return max(named)[1].removeprefix(self._prefix) if named else None

    def _translated(self, done: str, error: BaseError) -> Unavailable:
        # The library's text goes on about its configuration: the first line says enough.
        reason = str(error).strip().partition("\n")[0][:200]
        return Unavailable(f"{self._what} could not be {done} in the S3 store: {reason}")
