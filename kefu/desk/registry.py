"""Strategies by the names that desk.yml uses; loaded when named."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from typing import cast

from kefu.desk.routing import Strategy
from kefu.errors import ProjectError
from kefu.project.problems import suggestion

__all__ = ["STRATEGIES", "load_strategy"]

STRATEGIES: Mapping[str, str] = {
    "least_load": "kefu.desk.strategy:assign",
    "round_robin": "kefu.desk.round_robin:assign",
}
"""Name -> ``module:function``."""


def load_strategy(name: str) -> Strategy:
    """Return a strategy: one of the table, or a project's own by the path of its function.

    Args:
        name: A name of :data:`STRATEGIES`, or a path such as ``routing.night_shift`` or
            ``routing:night_shift``, seen from the project's folder.

    Raises:
        ProjectError: There is none of that name; the text says what to do.
    """
    path = STRATEGIES.get(name, name)
    module_name, _, function = path.rpartition(":" if ":" in path else ".")
    if not module_name or not function:
        raise ProjectError(_unknown(name))
    try:
        module = importlib.import_module(module_name)  # noqa: TID251 - this is a registry
    except (ImportError, ValueError) as error:
        raise ProjectError(
            f"the strategy {name!r} cannot be loaded: {error}. A strategy of your own is named by "
            "the path of its function, seen from the project's folder"
        ) from error
    found = getattr(module, function, None)
    if not callable(found):
        kind = "is no function" if found is not None else "is not there"
        functions = [key for key in vars(module) if callable(getattr(module, key))]
        raise ProjectError(
            f"the strategy {name!r} cannot be loaded: {function!r} {kind} in {module_name!r}. "
            + suggestion(function, functions, "Check 'strategy' in desk.yml")
        )
    return cast("Strategy", found)


def _unknown(name: str) -> str:
    own = "your own are named by the path of their function, such as routing.night_shift"
    known = f"possible: {', '.join(STRATEGIES)}; {own}"
    return f"there is no strategy {name!r} — {suggestion(name, STRATEGIES, known)}"
