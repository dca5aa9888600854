"""Custom actions inside this process, on rasa-sdk's own executor."""

from __future__ import annotations

import asyncio
import inspect
import logging
import threading
import traceback
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec

from kefu.dialogue.ports import ActionCall, ActionResult
from kefu.errors import ActionFailed, ActionRejected, ProjectError
from kefu.remote.action_modules import executor_for, kept_modules
from kefu.remote.action_threads import ActionThreads

__all__ = ["InProcessActions"]

log = logging.getLogger(__name__)


class InProcessActions:
    """Runs the actions of a project's own module; it is imported when the first one is needed."""

    def __init__(self, module: str, root: Path, *, timeout_seconds: float = 10.0) -> None:
        """Name the module.

        Args:
            module: Module or package with rasa-sdk actions.
            root: Folder of the project, from where it is imported.
            timeout_seconds: How long an action may take.
        """
        self._module = module
        self._root = root
        self._timeout = timeout_seconds
        self._threads = ActionThreads()
        self._executor: Any = None
        self._refusal: ProjectError | None = None
        self._loading = threading.Lock()
        self._domain: tuple[Mapping[str, Any], bytes] | None = None

    @property
    def action_names(self) -> tuple[str, ...]:
        """Names of the actions in the module.

        Raises:
            ProjectError: The module cannot be imported.
        """
        return tuple(self._loaded().actions)

    async def warm_up(self) -> None:
        """Import the module now, so that the first action need not wait for it.

        Raises:
            ProjectError: It cannot be imported.
        """
        await asyncio.to_thread(self._loaded)

    async def reload(self) -> None:
        """Import the module anew; calls under way end with the code they began with.

        Raises:
            ProjectError: It cannot be imported; the code imported before goes on working.
        """
        await asyncio.to_thread(self._load_anew)

    async def run(self, call: ActionCall) -> ActionResult:
        """Run an action and return what it answered.

        Raises:
            ActionRejected: The action declined to run.
            ActionFailed: It is missing, raised, answered nonsense or ran out of time.
        """
        name = call.action_name
        try:
            executor = self._executor or await asyncio.to_thread(self._loaded)
        except ProjectError as error:
            raise ActionFailed(name, str(error)) from error
        function = executor.actions.get(name)
        if function is None:
            raise ActionFailed(name, f"module {self._module!r} has no action of this name")
        payload = self._payload(call)
        try:
            answer = await self._threads.run(
                lambda: executor.run(payload),
                is_async=inspect.iscoroutinefunction(function),
                timeout=self._timeout,
            )
        except TimeoutError as error:
            raise ActionFailed(name, f"no answer within {self._timeout:g} s") from error
        except Exception as error:
            raise _failure(name, error) from error
        return _result(name, answer)

    async def close(self) -> None:
        """Let go of the threads; actions that hang are left behind."""
        self._threads.close()

    def _loaded(self) -> Any:
        with self._loading:
            if self._refusal is not None:
                raise self._refusal
            if self._executor is None:
                try:
                    self._executor = executor_for(self._module, self._root)
                except ProjectError as error:
                    self._refusal = error
                    raise
            return self._executor

    def _load_anew(self) -> None:
        with self._loading, kept_modules(self._module):
            self._executor = executor_for(self._module, self._root)
            self._refusal = None

    def _payload(self, call: ActionCall) -> dict[str, Any]:
        """Return the call as the action would get it over HTTP, a copy of its own."""
        if self._domain is None or self._domain[0] is not call.domain:
            self._domain = (call.domain, msgspec.json.encode(call.domain))
        return {
            "next_action": call.action_name,
            "sender_id": call.conversation_id,
            "tracker": _copied(call.tracker),
            # A copy for each call: forms like to change the list of their slots in place.
            "domain": msgspec.json.decode(self._domain[1]),
            "domain_digest": str(id(call.domain)),
        }


def _copied(value: Any) -> Any:
    return msgspec.json.decode(msgspec.json.encode(value))


def _failure(name: str, error: Exception) -> ActionFailed:
    if type(error).__name__ == "ActionExecutionRejection":
        return ActionRejected(name, str(error))
    log.debug("traceback of a failed action", exc_info=error)
    frames = traceback.extract_tb(error.__traceback__)
    place = f" at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else ""
    return ActionFailed(name, f"{type(error).__name__}: {error}{place}")


def _result(name: str, answer: Any) -> ActionResult:
    try:
        events, responses = _copied([answer.events, answer.responses])
    except (TypeError, ValueError, AttributeError, msgspec.MsgspecError) as error:
        raise ActionFailed(name, f"its answer is no JSON: {error}") from error
    return ActionResult(events=events, responses=responses)
