"""Finds the files of a project, and says what each of them has."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

from kefu.project.problems import Place, Report
from kefu.project.yaml import YamlMap

__all__ = [
    "DEFAULT_CONFIG",
    "DEFAULT_DATA",
    "DEFAULT_DOMAINS",
    "Paths",
    "as_paths",
    "data_files",
    "domain_files",
    "foreign_format",
    "has_keys",
    "shown",
]

Paths = Path | str | Sequence[Path | str]

DEFAULT_DOMAINS: Final = ("domain.yml", "domain.yaml", "domain")
DEFAULT_CONFIG: Final = ("config.yml", "config.yaml")
DEFAULT_DATA: Final = ("data",)
YAML_SUFFIXES: Final = frozenset((".yml", ".yaml"))
_DATA_SUFFIXES: Final = YAML_SUFFIXES | {".json", ".md"}
_SKIPPED_FOLDERS: Final = frozenset(("__pycache__", "node_modules", "site-packages"))
_SKIPPED_AT_ROOT: Final = frozenset(("results", "models", "var"))

_MARKDOWN_NLU: Final = re.compile(r"^##\s*(?:intent|synonym|regex|lookup)\s*:", re.MULTILINE)
_MARKDOWN_STORY: Final = re.compile(
    r"^##\s+\S.*\n(?:\s*[>*].*\n)*\s*\*\s*\w[^\n]*\n\s+-\s+\w", re.MULTILINE
)

Format = Literal["markdown", "json", "rasa_json"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Files found under the paths of a project."""

    files: tuple[Path, ...]
    missing: tuple[Path, ...] = ()


def as_paths(given: Paths) -> tuple[Path, ...]:
    """Return one path or several as a tuple of paths."""
    if isinstance(given, str | Path):
        return (Path(given),)
    return tuple(Path(path) for path in given)


def shown(path: Path) -> str:
    """Return the name of a file in messages: relative to the working directory when it is below."""
    absolute = Path(os.path.normpath(path.absolute()))
    try:
        return absolute.relative_to(Path.cwd()).as_posix() or "."
    except ValueError:
        return str(absolute)


def data_files(paths: Iterable[Path], *, root: Path) -> Found:
    """Return the files below ``paths`` that may have training data, in the order of their names."""
    found: set[Path] = set()
    missing: list[Path] = []
    for path in paths:
        if path.is_dir():
            found.update(_below(path, root, _DATA_SUFFIXES))
        elif path.is_file():
            found.add(path.absolute())
        else:
            missing.append(path)
    return Found(files=tuple(sorted(found, key=str)), missing=tuple(missing))


def domain_files(paths: Iterable[Path], *, root: Path) -> Found:
    """Return domain files: those named, and the YAML files below those that are folders."""
    found: list[Path] = []
    missing: list[Path] = []
    for path in paths:
        if path.is_dir():
            found += _below(path, root, YAML_SUFFIXES)
        elif path.is_file():
            found.append(path.absolute())
        else:
            missing.append(path)
    return Found(files=tuple(dict.fromkeys(found)), missing=tuple(missing))


def _below(folder: Path, root: Path, suffixes: frozenset[str]) -> list[Path]:
    found: list[Path] = []
    at_root = folder.resolve() == root.resolve()
    seen: set[str] = set()
    for where, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(where)
        if real in seen or "pyvenv.cfg" in names:
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".")
            and name not in _SKIPPED_FOLDERS
            and not (at_root and Path(where) == folder and name in _SKIPPED_AT_ROOT)
        )
        found += [
            Path(where, name).absolute()
            for name in sorted(names)
            if os.path.splitext(name)[1] in suffixes and not name.startswith(".")  # noqa: PTH122
        ]
    return found


def has_keys(root: Any, keys: Iterable[str]) -> bool:
    """Tell whether the content of a file has any of the top-level keys."""
    return isinstance(root, YamlMap) and any(key in root for key in keys)


def foreign_format(path: Path) -> Format | None:
    """Return the format of a file that is no YAML, None when it has nothing to do with training."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return None
    if path.suffix == ".md":
        is_data = _MARKDOWN_NLU.search(text) or _MARKDOWN_STORY.search(text)
        return "markdown" if is_data else None
    try:
        content = json.loads(text)
    except ValueError:
        return None
    if isinstance(content, dict) and "rasa_nlu_data" in content:
        return "rasa_json"
    return "json" if _is_foreign_json(content, path.name) else None


def _is_foreign_json(content: Any, name: str) -> bool:
    if "_usersays_" in name or "_entries_" in name:
        return True
    keys = ("utterances", "luis_schema_version", "supportedLanguages", "responses", "isEnum")
    return isinstance(content, dict) and any(key in content for key in keys)


def report_missing(paths: Iterable[Path], what: str, option: str, report: Report) -> None:
    """Report paths that do not exist."""
    for path in paths:
        report.error(
            "project.no-such-file",
            Place(shown(path)),
            f"there is no such {what}",
            f"check {option}",
        )
