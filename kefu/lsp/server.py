"""The loop of the language server: takes messages, answers them, tells problems after edits."""

from __future__ import annotations

import gc
import logging
import queue
import sys
import threading
from collections.abc import Callable
from io import RawIOBase
from pathlib import Path
from typing import Any, BinaryIO, Final

from kefu import __version__
from kefu.errors import EditRefused, KefuError
from kefu.lsp.checking import Checker, Publisher
from kefu.lsp.features import CAPABILITIES, Features
from kefu.lsp.text import Text
from kefu.lsp.wire import (
    BAD_REQUEST,
    CANCELLED,
    FAILED,
    UNKNOWN_METHOD,
    BadMessage,
    Reader,
    Writer,
)
from kefu.lsp.workspace import SchemasOf, Workspace, path_of

__all__ = ["serve"]

log = logging.getLogger(__name__)

_CANCEL: Final = "$/cancelRequest"
_NOT_STARTED: Final = -32002
_INVALID_PARAMS: Final = -32602
_INTERNAL: Final = -32603

_WATCHED: Final = "**/*.{yml,yaml,md,json,py}"
"""Files that matter when another program writes them."""

_SWITCH_SECONDS: Final = 0.001
"""So long an answer may have to wait for the thread that checks, a few times."""

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
    server = _Server(Writer(stdout), schemas_of)
    server.has_process = True

    def put(message: _Incoming) -> None:
        if isinstance(message, dict) and message.get("method") == _CANCEL:
            server.cancelled.add(_cancelled(message))
        incoming.put(message)

    sys.setswitchinterval(_SWITCH_SECONDS)
    threading.Thread(target=_listen, args=(stdin, put), daemon=True).start()
    try:
        while True:
            message = incoming.get()
            if message is None or (isinstance(message, dict) and message.get("method") == "exit"):
                return 0 if server.is_shut_down else 1
            server.take(message)
    finally:
        server.end()


def _cancelled(message: dict[str, Any]) -> str:
    """Return the request that is not wanted any more, as text: 1 and "1" are two."""
    params = message.get("params")
    return repr(params.get("id") if isinstance(params, dict) else None)


def _listen(stream: RawIOBase, put: Callable[[_Incoming], None]) -> None:
    reader = Reader(stream)
    while True:
        try:
            message = reader.message()
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
        self.cancelled: set[str] = set()
        """Requests that are still waiting, and need no answer any more."""
        self.has_process = False
        """Whether the process has nothing else to do."""
        self._writer = writer
        self._schemas_of = schemas_of
        self._workspace: Workspace | None = None
        self._features: Features | None = None
        self._publisher = Publisher(writer.notify)
        self._checker = Checker(self._check)
        self._watches_for_itself = True

    def end(self) -> None:
        """Stop what still runs."""
        self._checker.end()

    # messages

    def take(self, message: dict[str, Any] | BadMessage) -> None:
        """Take a message; whatever is wrong with it, the next one is taken."""
        if isinstance(message, BadMessage):
            self._writer.error(None, message.code, str(message))
            return
        method = message.get("method")
        if method == _CANCEL:
            # What came before it has been answered by now.
            self.cancelled.discard(_cancelled(message))
        elif method and "id" in message and repr(message["id"]) in self.cancelled:
            self._refuse(message["id"], CANCELLED, "it was cancelled")
        elif method:  # otherwise it is an answer to what nobody waits for
            self._answer(method, message)

    def _answer(self, method: str, message: dict[str, Any]) -> None:
        id_, params = message.get("id"), message.get("params")
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
        # Of several folders an editor says by rootUri which one this server is for.
        folders = params.get("workspaceFolders") or [{"uri": ""}]
        uri = params.get("rootUri") or folders[0]["uri"]
        root = path_of(str(uri)) or Path(params.get("rootPath") or ".").absolute()
        able = (params.get("capabilities") or {}).get("workspace") or {}
        self._workspace = Workspace(root, self._schemas_of)
        self._workspace.takes_versions = _says(able, "workspaceEdit", "documentChanges")
        self._watches_for_itself = not _says(able, "didChangeWatchedFiles", "dynamicRegistration")
        self._features = Features(self._workspace, self._warn)
        self._checker.soon(at_once=True)
        info = {"name": "kefu", "version": __version__}
        return {"capabilities": CAPABILITIES, "serverInfo": info}

    def _warn(self, text: str) -> None:
        self._writer.notify("window/showMessage", {"type": 2, "message": text})

    def _initialized(self, workspace: Workspace, params: dict[str, Any]) -> None:  # noqa: ARG002
        if self._watches_for_itself:
            return
        method = "workspace/didChangeWatchedFiles"
        options = {"watchers": [{"globPattern": _WATCHED}]}
        wanted = {"id": "files", "method": method, "registerOptions": options}
        self._writer.request("watch", "client/registerCapability", {"registrations": [wanted]})

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
            workspace.put(path, text, document)
            self._checker.soon()

    def _saved(self, workspace: Workspace, params: dict[str, Any]) -> None:  # noqa: ARG002
        workspace.forget()
        self._checker.soon(at_once=True)

    def _check(self, is_wanted: Callable[[], bool]) -> None:
        if self._workspace is None:
            return
        self._publisher.publish(self._workspace, is_wanted)
        if self.has_process and not gc.get_freeze_count():
            # Most of what there is now stays; no collection need look at it while an answer waits.
            gc.collect()
            gc.freeze()


def _says(capabilities: dict[str, Any], what: str, key: str) -> bool:
    return bool((capabilities.get(what) or {}).get(key))


_Notice = Callable[["_Server", Workspace, dict[str, Any]], None]
_NOTICES: Final[dict[str, _Notice]] = {
    "initialized": _Server._initialized,  # noqa: SLF001 - a table of its methods
    "textDocument/didOpen": _Server._opened,  # noqa: SLF001
    "textDocument/didChange": _Server._changed,  # noqa: SLF001
    "textDocument/didClose": _Server._closed,  # noqa: SLF001
    "textDocument/didSave": _Server._saved,  # noqa: SLF001
    "workspace/didChangeWatchedFiles": _Server._saved,  # noqa: SLF001
}
