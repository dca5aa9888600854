"""Reads endpoints.yml, credentials.yml and desk.yml for commands that serve."""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from kefu.cli.output import fails, print_problems
from kefu.errors import ProjectError
from kefu.project.desk_options import DeskOptions
from kefu.project.load import load_credentials, load_desk, load_endpoints
from kefu.project.settings import ActionEndpoint, Credentials, Endpoints

__all__ = ["ServiceSettings", "read_settings"]


_DESK: Final = Path("desk.yml")


@dataclass(frozen=True, slots=True, kw_only=True)
class ServiceSettings:
    """What the files say."""

    endpoints: Endpoints
    credentials: Credentials
    desk: DeskOptions


def read_settings(
    *, endpoints: Path, credentials: Path | None = None, is_told: bool = False
) -> ServiceSettings:
    """Read the files, and print what is wrong with them, unless that ``is_told`` already.

    Raises:
        ProjectError: They cannot be used.
    """
    _check_named(endpoints, "endpoints.yml", "--endpoints")
    found, problems = load_endpoints(endpoints)
    channels = Credentials()
    if credentials is not None:
        _check_named(credentials, "credentials.yml", "--credentials")
        channels, more = load_credentials(credentials)
        problems = (*problems, *more)
    desk, more = load_desk(_DESK)
    problems = (*problems, *more)
    if not is_told:
        print_problems(problems)
    if fails(problems, fail_on_warnings=False):
        raise ProjectError("the settings above have to be put right first")
    return ServiceSettings(endpoints=_with_actions(found), credentials=channels, desk=desk)


def _check_named(path: Path, default: str, option: str) -> None:
    """Refuse a file that was asked for and is not there; the usual one may be missing."""
    if path != Path(default) and not path.is_file():
        raise ProjectError(f"there is no file {path} — check {option}")


def _with_actions(endpoints: Endpoints) -> Endpoints:
    """Run the module ``actions`` inside the process when the project has one and says nothing."""
    folder = Path("actions")
    has_module = folder.with_suffix(".py").is_file() or any(folder.glob("*.py"))
    if endpoints.action is not None or not has_module or find_spec("rasa_sdk") is None:
        return endpoints
    return replace(endpoints, action=ActionEndpoint(module="actions"))
