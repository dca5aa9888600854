"""All processes answer with the same model: each follows what the folder, or another, says.

The word of which model answers stands beside the archives (:mod:`kefu.model.record`), where
commands, the trainer and other processes of this machine put it. Processes that share a database
pass it on through that, to machines whose folder is another. The later word counts, wherever it
was said. It names a time at which all change, so that they have loaded the model by then.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Final, NoReturn

import msgspec

from kefu.app.background import Background
from kefu.app.coordination import GettingAlong
from kefu.app.model_sources import ModelPuller, fetch_from_bucket, server_settings
from kefu.app.models import ServedModel, ServedModels
from kefu.app.settings import AppSettings
from kefu.clock import Clock
from kefu.core.shared_state import StateChange
from kefu.errors import ModelError, ProjectError, StorageError
from kefu.gateway.coordination import LiveBus, LiveMessage
from kefu.logs import fields
from kefu.model.archive import read_metadata
from kefu.model.load import Model
from kefu.model.location import SUFFIX, latest_model
from kefu.model.record import RECORD, Reason, Served
from kefu.model.shelf import ModelShelf
from kefu.storage.opened import ChannelStates, Storage

__all__ = ["ModelFollower", "SharedWord", "following"]

log = logging.getLogger(__name__)

_KEY: Final = "model:served"
_KIND: Final = "model"
LOOK_SECONDS: Final = 0.1
SHARED_SECONDS: Final = 1.0
LEAD_SECONDS: Final = 0.7
"""So much time the other processes have to load what one was asked to serve."""
_TRIES: Final = 5
_RETRY_SECONDS: Final = 0.5

_decode = msgspec.json.Decoder(Served).decode


class SharedWord:
    """The word of which model answers, where all processes that share a database see it."""

    def __init__(self, states: ChannelStates, bus: LiveBus, clock: Clock) -> None:
        self._states = states
        self._bus = bus
        self._clock = clock
        self.heard = asyncio.Event()
        """Set when another process said something."""
        self.close: Callable[[], None] = bus.subscribe(self._hear)

    async def get(self) -> Served | None:
        """Return the latest word.

        Raises:
            StorageError: The database cannot be reached.
        """
        return (await self._get())[0]

    async def put(self, served: Served) -> None:
        """Say ``served`` unless something later was said.

        Raises:
            StorageError: The database cannot be reached.
        """
        while True:
            before, version = await self._get()
            if before is not None and before.at >= served.at:
                return
            change = StateChange(_KEY, msgspec.json.encode(served).decode(), version)
            if await self._states.change(change, expires_at=None, now=self._clock.now()):
                self._bus.publish(LiveMessage(conversation_id="", kind=_KIND))
                return

    async def _get(self) -> tuple[Served | None, int]:
        kept = await self._states.get(_KEY, now=self._clock.now())
        if kept is None:
            return None, 0
        try:
            return _decode(kept.value), kept.version
        except msgspec.MsgspecError:
            return None, kept.version

    def _hear(self, message: LiveMessage) -> None:
        if message.kind == _KIND:
            self.heard.set()


class ModelFollower:
    """Answers with the model that is said to, and says so when it is asked for another."""

    def __init__(
        self,
        models: ServedModels,
        shelf: ModelShelf,
        clock: Clock,
        shared: SharedWord | None = None,
        *,
        is_alone: bool = True,
    ) -> None:
        """Put it together; :meth:`run` begins.

        Args:
            models: Hold the model that answers.
            shelf: The folder.
            clock: Tells the time.
            shared: What machines with other folders say; None: there are none.
            is_alone: No other process has to load the model, too.
        """
        self._models = models
        self._shelf = shelf
        self._clock = clock
        self._shared = shared
        self._is_alone = is_alone
        self._lead = 0.0 if is_alone else LEAD_SECONDS
        self._word: Served | None = None
        """The word that is followed."""
        self._stamp: tuple[int, int] | None = None
        self._changing = asyncio.Lock()
        self._background: Background | None = None
        self._pulling: asyncio.Task[None] | None = None
        self._keeping: asyncio.Task[None] | None = None
        """Writes the archive of what was trained last."""
        self.on_follow: Callable[[Served], None] = lambda _served: None
        """Called when this process changes to what somebody else said."""
        self.trouble: str | None = None
        """Why the model that is said to answer does not; None: it does."""

    def work_in(self, background: Background) -> None:
        """Run what goes on for long in ``background``."""
        self._background = background

    @property
    def shelf(self) -> ModelShelf:
        """The folder of the models."""
        return self._shelf

    @property
    def current(self) -> ServedModel | None:
        """The model that answers now; None when none is loaded."""
        return self._models.current

    @property
    def answering(self) -> str:
        """Name of the model that answers now; empty when there is none."""
        current = self._models.current
        return "" if current is None else Path(current.file).name.removesuffix(SUFFIX)

    def look(self, path: str | Path) -> AbstractAsyncContextManager[ServedModel]:
        """Give the model at ``path`` to be looked at; the present one stays."""
        return self._models.look(path)

    # -- asked by this process --------------------------------------------------------------

    async def load(self, path: str | Path) -> None:
        """Answer with the model at ``path``, here and in all other processes.

        Raises:
            ModelError: It cannot be used, or the others cannot be told; the present one stays.
        """
        await self.serve(Path(path), "http")

    async def unload(self) -> None:
        """Answer with none, in all processes."""
        async with self._changing:
            await self._settled()
            served = await asyncio.to_thread(self._shelf.serve, None, "http")
            self._follow_now(served, None)
        await self._tell(served)

    async def serve(self, path: Path, by: Reason) -> None:
        """Answer with the model at ``path``, here and elsewhere; ``by`` says who wants it.

        Raises:
            ModelError: It cannot be used, or the others cannot be told; the present one stays.
        """
        async with self._changing:
            await self._settled()
            prepared = await self._models.prepared(path)
            try:
                found = Path(prepared.file)
                served = await asyncio.to_thread(self._shelf.serve, found, by, lead=self._lead)
            except ModelError:
                await prepared.close()
                raise
            self._word = served
            await self._tell(served)
            await self._until(served.switch_at)
            self._follow_now(served, prepared)

    async def use_trained(
        self,
        model: Model,
        write: Callable[[], Path],
        answers: Callable[[], None],
        *,
        replaces: bool = False,
    ) -> asyncio.Task[None] | None:
        """Answer with a model that was trained here; alone, before its archive is written.

        Where others have to load it, all change together, when it is written.

        Args:
            model: Ready for use.
            write: Writes its archive.
            answers: Called as soon as this process answers with it.
            replaces: It is the present one, trained better: rolling back leaves that one out.

        Returns:
            What ends when the archive is written, and raises ModelError if it cannot be; to be
            awaited. None: it is written.

        Raises:
            ModelError: The others cannot be told.
            OSError: Its archive cannot be written; the others cannot load it.
        """
        async with self._changing:
            prepared = self._models.around(model)
            if self._is_alone:
                self._models.use(prepared)
                answers()
                self._keeping = asyncio.create_task(  # noqa: TID251 - awaited by the caller
                    self._keep(write, replaces=replaces, before=self._keeping)
                )
                return self._keeping
            try:
                served = await self._kept(write, replaces=replaces)
            except (ModelError, OSError):
                await prepared.close()
                raise
            await self._tell(served)
            await self._until(served.switch_at)
            self._models.use(prepared)
            answers()
            return None

    async def _keep(
        self, write: Callable[[], Path], *, replaces: bool, before: asyncio.Task[None] | None
    ) -> None:
        """Write the archive of a model that answers, after that of the one before."""
        if before is not None:
            await asyncio.wait([before])
        try:
            await self._kept(write, replaces=replaces)
        except (ModelError, OSError) as error:
            raise ModelError(
                f"the new model answers, but is lost at a restart: {_reason(error)}"
            ) from error

    async def _kept(self, write: Callable[[], Path], *, replaces: bool) -> Served:
        path = await asyncio.to_thread(write)
        served = await asyncio.to_thread(
            self._shelf.serve, path, "watch", lead=self._lead, replaces=replaces
        )
        self._word = served
        self.trouble = None
        return served

    async def _settled(self) -> None:
        """Wait until what was trained here is written: later words come after it."""
        if self._keeping is not None:
            await asyncio.wait([self._keeping])

    async def load_from_server(self, section: Mapping[str, Any]) -> None:
        """Answer with the model of a model server, and go on asking it as ``section`` says.

        Raises:
            ModelError: The server does not answer, has none, or one that cannot be used.
        """
        settings = server_settings(section)
        try:
            puller = ModelPuller(settings, self._shelf.folder, self)
        except ProjectError as error:
            raise ModelError(str(error)) from error
        await puller.pull()
        if settings.wait_seconds is not None:
            self.pull_from(puller)

    async def load_from_bucket(self, kind: str, name: str) -> None:
        """Answer with a model of remote storage.

        Raises:
            ModelError: There is no such storage or model.
        """
        await self.serve(await fetch_from_bucket(kind, name, self._shelf.folder), "http")

    def pull_from(self, puller: ModelPuller) -> None:
        """Ask a model server from now on, and no other any more."""
        if self._pulling is not None:
            self._pulling.cancel()
        if self._background is not None:
            self._pulling = self._background.keep_going("model server", puller.run)

    # -- following others -------------------------------------------------------------------

    async def begin(self) -> None:
        """Compare the model that was loaded at the start with what is said, and say which it is."""
        current = self._models.current
        word = await asyncio.to_thread(lambda: self._shelf.record().served)
        theirs = await self._theirs()
        if theirs is not None and (word is None or theirs.at > word.at):
            word = theirs
        if current is not None and (word is None or self._is_overtaken(word, current)):
            path = Path(current.file)
            with suppress(ModelError):  # a folder that cannot be written is followed all the same
                word = await asyncio.to_thread(self._shelf.serve, path, "start", only_new=True)
                await self._tell(word)
        if word is not None and current is not None and word.model_id == current.model_id:
            self._word = word

    async def run(self) -> NoReturn:
        """Follow for ever."""
        loop = asyncio.get_running_loop()
        next_shared = loop.time()
        while True:
            if self._has_changed():
                served = await asyncio.to_thread(lambda: self._shelf.record().served)
                if served is not None and self._is_later(served):
                    await self._follow(served)
                    await self._tell(served)
            if self._shared is not None and (
                loop.time() >= next_shared or self._shared.heard.is_set()
            ):
                next_shared = loop.time() + SHARED_SECONDS
                self._shared.heard.clear()
                theirs = await self._theirs()
                if theirs is not None and self._is_later(theirs):
                    await self._follow(theirs)
                elif self._word is not None and (theirs is None or self._word.at > theirs.at):
                    await self._tell(self._word)
            await asyncio.sleep(LOOK_SECONDS)

    async def _follow(self, served: Served) -> None:
        """Change to what somebody else said; what cannot be loaded leaves the present one."""
        async with self._changing:
            await self._settled()
            if not self._is_later(served):
                return
            self._word = served
            if served.file is None:
                self._follow_now(served, None)
                return
            current = self._models.current
            if current is not None and current.model_id == served.model_id:
                await asyncio.to_thread(self._adopt, served)
                return
            try:
                prepared = await self._prepared(served)
            except ModelError as error:
                self.trouble = str(error)
                log.error(  # noqa: TRY400 - what is wrong with a model needs no traceback
                    "the model that is to answer cannot be used; the present one goes on",
                    extra=fields(said_by=served.by, reason=str(error)),
                )
                return
            await self._until(served.switch_at)
            self._follow_now(served, prepared)
            self.on_follow(served)
            await asyncio.to_thread(self._adopt, served, Path(prepared.file))

    async def _prepared(self, served: Served) -> ServedModel:
        """Load a model; one that is damaged may be on its way still."""
        for attempt in range(1, _TRIES + 1):
            try:
                path = await asyncio.to_thread(self._local, served)
                return await self._models.prepared(path)
            except ModelError:
                latest = await asyncio.to_thread(lambda: self._shelf.record().served)
                if attempt == _TRIES or (latest is not None and latest.at > served.at):
                    raise
            await asyncio.sleep(_RETRY_SECONDS)
        raise AssertionError

    def _local(self, served: Served) -> Path:
        """Return where the model lies on this machine."""
        path = self._shelf.path_of(served)
        if path is not None and _is_model(path, served.model_id):
            return path
        for model in self._shelf.models():
            if model.metadata is not None and model.metadata.model_id == served.model_id:
                return model.path
        if path is not None and path.is_file():
            raise ModelError(f"{path} is another model here than where it was put into service")
        raise ModelError(
            f"{served.file} was put into service elsewhere, but is not in {self._shelf.folder}/ —"
            " let the machines share the folder, or copy the file"
        )

    def _adopt(self, served: Served, path: Path | None = None) -> None:
        """Note here what another folder said, so that a restart begins with it."""
        if path is not None and path.parent == self._shelf.folder:
            served = msgspec.structs.replace(served, file=path.name)
        with suppress(ModelError):
            self._shelf.adopt(served)

    def _follow_now(self, served: Served, prepared: ServedModel | None) -> None:
        self._word = served
        self._models.use(prepared)
        self.trouble = None

    def _is_later(self, served: Served) -> bool:
        return self._word is None or served.at > self._word.at

    def _is_overtaken(self, word: Served, current: ServedModel) -> bool:
        """Whether the model of the start was trained after ``word`` was said."""
        if word.model_id == current.model_id or word.file is None:
            return word.file is None
        newest = latest_model(self._shelf.folder)
        return (
            newest is not None
            and newest == Path(current.file)
            and newest.stat().st_mtime_ns > word.newest_ns
        )

    def _has_changed(self) -> bool:
        try:
            stat = (self._shelf.folder / RECORD).stat()
        except OSError:
            return False
        stamp = (stat.st_mtime_ns, stat.st_ino)
        is_new, self._stamp = stamp != self._stamp, stamp
        return is_new

    async def _until(self, switch_at: float) -> None:
        wait = switch_at - self._clock.now()
        if 0 < wait <= 10 * LEAD_SECONDS:  # a clock far ahead shall not keep anybody waiting
            await asyncio.sleep(wait)

    async def _theirs(self) -> Served | None:
        if self._shared is None:
            return None
        try:
            return await self._shared.get()
        except StorageError as error:
            log.info("cannot ask which model answers elsewhere", extra=fields(reason=str(error)))
            return None

    async def _tell(self, served: Served) -> None:
        if self._shared is None:
            return
        try:
            await self._shared.put(served)
        except StorageError as error:
            log.warning("cannot tell which model answers", extra=fields(reason=str(error)))


@asynccontextmanager
async def following(
    settings: AppSettings,
    models: ServedModels,
    storage: Storage,
    along: GettingAlong,
    clock: Clock,
    background: Background,
) -> AsyncIterator[ModelFollower | None]:
    """Follow the folder that the settings name, if they do."""
    if settings.models_folder is None:
        yield None
        return
    shared = None
    if along.shared is not None:
        shared = SharedWord(storage.channel_state, along.shared.bus, clock)
    follower = ModelFollower(
        models,
        ModelShelf(settings.models_folder, clock),
        clock,
        shared,
        is_alone=along.shared is None,
    )
    follower.work_in(background)
    await follower.begin()
    if settings.endpoints.models is not None:
        folder = settings.models_folder
        follower.pull_from(ModelPuller(settings.endpoints.models, folder, follower))
    running = background.keep_going("models", follower.run)
    yield follower
    running.cancel()


def _reason(error: Exception) -> str:
    return (error.strerror or str(error)) if isinstance(error, OSError) else str(error)


def _is_model(path: Path, model_id: str) -> bool:
    try:
        return read_metadata(path).model_id == model_id
    except ModelError:
        return False
