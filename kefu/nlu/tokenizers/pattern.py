"""The ``token_pattern`` setting that all tokenizers share."""

from __future__ import annotations

import re

from kefu.errors import ProjectError
from kefu.nlu.tokens import Token
from kefu.project.settings import ComponentConfig

__all__ = ["compile_token_pattern", "split_tokens"]


def compile_token_pattern(config: ComponentConfig) -> re.Pattern[str] | None:
    """Compile the setting, if it is there.

    Raises:
        ProjectError: It is not a regular expression.
    """
    pattern = config.settings.get("token_pattern")
    if not pattern:
        return None
    try:
        return re.compile(pattern)
    except (re.error, TypeError) as error:
        raise ProjectError(
            f"{config.place}: {config.name}: token_pattern {pattern!r} is not a regular "
            f"expression: {error}"
        ) from error


def split_tokens(tokens: list[Token], pattern: re.Pattern[str] | None) -> list[Token]:
    """Split each token into the parts that the pattern finds in it; keep it where none is found."""
    if pattern is None:
        return tokens
    result = []
    for token in tokens:
        parts = [
            Token(token.text[start:end], token.start + start, token.start + end)
            for start, end in (_span(match) for match in pattern.finditer(token.text))
            if end > start
        ]
        result.extend(parts or [token])
    return result


def _span(match: re.Match[str]) -> tuple[int, int]:
    return match.span(1) if match.re.groups else match.span()
