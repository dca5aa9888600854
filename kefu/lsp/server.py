"""The loop of the language server: takes messages, answers them, tells problems after edits."""

from __future__ import annotations

import logging
import queue
import threading
import time
from collections.abc import Callable
from io import RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, Final

from kefu import __version__
from kefu.errors import EditRefused, KefuError
from kefu.lsp.features import CAPABILITIES, Features, diagnostic
from kefu.lsp.text import Text
from kefu.lsp.wire import (
    BAD_REQUEST,
    FAILED,
    UNKNOWN_METHOD,
    BadMessage,
    Writer,
    read_message,
)
from kefu.lsp.workspace import SchemasOf, Workspace, path_of, uri_of

__all__ = ["serve"]

log = logging.getLogger(__name__)

QUIET_SECONDS: Final = 0.15
"""So long nothing must have been typed before the project is checked."""
_NOT_STARTED: Final = -32002
_INVALID_PARAMS: Final = -32602
_INTERNAL: Final = -32603

_Incoming = dict[str, Any] | BadMessage | None


def serve(stdin: RawIOBase, stdout: BinaryIO, schemas_of: SchemasOf) -> int:
    """Serve one editor until it says good-bye.

    Args:
        stdin: Where its messages come from; without a buffer, whose lock outlives the thread.
        stdout: Where they go.
        schemas_of: Makes the schemas of a project's files.

    Returns:
        The exit status: 0 after an orderly end, 1 otherwise.
    """
    incoming: queue.Queue[_Incoming] = queue.Queue()
    threading.Thread(target=_listen, args=(stdin, incoming.put), daemon=True).start()
    server = _Server(Writer(stdout), schemas_of)
    while True:
        try:
            message = incoming.get(timeout=server.wait_seconds())
        except queue.Empty:
            server.check()
            continue
        if message is None or (isinstance(message, dict) and message.get("method") == "exit"):
            return 0 if server.is_shut_down else 1
        server.take(message)


def _listen(stream: RawIOBase, put: Callable[[_Incoming], None]) -> None:
    while True:
        try:
            message = read_message(stream)
        except BadMessage as error:
            put(error)
            continue
        except (OSError, ValueError):
            message = None
        put(message)
        if message is None:
            return


