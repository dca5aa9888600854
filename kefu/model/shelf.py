"""The models of a folder: listed, named, put into service, rolled back."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from kefu.clock import Clock, SystemClock
from kefu.errors import ModelError
from kefu.model.archive import read_archive, read_metadata
from kefu.model.location import SUFFIX, latest_model
from kefu.model.metadata import ModelMetadata
from kefu.model.record import Reason, Record, Served, changing, read_record

__all__ = ["NEWEST", "Choice", "ModelShelf", "ShelvedModel"]

NEWEST: Final = "newest"
"""Stands for the archive written last wherever a model is named."""
_TICK: Final = 0.001


@dataclass(frozen=True, slots=True, kw_only=True)
class ShelvedModel:
    """An archive."""

    path: Path
    metadata: ModelMetadata | None
    """None: it cannot be read."""
    tags: tuple[str, ...]
    is_served: bool
    written: float
    """In seconds since the Unix epoch."""
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """The model to begin with, and why it is not another."""

    path: Path
    note: str = ""


class ModelShelf:
    """A folder of models."""

    def __init__(self, folder: Path, clock: Clock | None = None) -> None:
        self.folder = folder
        self._clock = clock or SystemClock()

    def record(self) -> Record:
        """Return what the folder says of its models."""
        return read_record(self.folder)

    def path_of(self, served: Served) -> Path | None:
        """Return where a served model lies; None: none is served."""
        return None if served.file is None else self.folder / served.file

    def models(self) -> Sequence[ShelvedModel]:
        """Return all models, the newest first."""
        record = self.record()
        served = record.served.file if record.served else None
        found = []
        for path in self._archives():
            try:
                stat = path.stat()
            except OSError:  # deleted meanwhile
                continue
            metadata = _metadata(path)
            model = ShelvedModel(
                path=path,
                metadata=metadata,
                tags=tuple(sorted(tag for tag, file in record.tags.items() if file == path.name)),
                is_served=path.name == served,
                written=stat.st_mtime_ns / 1e9,
                size=stat.st_size,
            )
            found.append((stat.st_mtime_ns, path.name, model))
        return [model for *_, model in sorted(found, key=lambda item: item[:2], reverse=True)]

    def find(self, name: str) -> Path:
        """Return the archive that ``name`` means: a tag, a file's name or part of it, a path.

        Raises:
            ModelError: There is none, or there are several.
        """
        if name == NEWEST:
            newest = latest_model(self.folder)
            if newest is None:
                raise ModelError(f"there is no trained model in {self.folder}/")
            return newest
        tagged = self.record().tags.get(name)
        if tagged is not None:
            return self._existing(self.folder / tagged, f"the tag {name!r} names")
        direct = [self.folder / name, self.folder / f"{name}{SUFFIX}", Path(name)]
        for path in direct:
            if path.is_file() and path.name.endswith(SUFFIX):
                return path
        near = sorted(path for path in self._archives() if name in path.name)
        if len(near) == 1:
            return near[0]
        if near:
            some = ", ".join(path.name.removesuffix(SUFFIX) for path in near[:3])
            more = "write more of the name"
            raise ModelError(f"{name!r} fits {len(near)} models ({some} …) — {more}")
        raise ModelError(
            f"there is no model {name!r} in {self.folder}/ — 'kefu model list' shows what there is"
        )

    def choose(self) -> Choice:
        """Return the model to begin with: the one that answered last, or one trained since.

        Raises:
            ModelError: There is none.
        """
        newest = latest_model(self.folder)
        if newest is None:
            advice = "run 'kefu train' first"
            raise ModelError(f"there is no trained model in {self.folder}/ — {advice}")
        served = self.record().served
        path = None if served is None else self.path_of(served)
        if served is None or path is None or path == newest:
            return Choice(path=newest)
        if not path.is_file():
            note = f"{path} answered last, but is gone: {newest} answers"
            return Choice(path=newest, note=note)
        if newest.stat().st_mtime_ns > served.newest_ns:
            note = f"{newest} is newer than {path}, which answered last: it answers now"
            return Choice(path=newest, note=note)
        note = f"{path} was put into service by 'kefu model'; {newest.name} is newer, but waits"
        return Choice(path=path, note=note)

    def serve(
        self,
        path: Path | None,
        by: Reason,
        *,
        lead: float = 0.0,
        only_new: bool = False,
        replaces: bool = False,
    ) -> Served:
        """Say that the model at ``path`` answers from now on; all processes follow.

        Args:
            path: An archive, in this folder or elsewhere; None: no model answers.
            by: Who says so.
            lead: In how many seconds the processes change: so much time they have to load it.
            only_new: Say nothing if that model is the one already.
            replaces: Forget the one that answered until now: this is a better one of the same.

        Raises:
            ModelError: It cannot be read, or the folder cannot be written.
        """
        model_id = "" if path is None else read_metadata(path).model_id
        name = None if path is None else self._name_of(path)
        with changing(self.folder) as record:
            before = record.served
            if only_new and before is not None and before.file == name:
                return before
            at = self._after(before)
            served = Served(
                file=name,
                model_id=model_id,
                at=at,
                switch_at=at + lead,
                by=by,
                newest_ns=self._newest_ns(),
            )
            if replaces:
                record.served = served
            else:
                record.serve(served)
            return served

    def adopt(self, served: Served) -> bool:
        """Take over what another folder said, if it is later than what is said here."""
        with changing(self.folder) as record:
            if record.served is not None and record.served.at >= served.at:
                return False
            record.serve(msgspec.structs.replace(served, newest_ns=self._newest_ns()))
            return True

    def roll_back(self, *, lead: float = 0.0) -> Served:
        """Let the model answer that did before the present one; repeated, the one before that.

        Raises:
            ModelError: There is none any more, or the folder cannot be written.
        """
        with changing(self.folder) as record:
            current = record.served.file if record.served else None
            while record.earlier:
                before = record.earlier.pop()
                path = self.path_of(before)
                if path is None or before.file == current or not is_whole(path):
                    continue
                at = self._after(record.served)
                record.served = msgspec.structs.replace(
                    before, at=at, switch_at=at + lead, by="rollback", newest_ns=self._newest_ns()
                )
                return record.served
        raise ModelError(
            f"no model answered before this one in {self.folder}/ — 'kefu model use' takes any"
        )

    def tag(self, path: Path, name: str) -> str | None:
        """Call a model ``name``; return the file that was called so before.

        Raises:
            ModelError: The name says something else already, or the folder cannot be written.
        """
        if name == NEWEST or name.endswith(SUFFIX) or not name.strip() or "/" in name:
            raise ModelError(f"a model cannot be called {name!r} — take a word such as 'good'")
        if path.parent.resolve() != self.folder.resolve():
            raise ModelError(f"{path} is not in {self.folder}/ — copy it there first")
        with changing(self.folder) as record:
            before = record.tags.get(name)
            record.tags[name] = path.name
        return before

    def untag(self, name: str) -> None:
        """Take a name away.

        Raises:
            ModelError: No model is called so, or the folder cannot be written.
        """
        with changing(self.folder) as record:
            if record.tags.pop(name, None) is None:
                raise ModelError(f"no model is called {name!r}")

    def drop_old(self, written: Sequence[Path], keep: int) -> Sequence[Path]:
        """Delete the oldest of ``written`` but ``keep``; what is served or has a name stays."""
        record = self.record()
        served = record.served.file if record.served else None
        dear = {served, *record.tags.values()}
        there = [path for path in written if path.name not in dear and path.is_file()]
        dropped = there[: max(0, len(there) - keep)]
        for path in dropped:
            path.unlink(missing_ok=True)
        return dropped

    def _archives(self) -> Iterable[Path]:
        return (p for p in self.folder.glob(f"*{SUFFIX}") if not p.name.startswith("."))

    def _name_of(self, path: Path) -> str:
        if path.parent.resolve() == self.folder.resolve():
            return path.name
        return str(path.resolve())

    def _newest_ns(self) -> int:
        newest = latest_model(self.folder)
        return newest.stat().st_mtime_ns if newest else 0

    def _after(self, before: Served | None) -> float:
        """Return the time, later than what was said before, whatever clock said that."""
        now = self._clock.now()
        return now if before is None else max(now, before.at + _TICK)

    @staticmethod
    def _existing(path: Path, what: str) -> Path:
        if not path.is_file():
            raise ModelError(f"{what} {path}, which is gone")
        return path


def is_whole(path: Path) -> bool:
    """Whether an archive is there and undamaged to its end."""
    try:
        read_archive(path)
    except ModelError:
        return False
    return True


def _metadata(path: Path) -> ModelMetadata | None:
    try:
        return read_metadata(path)
    except ModelError:
        return None
