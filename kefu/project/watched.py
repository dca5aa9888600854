"""What of a project's files has changed: found by looking at them, on any file system.

A look lists folders anew, so new files and folders are seen, and compares time, size and identity,
so that a file replaced by another of the same name is seen as well. A glance only asks whether
anything that was there is different, folders included: that costs a twentieth. What editors keep
beside a file while it is open does not count.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal, NamedTuple

from kefu.project.files import (
    DEFAULT_CONFIG,
    DEFAULT_DATA,
    DEFAULT_DOMAINS,
    Paths,
    as_paths,
    data_files,
    domain_files,
    shown,
)
from kefu.project.named_files import files_below

__all__ = ["Change", "Kind", "Look", "Stamp", "WatchedProject", "changes_between", "is_editors_own"]

Kind = Literal["training", "actions", "settings"]
"""What a file is for: the model is trained from it, it is code of the actions, or only a restart
can take it in: endpoints, credentials, the desk's options, connectors."""

_EDITORS_OWN: Final = re.compile(
    r"\.|#.*#$|.*(?:~|\.sw[a-z]|\.tmp|\.bak|\.orig|\.kate-swp|___jb_(?:tmp|old)___)$|4913$"
)
_CODE: Final = ".py"


class Stamp(NamedTuple):
    """What tells a file from what it was."""

    modified_ns: int
    size: int
    inode: int
    kind: Kind


@dataclass(frozen=True, slots=True)
class Change:
    """That a file is not what it was."""

    path: Path
    kind: Kind
    how: Literal["changed", "new", "gone"]

    def __str__(self) -> str:
        name = shown(self.path)
        return name if self.how == "changed" else f"{name} ({self.how})"


@dataclass(frozen=True, slots=True)
class Look:
    """What was there."""

    files: Mapping[Path, Stamp]
    probes: Mapping[str, tuple[int, int, int] | None] = field(repr=False)
    """Of each file and folder: time, size, identity."""

    def is_still_so(self) -> bool:
        """Whether nothing is different at a glance."""
        return all(_probe(path) == was for path, was in self.probes.items())


def _probe(path: str) -> tuple[int, int, int] | None:
    try:
        stat = os.stat(path)  # noqa: PTH116 - hundreds of times a second
    except OSError:
        return None
    return stat.st_mtime_ns, stat.st_size, stat.st_ino


def is_editors_own(name: str) -> bool:
    """Whether a file is what an editor keeps for itself: backups, swap files, locks."""
    return _EDITORS_OWN.match(name) is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchedProject:
    """Where the files are; ``None`` means the usual places."""

    root: Path = Path()
    domain: Paths | None = None
    config: Path | None = None
    data: Paths | None = None
    actions_module: str | None = None
    """Module or package whose code runs inside the server; None: there is none."""
    settings: tuple[Path, ...] = field(default=())
    """Files and folders that only a restart takes in."""

    def look(self, named: Sequence[Path] = ()) -> Look:
        """Return all files as they are now.

        Args:
            named: Files and folders elsewhere that the model is trained from, too; they need not
                be there.
        """
        probes = {str(path): _probe(str(path)) for path in self._folders()}
        found: dict[Path, Stamp] = {}
        for kind, paths in self._paths():
            for path in paths:
                if path in found or is_editors_own(path.name):
                    continue
                try:
                    stat = path.stat()
                except OSError:  # gone since the folder was listed, or a link to nowhere
                    continue
                found[path] = Stamp(stat.st_mtime_ns, stat.st_size, stat.st_ino, kind)
        for path, stamp in found.items():
            probes[str(path)] = (stamp.modified_ns, stamp.size, stamp.inode)
        return self.with_named(Look(found, probes), named)

    def with_named(self, look: Look, named: Sequence[Path]) -> Look:
        """Return a look with what ``named`` has now, where it was not looked at before."""
        files, probes = dict(look.files), dict(look.probes)
        for place in named:
            with suppress(OSError, ValueError):  # not the name of anything that can be read
                below = [path for path in files_below(place) if not is_editors_own(path.name)]
                for folder in {place, *(path.parent for path in below if path != place)}:
                    probes.setdefault(str(folder), _probe(str(folder)))
                for path in (path.absolute() for path in below):
                    stat = path.stat()
                    stamp = Stamp(stat.st_mtime_ns, stat.st_size, stat.st_ino, "training")
                    files.setdefault(path, stamp)
                    probes.setdefault(str(path), stamp[:3])
        return Look(files, probes)

    def _folders(self) -> Iterator[Path]:
        """Yield every folder in which a file may appear."""
        yield self.root
        places = [*self._given(self.domain, DEFAULT_DOMAINS), *self._given(self.data, DEFAULT_DATA)]
        if self.actions_module is not None:
            places.append(self.root / self.actions_module.replace(".", os.sep))
        for place in (*places, *self.settings):
            yield place.parent
            for where, folders, _ in os.walk(place, followlinks=False):
                folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
                yield Path(where)

    def _paths(self) -> Iterator[tuple[Kind, Iterable[Path]]]:
        yield "training", self._training_files()
        if self.actions_module is not None:
            yield "actions", _code_of(self.root / self.actions_module.replace(".", os.sep))
        for path in self.settings:
            yield "settings", _code_of(path) if not path.suffix else (path.absolute(),)

    def _training_files(self) -> Iterator[Path]:
        configs = [self.root / name for name in DEFAULT_CONFIG]
        yield from (p.absolute() for p in ([self.config] if self.config else configs))
        domains = self._given(self.domain, DEFAULT_DOMAINS)
        yield from (path.absolute() for path in domain_files(domains, root=self.root).files)
        yield from data_files(self._given(self.data, DEFAULT_DATA), root=self.root).files

    def _given(self, given: Paths | None, usual: Iterable[str]) -> Iterable[Path]:
        return as_paths(given) if given is not None else [self.root / name for name in usual]


def changes_between(earlier: Look, later: Look) -> tuple[Change, ...]:
    """Return what is different, by path."""
    before, after = earlier.files, later.files
    found = []
    for path in sorted(before.keys() | after.keys()):
        was, now = before.get(path), after.get(path)
        if was == now:
            continue
        if now is None:
            assert was is not None
            found.append(Change(path, was.kind, "gone"))
        else:
            found.append(Change(path, now.kind, "changed" if was else "new"))
    return tuple(found)


def _code_of(place: Path) -> Iterator[Path]:
    """Yield the code of a module or a package."""
    alone = place.with_name(f"{place.name}{_CODE}")
    if alone.is_file():
        yield alone.absolute()
    if not place.is_dir():
        return
    for where, folders, names in os.walk(place):
        folders[:] = [name for name in folders if name != "__pycache__" and name[0] != "."]
        yield from (Path(where, name).absolute() for name in names if name.endswith(_CODE))