class _Server:
    def __init__(self, writer: Writer, schemas_of: SchemasOf) -> None:
        self.is_shut_down = False
        self._writer = writer
        self._schemas_of = schemas_of
        self._workspace: Workspace | None = None
        self._features: Features | None = None
        self._due: float | None = None
        self._told: set[Path] = set()

    def wait_seconds(self) -> float | None:
        """Return how long to wait for messages before there is something to do; None: for ever."""
        return None if self._due is None else max(0.0, self._due - time.monotonic())

    # messages

    def take(self, message: dict[str, Any] | BadMessage) -> None:
        """Take a message; whatever is wrong with it, the next one is taken."""
        if isinstance(message, BadMessage):
            self._writer.error(None, message.code, str(message))
            return
        method, id_ = message.get("method"), message.get("id")
        params = message.get("params")
        if not method:
            return  # an answer to nothing that was asked
        if params is not None and not isinstance(params, dict):
            self._refuse(id_, _INVALID_PARAMS, "'params' is no object")
            return
        try:
            result = self._handled(method, params or {}, is_request="id" in message)
        except BadMessage as error:
            self._refuse(id_, error.code, str(error))
        except EditRefused as error:
            self._refuse(id_, FAILED, str(error))
        except (KeyError, TypeError, ValueError, AttributeError, LookupError) as error:
            log.warning("%s could not be answered", method, exc_info=error)
            self._refuse(id_, _INVALID_PARAMS, f"{method}: {type(error).__name__}: {error}")
        except (KefuError, OSError) as error:
            self._refuse(id_, _INTERNAL, str(error))
        else:
            if "id" in message:
                self._writer.result(id_, result)

    def _refuse(self, id_: Any, code: int, text: str) -> None:
        if id_ is not None:
            self._writer.error(id_, code, text)

    def _handled(self, method: str, params: dict[str, Any], *, is_request: bool) -> Any:
        if method == "initialize":
            return self._initialize(params)
        if self._workspace is None or self._features is None:
            if is_request:
                raise BadMessage(_NOT_STARTED, "'initialize' comes first")
            return None
        if self.is_shut_down:
            raise BadMessage(BAD_REQUEST, "after 'shutdown' only 'exit' may come")
        if method == "shutdown":
            self.is_shut_down = True
            return None
        if method in self._features.requests:
            return self._features.requests[method](params)
        notice = _NOTICES.get(method)
        if notice is not None:
            notice(self, self._workspace, params)
        elif is_request:
            raise BadMessage(UNKNOWN_METHOD, f"{method!r} is not known")
        return None

    def _initialize(self, params: dict[str, Any]) -> dict[str, Any]:
        folders = params.get("workspaceFolders") or [{"uri": params.get("rootUri") or ""}]
        root = path_of(str(folders[0]["uri"])) or Path(params.get("rootPath") or ".").absolute()
        self._workspace = Workspace(root, self._schemas_of)
        self._features = Features(self._workspace, self._warn)
        self._check_soon(at_once=True)
        info = {"name": "kefu", "version": __version__}
        return {"capabilities": CAPABILITIES, "serverInfo": info}

    def _warn(self, text: str) -> None:
        self._writer.notify("window/showMessage", {"type": 2, "message": text})

    # texts

    def _opened(self, workspace: Workspace, params: dict[str, Any]) -> None:
        document = params["textDocument"]
        self._put(workspace, document, Text(str(document["text"])))

    def _changed(self, workspace: Workspace, params: dict[str, Any]) -> None:
        document = params["textDocument"]
        path = path_of(str(document["uri"]))
        known = workspace.open.get(path) if path else None
        if known is not None:
            self._put(workspace, document, known.changed(params["contentChanges"]))

    def _closed(self, workspace: Workspace, params: dict[str, Any]) -> None:
        self._put(workspace, params["textDocument"], None)

    def _put(self, workspace: Workspace, document: dict[str, Any], text: Text | None) -> None:
        path = path_of(str(document["uri"]))
        if path is not None:
            workspace.put(path, text)
            self._check_soon()

    def _saved(self, workspace: Workspace, params: dict[str, Any]) -> None:  # noqa: ARG002
        workspace.forget()
        self._check_soon(at_once=True)

    # problems

    def _check_soon(self, *, at_once: bool = False) -> None:
        self._due = time.monotonic() + (0 if at_once else QUIET_SECONDS)

    def check(self) -> None:
        """Tell the problems of all files, and of which files there are none any more."""
        self._due = None
        workspace = self._workspace
        if workspace is None:
            return
        try:
            problems = workspace.problems()
        except (KefuError, OSError) as error:
            self._warn(str(error))
            return
        for path in self._told - problems.keys():
            self._publish(path, [])
        for path, found in problems.items():
            text = workspace.text(path) or Text("")
            self._publish(path, [diagnostic(one, text) for one in found])
        self._told = set(problems)
        for path in workspace.open.keys() - problems.keys():
            self._publish(path, [])

    def _publish(self, path: Path, found: list[dict[str, Any]]) -> None:
        self._writer.notify(
            "textDocument/publishDiagnostics", {"uri": uri_of(path), "diagnostics": found}
        )


_Notice = Callable[["_Server", Workspace, dict[str, Any]], None]
_NOTICES: Final[dict[str, _Notice]] = {
    "textDocument/didOpen": _Server._opened,  # noqa: SLF001 - a table of its methods
    "textDocument/didChange": _Server._changed,  # noqa: SLF001
    "textDocument/didClose": _Server._closed,  # noqa: SLF001
    "textDocument/didSave": _Server._saved,  # noqa: SLF001
    "workspace/didChangeWatchedFiles": _Server._saved,  # noqa: SLF001
}
