"""Finds a project's rasa-sdk actions: imports its module and collects the classes in it."""

from __future__ import annotations

import contextlib
import importlib
import inspect
import io
import logging
import pkgutil
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

from kefu.errors import ProjectError
from kefu.logs import fields
from kefu.remote.older_libraries import restore_older_functions

__all__ = ["executor_for", "kept_modules"]

log = logging.getLogger(__name__)


def executor_for(module: str, root: Path) -> Any:
    """Return a rasa-sdk ``ActionExecutor`` with all actions of ``module``, freshly imported.

    Raises:
        ProjectError: rasa-sdk is not installed, or the module cannot be imported.
    """
    sdk = _sdk()
    logging.getLogger("rasa_sdk.forms").addFilter(_is_worth_telling)
    restore_older_functions()
    _forget(module)
    _put_first(root)
    with contextlib.redirect_stdout(io.StringIO()):
        _import_all(module, root)
    executor = sdk.ActionExecutor()
    for action_class in _action_classes(sdk.Action):
        _register(executor, action_class)
    return executor


@contextlib.contextmanager
def kept_modules(module: str) -> Iterator[None]:
    """Put the modules of ``module`` back as they were if inside something is raised."""
    before = {name: found for name, found in sys.modules.items() if _belongs(name, module)}
    try:
        yield
    except BaseException:
        _forget(module)
        sys.modules.update(before)
        raise


def _belongs(name: str, module: str) -> bool:
    return name == module or name.startswith(f"{module}.")


def _sdk() -> Any:
    try:
        return importlib.import_module("rasa_sdk.executor")  # noqa: TID251 - optional dependency
    except ModuleNotFoundError as error:
        raise ProjectError(
            "the project has custom actions, but rasa-sdk is not installed — "
            "install it with `pip install 'kefu[sdk]'`, or run the actions on a server of their "
            "own and set `action_endpoint: url:` in endpoints.yml"
        ) from error


def _is_worth_telling(record: logging.LogRecord) -> bool:
    """Leave out that a slot has no check of its own, which rasa-sdk warns of at each message."""
    return not record.getMessage().startswith("Skipping validation for ")


def _forget(module: str) -> None:
    for name in [n for n in sys.modules if _belongs(n, module)]:
        del sys.modules[name]
    importlib.invalidate_caches()


def _put_first(root: Path) -> None:
    """Put the project first on the module path, where actions still find it while they run."""
    folder = str(root.resolve())
    if folder in sys.path:
        sys.path.remove(folder)
    sys.path.insert(0, folder)


def _import_all(module: str, root: Path) -> None:
    try:
        _import_with_submodules(module)
    except ModuleNotFoundError as error:
        missing = error.name or "?"
        advice = (
            "check `actions_module` in endpoints.yml"
            if module == missing or module.startswith(f"{missing}.")
            else f"install what they need into this environment (module {missing!r} is missing)"
        )
        raise ProjectError(
            f"the actions in {module!r} cannot be imported from {root}: {error} — {advice}"
        ) from error
    except SyntaxError as error:
        place = f"{_shown(error.filename, root)}:{error.lineno or 1}"
        raise ProjectError(
            f"{place}: {error.msg} — put the code right, then the actions can be imported"
        ) from error
    except Exception as error:
        text = " ".join(str(error).split())
        raise ProjectError(
            f"the actions in {module!r} cannot be imported from {root}: "
            f"{type(error).__name__}: {text}"
        ) from error


def _shown(file: str | None, root: Path) -> str:
    path = Path(file or "?")
    try:
        return path.relative_to(root.resolve()).as_posix()
    except ValueError:
        return str(path)


def _import_with_submodules(name: str) -> None:
    module: ModuleType = importlib.import_module(name)  # noqa: TID251 - named in endpoints.yml
    for found in pkgutil.iter_modules(getattr(module, "__path__", None) or (), f"{name}."):
        _import_with_submodules(found.name)


def _action_classes(root: type[Any]) -> Iterator[type[Any]]:
    """Yield the project's action classes in order of definition, without those reloaded since."""
    subclasses: list[type[Any]] = root.__subclasses__()
    for action_class in subclasses:
        if not action_class.__module__.startswith("rasa_sdk.") and _is_current(action_class):
            yield action_class
        yield from _action_classes(action_class)


def _is_current(action_class: type[Any]) -> bool:
    if inspect.isabstract(action_class):
        return False
    module = sys.modules.get(action_class.__module__)
    is_local = "<locals>" in action_class.__qualname__
    return is_local or getattr(module, action_class.__name__, None) is action_class


def _register(executor: Any, action_class: type[Any]) -> None:
    try:
        executor.register_action(action_class)
    except Exception as error:  # noqa: BLE001 - constructors and name() are the project's code
        where = fields(action=action_class.__qualname__, reason=repr(error))
        log.warning("a class of the actions module is no usable action", extra=where)
