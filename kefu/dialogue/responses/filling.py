"""Puts values into the ``{placeholders}`` of a response."""

from __future__ import annotations

import logging
import re
from collections.abc import Mapping
from typing import Any

from kefu.logs import fields

__all__ = ["filled"]

log = logging.getLogger(__name__)

_PLACEHOLDER = re.compile(r"{([^\n{}]+?)}")


class _Values(dict[str, Any]):
    """Values by name; an anonymous ``{}`` stays as it is instead of showing all of them."""

    def __format__(self, spec: str) -> str:
        return "{}"


def filled(template: Any, values: Mapping[str, Any]) -> Any:
    """Return ``template`` with the placeholders of every text in it filled.

    A text with an unknown placeholder stays unfilled as a whole; doubled braces stand for
    single ones. ``template`` itself is not changed.
    """
    return _filled(template, _Values(values))


def _filled(template: Any, values: _Values) -> Any:
    if isinstance(template, str):
        return _filled_text(template, values) if "{" in template or "}" in template else template
    if isinstance(template, Mapping):
        return {key: _filled(value, values) for key, value in template.items()}
    if isinstance(template, list):
        return [_filled(item, values) for item in template]
    return template


def _filled_text(template: str, values: _Values) -> str:
    try:
        text = _PLACEHOLDER.sub(r"{0[\1]}", template).format(values)
        if "{{" in template and "0[" in text:
            return template.format(values)
    except KeyError as error:
        log.warning("a response has an unknown variable", extra=fields(name=str(error.args[0])))
        return template
    except (ValueError, IndexError, AttributeError):
        return template
    return text
