"""The command line: one file a command; each parses its options, calls the app and prints.

Nothing heavy is imported here, so that ``kefu --version`` answers at once.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Callable
from typing import NoReturn

__all__ = ["leave", "main"]

EXIT_PROBLEM = 1
EXIT_INTERRUPTED = 130


def main() -> NoReturn:
    """Run the command line and leave the process with its status."""
    from kefu.cli.root import kefu

    leave(lambda: kefu.main(prog_name="kefu", standalone_mode=False))


def leave(run: Callable[[], object]) -> NoReturn:
    """Do ``run`` and leave the process with a status.

    The last resort for errors: whatever goes wrong ends in one clear message and a status.
    """
    import click

    from kefu.errors import KefuError

    _accept_odd_text()
    try:
        status = run()
    except click.exceptions.Exit as finished:
        status = finished.exit_code
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (KeyboardInterrupt, click.Abort):
        click.echo(err=True)
        status = EXIT_INTERRUPTED
    except BrokenPipeError:
        sys.stderr.close()
        status = EXIT_PROBLEM
    except KefuError as error:
        _say_error(f"{error} {click.style(f'[{error.code}]', dim=True)}")
        status = EXIT_PROBLEM
    except OSError as error:
        if error.filename is None:
            _say_unexpected(error)
        else:
            _say_error(f"cannot use {error.filename}: {error.strerror}")
        status = EXIT_PROBLEM
    except Exception as error:  # noqa: BLE001 - error -> message and status, once
        _say_unexpected(error)
        status = EXIT_PROBLEM
    sys.exit(status if isinstance(status, int) else 0)


def _accept_odd_text() -> None:
    """Let bytes that are no text, and terminals that lack characters, harm nothing."""
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def _say_error(text: str) -> None:
    import click

    mark = click.style("error:", fg="red", bold=True)
    click.echo(f"{mark} {text}", err=True)


def _say_unexpected(error: Exception) -> None:
    import logging
    import traceback

    if logging.getLogger().isEnabledFor(logging.DEBUG):
        traceback.print_exception(error)
        return
    _say_error(
        f"something inside Kefu failed: {type(error).__name__}: {error}\n"
        "This is a fault of Kefu, not of your project."
        " Run the command again with --debug and report what it prints."
    )
