"""What ``kefu run actions`` does: starts rasa-sdk's server on the project's actions."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Sequence
from pathlib import Path

from kefu.errors import ProjectError

__all__ = ["serve_actions"]

EVERY_INTERFACE = "0.0.0.0"  # noqa: S104 - what rasa-sdk listens on


def serve_actions(  # noqa: PLR0913 - one for each option of the command line
    *,
    actions: str,
    port: int,
    cors: Sequence[str],
    auto_reload: bool,
    ssl_certificate: Path | None,
    ssl_keyfile: Path | None,
    ssl_password: str | None,
) -> None:
    """Serve until stopped.

    Raises:
        ProjectError: rasa-sdk is not installed, or there are no actions.
        KefuError: The port cannot be had.
    """
    try:
        from rasa_sdk.__main__ import main_from_args
        from rasa_sdk.endpoint import create_argument_parser

        from kefu.server.sockets import listening_socket
    except ImportError as error:
        raise ProjectError(
            f"custom actions need rasa-sdk ({error}) — install it with: pip install 'kefu[sdk]'"
        ) from error
    module = actions.removesuffix(".py").strip("/").replace("/", ".")
    path = Path(*module.split("."))
    if not path.is_dir() and not path.with_suffix(".py").is_file():
        raise ProjectError(
            f"there is no module {module!r} in {Path.cwd()} — name it with --actions"
        )
    listening_socket(EVERY_INTERFACE, port).close()  # rasa-sdk's server fails with a traceback
    # rasa-sdk counts versions apart from the protocol, which has not changed since Rasa 3.0.
    warnings.filterwarnings("ignore", message="Your versions of rasa and rasa_sdk")
    sys.path.insert(0, str(Path.cwd()))
    arguments = ["--actions", module, "--port", str(port)]
    if cors:
        arguments += ["--cors", *cors]
    if auto_reload:
        arguments.append("--auto-reload")
    for name, value in (
        ("--ssl-certificate", ssl_certificate),
        ("--ssl-keyfile", ssl_keyfile),
        ("--ssl-password", ssl_password),
    ):
        if value is not None:
            arguments += [name, str(value)]
    main_from_args(create_argument_parser().parse_args(arguments))
