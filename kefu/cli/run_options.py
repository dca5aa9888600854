"""What ``kefu run`` was asked for, in a form that can be handed to another process."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import msgspec

from kefu.errors import ProjectError
from kefu.server.json_web_tokens import JsonWebTokens
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
    remote_storage: str | None = None
    watch: bool = False
    jwt_secret: str | None = None
    jwt_method: str = "HS256"
    demo: bool = False
    demo_anywhere: bool = False

    def server(self) -> ServerSettings:
        """Return what concerns the server itself.

        Raises:
            ProjectError: The token is empty, or the key of tokens is none.
        """
        if self.auth_token == "":  # as from a variable that is not set
            raise ProjectError("--auth-token is empty: give a token, or leave the option out")
        jwt = None
        if self.jwt_secret is not None:
            jwt = JsonWebTokens(self.jwt_secret, self.jwt_method)
        return ServerSettings(
            enable_api=self.enable_api,
            auth_token=self.auth_token,
            jwt=jwt,
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
