"""What ``kefu run`` was asked for, in a form that can be handed to another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from kefu.server.settings import ServerSettings

__all__ = ["RunOptions"]


@dataclass(frozen=True, slots=True, kw_only=True)
class RunOptions:
    """The options of the command; :mod:`kefu.cli.run` says what each means."""

    model: Path
    endpoints: Path
    credentials: Path
    connector: str | None
    port: int
    interface: str | None
    enable_api: bool
    auth_token: str | None
    cors: tuple[str, ...]
    response_timeout: float
    ssl_certificate: Path | None
    ssl_keyfile: Path | None
    ssl_ca_file: Path | None
    ssl_password: str | None
    log_file: Path | None
    workers: int
    demo: bool = False
    demo_anywhere: bool = False

    def server(self) -> ServerSettings:
        """Return what concerns the server itself."""
        return ServerSettings(
            enable_api=self.enable_api,
            auth_token=self.auth_token,
            cors_origins=self.cors,
            response_timeout=self.response_timeout,
        )

    def encoded(self) -> str:
        """Return them as text in one line."""
        return msgspec.json.encode(self, enc_hook=str).decode()

    @classmethod
    def decoded(cls, text: str) -> RunOptions:
        """Return what :meth:`encoded` wrote."""
        return msgspec.json.decode(text, type=cls, dec_hook=lambda kind, value: kind(value))
