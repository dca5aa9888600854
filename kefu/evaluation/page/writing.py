"""Writes a page: template, style, script, words and data become one file."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Mapping
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any, Final, Literal

__all__ = ["LANGUAGES", "Report", "page_language", "write_page"]

LANGUAGES = ("zh", "en")
Report = Literal["understanding", "stories", "replay"]
_FILES: Final[Mapping[Report, tuple[tuple[str, ...], tuple[str, ...], str]]] = {
    "understanding": (("page.css",), ("page.js",), "words.json"),
    "stories": (("page.css", "more.css"), ("base.js", "stories.js"), "stories.json"),
    "replay": (("page.css", "more.css"), ("base.js", "replay.js"), "replay.json"),
}
"""Styles, scripts and words of each kind of report; of a package with one page, the first ones."""
_PLACE = re.compile(r"\{\{(\w+)\}\}")


def page_language(code: str) -> str:
    """Return the language of the page for a project's language."""
    return "zh" if code.lower().startswith("zh") else "en"


def write_page(
    path: Path,
    data: dict[str, Any],
    *,
    language: str,
    package: str = __package__,
    report: Report = "understanding",
) -> None:
    """Write a page that opens without a network.

    Args:
        path: The file.
        data: What the script of the report draws.
        language: ``zh`` or ``en``; readers can change it.
        package: Where its styles, scripts and words are; the template is the same for all.
        report: Which of the package's pages it is.
    """
    styles, scripts, texts = _FILES[report]
    style, script = (
        "\n".join(_read(package, name) for name in names) for names in (styles, scripts)
    )
    words = json.loads(_read(package, texts))
    filled = {
        "language": language,
        "title": escape(words[language]["title"]),
        "policy": _policy(style, script),
        "style": style,
        "script": script,
        "data": _as_data({"language": language, "words": words, **data}),
    }
    page = _PLACE.sub(lambda match: filled[match[1]], _read(__package__, "template.html"))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(page.encode("utf-8", errors="replace"))


def _read(package: str, name: str) -> str:
    return files(package).joinpath(name).read_text("utf-8")


def _policy(style: str, script: str) -> str:
    """Allow this style and this script and nothing else, no request in particular."""
    return (
        f"default-src 'none'; style-src '{_digest(style)}'; script-src '{_digest(script)}';"
        " img-src data:;"
        " base-uri 'none'; form-action 'none'"
    )


def _digest(text: str) -> str:
    return f"sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}"


def _as_data(value: Any) -> str:
    """Return JSON that cannot end the script element it stands in."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
