"""Says in plain words what is wrong with text that is not YAML, and how to mend it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from kefu.project.problems import Place, Report

__all__ = ["DEEPEST", "MOST_ERRORS", "TooDeep", "decode", "report_and_cut", "unescape_ascii"]

MOST_ERRORS: Final = 20
"""So many syntax errors of one file are reported; then reading it stops."""

DEEPEST: Final = 100
"""So many lists and mappings may stand within one another."""

_SURROGATES: Final = re.compile(r"[\ud800-\udfff]")
_FULL_WIDTH_COLON: Final = re.compile(r"^\s*(?:-\s+)*[\w/\-\"']+：")
_MISSING_SPACE: Final = re.compile(r"^\s*(?:-\s+)*[A-Za-z_][\w-]*:[^\s/\\:]")
_DASH_WITHOUT_SPACE: Final = re.compile(r"^\s*-[A-Za-z_\u4e00-\u9fff]+\s*:")
_VALUE_WITH_COLON: Final = re.compile(r"^\s*(?:-\s+)*[\w/-]+:\s+[^\"'\[{|>#&*!].*:(?:\s|$)")

_CLOSED_TOO_EARLY: Final = re.compile(
    r"""^\s*(?:-\s+)*(?:[\w/-]+:\s+)?(?:"[^"]*"|'[^']*'|\{[^{}]*\}|\[[^\[\]]*\])(?<=(["'\]}]))\s*[^\s#,\]}:]"""
)
"""A quoted value, list or mapping with text behind it."""


class TooDeep(MarkedYAMLError):
    """Raised when lists and mappings stand too deep within one another."""


def decode(data: bytes, file: str, report: Report) -> str | None:
    """Return the text of a file, or report that it is not UTF-8 and return None."""
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    encoding = _other_encoding(data)
    report.error(
        "file.not-utf-8",
        Place(file, line),
        f"the file is not UTF-8{f', it looks like {encoding}' if encoding else ''}",
        "save it as UTF-8 in your editor"
        + (f", or run: iconv -f {encoding} -t UTF-8 FILE" if encoding else ""),
    )
    return None


def _other_encoding(data: bytes) -> str:
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return "UTF-16"
    try:
        data.decode("gb18030")
    except UnicodeDecodeError:
        return ""
    return "GB18030"


def unescape_ascii(text: str) -> str:
    r"""Replace ``\uXXXX`` in a file of ASCII only, also outside quotes, as Rasa does."""
    if "\\u" not in text.lower() or not text.isascii():
        return text
    try:
        decoded = text.encode("ascii").decode("raw_unicode_escape")
    except UnicodeDecodeError:
        return text
    if _SURROGATES.search(decoded):
        decoded = decoded.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return decoded


@dataclass(frozen=True, slots=True)
class _Fault:
    """A syntax error: where libyaml saw it (from 0) and the text around."""

    line: int
    column: int
    problem: str
    context: str
    context_line: int
    context_column: int
    lines: list[str]

    def text(self, line: int) -> str:
        return self.lines[line] if 0 <= line < len(self.lines) else ""


_Explained = tuple[int, int, str, str]
"""Line and column from 0, what is wrong, what to do."""


def report_and_cut(error: YAMLError, text: str, file: str, report: Report) -> str | None:
    """Report a syntax error and return the text without the item that has it.

    Returns:
        The text with the lines of that item emptied; None when it cannot be told where it ends.
    """
    lines = text.split("\n")
    if isinstance(error, TooDeep) and error.problem_mark is not None:
        line, column = error.problem_mark.line, error.problem_mark.column
        message = f"more than {DEEPEST} lists and mappings stand within one another"
        advice = "write it flatter"
    elif isinstance(error, ReaderError):
        line, column, message, advice = _explain_character(error, text)
    else:
        line, column, message, advice = _explain(_fault(error, lines))
    place = Place(file, line + 1, column + 1)
    if any(problem.place == place for problem in report):
        return None
    report.error("yaml.syntax", place, message, advice)
    borders = _item_around(lines, line)
    if borders is None:
        return None
    start, end = borders
    return "\n".join([*lines[:start], *[""] * (end - start), *lines[end:]])


def _fault(error: YAMLError, lines: list[str]) -> _Fault:
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return _Fault(0, 0, str(error), "", 0, 0, lines)
    mark, context = error.problem_mark, error.context_mark or error.problem_mark
    return _Fault(
        line=mark.line,
        column=mark.column,
        problem=error.problem or "",
        context=error.context or "",
        context_line=context.line,
        context_column=context.column,
        lines=lines,
    )


def _explain_character(error: ReaderError, text: str) -> _Explained:
    position = min(error.position, len(text))
    code = error.character if isinstance(error.character, int) else ord(error.character[:1] or " ")
    found = next((i for i, char in enumerate(text) if ord(char) == code), position)
    line = text.count("\n", 0, found)
    column = found - (text.rfind("\n", 0, found) + 1)
    return line, column, f"the character U+{code:04X} is not allowed in YAML", "delete it"


def _explain(fault: _Fault) -> _Explained:
    for rule in _RULES:
        explained = rule(fault)
        if explained is not None:
            return explained
    line, column = _culprit(fault)
    message = ", ".join(part for part in (fault.context, fault.problem) if part)
    return (
        line,
        column,
        f"this is not valid YAML: {message}",
        "check quotes, colons and indentation",
    )


def _culprit(fault: _Fault) -> tuple[int, int]:
    if fault.context.startswith(("while scanning", "while parsing a flow")):
        return fault.context_line, fault.context_column
    return fault.line, fault.column


def _nearby(fault: _Fault) -> list[int]:
    """Lines to look at, the most suspicious first."""
    candidates = [fault.line, fault.context_line, fault.line - 1, fault.context_line - 1]
    if fault.context == "while parsing a block mapping":
        candidates = [fault.line, fault.line - 1]
    return list(dict.fromkeys(line for line in candidates if 0 <= line < len(fault.lines)))


def _tab(fault: _Fault) -> _Explained | None:
    for line in _nearby(fault):
        text = fault.text(line)
        indent = text[: len(text) - len(text.lstrip())]
        if "\t" in indent:
            column = indent.index("\t")
            message = "a tab is used for indentation, YAML allows only spaces"
            return line, column, message, "replace the tab by spaces"
    return None


def _full_width_colon(fault: _Fault) -> _Explained | None:
    for line in _nearby(fault):
        text = fault.text(line)
        if _FULL_WIDTH_COLON.match(text):
            column = text.index("：")
            message = "the full-width colon ： does not end a key"
            return line, column, message, "write ': ' (an ASCII colon and a space)"
    return None


def _open_quote(fault: _Fault) -> _Explained | None:
    if fault.context.endswith("quoted scalar"):
        line, column = fault.context_line, fault.context_column
        if "escape" in fault.problem or "hexdecimal" in fault.problem:
            message = "a backslash in double quotes starts an escape, this one is unknown"
            advice = "double the backslash, or use single quotes"
            return fault.line, fault.column, message, advice
        message = "the quote that starts here is never closed"
        return line, column, message, f"add the closing {fault.text(line)[column : column + 1]}"
    for line in range(fault.line, max(fault.line - 30, -1), -1):
        opening = _unclosed_quote(fault.text(line))
        if opening is not None:
            quote = fault.text(line)[opening]
            message = "the quote that starts here is not closed on its line"
            return line, opening, message, f"add the closing {quote}"
    return None


def _unclosed_quote(text: str) -> int | None:
    """Return the column of a value's opening quote that has no closing one on the line."""
    match = re.match(r"^\s*(?:-\s+)*(?:[\w/-]+:\s+)?([\"'])", text)
    if match is None:
        return None
    quote, rest = match.group(1), text[match.end() :]
    unescaped = rest.replace("\\\\", "").replace('\\"', "") if quote == '"' else rest
    return match.start(1) if unescaped.replace(quote * 2, "").count(quote) == 0 else None


def _behind_the_end(fault: _Fault) -> _Explained | None:
    if not fault.problem.startswith("did not find expected"):
        return None
    match = _CLOSED_TOO_EARLY.match(fault.text(fault.line))
    if match is None or fault.column > match.end():
        return None
    closing = match.group(1)
    if closing in "]}":
        message = f"there is text behind the closing {closing}"
        return fault.line, match.end(1), message, "put the whole value in quotes"
    message = "there is text behind the closing quote"
    advice = "put the whole value in quotes, of the other kind than those inside it"
    return fault.line, match.end(1), message, advice


def _open_bracket(fault: _Fault) -> _Explained | None:
    if not fault.context.startswith("while parsing a flow"):
        return None
    line, column = fault.context_line, fault.context_column
    opening = fault.text(line)[column : column + 1]
    if fault.context == "while parsing a flow node" or opening not in {"[", "{"}:
        line, column = _last_open_bracket(fault)
        opening = fault.text(line)[column : column + 1]
    closing = "}" if opening == "{" else "]"
    message = f"the {opening} that starts here is not closed properly"
    advice = f"add {closing} and separate items by ', '; quote the text if it is no list or mapping"
    return line, column, message, advice


def _last_open_bracket(fault: _Fault) -> tuple[int, int]:
    for line in range(min(fault.line, len(fault.lines) - 1), -1, -1):
        text = fault.text(line)
        column = max(text.rfind("["), text.rfind("{"))
        if column >= 0:
            return line, column
    return fault.line, fault.column


def _bad_start(fault: _Fault) -> _Explained | None:
    line, column = fault.line, fault.column
    if fault.context in {"while scanning an alias", "while scanning an anchor"}:
        line, column = fault.context_line, fault.context_column
    elif "cannot start any token" not in fault.problem:
        return None
    character = fault.text(line)[column : column + 1]
    return line, column, f"a value cannot start with {character}", "put the value in quotes"


def _no_space(fault: _Fault) -> _Explained | None:
    for line in _nearby(fault):
        text = fault.text(line)
        if _MISSING_SPACE.match(text):
            column = text.index(":")
            return line, column, "there is no space behind the colon", "write ': '"
        if _DASH_WITHOUT_SPACE.match(text):
            column = text.index("-")
            return line, column, "there is no space behind the dash", "write '- '"
    return None


def _two_colons(fault: _Fault) -> _Explained | None:
    if "mapping values are not allowed" not in fault.problem:
        return None
    text = fault.text(fault.line)
    if _VALUE_WITH_COLON.match(text):
        message = "the value has a colon followed by a space"
        return fault.line, fault.column, message, "put the value in quotes"
    above = _indent_above(fault)
    column = _indent(text)
    message = "a key is not expected here"
    if above is not None and column > above:
        message = "the line is indented deeper than the line above allows"
    return (
        fault.line,
        column,
        message,
        f"check the indentation ({above or 0} spaces in the line above)",
    )


def _indentation(fault: _Fault) -> _Explained | None:
    if not fault.context.startswith("while parsing a block"):
        return None
    text = fault.text(fault.line)
    message = "the line does not line up with the lines around it"
    advice = "give the items of a list, and the keys of a mapping, the same indentation"
    start = fault.context_line + 1
    return fault.line, _indent(text), f"{message} (they start in line {start})", advice


def _no_colon(fault: _Fault) -> _Explained | None:
    if "could not find expected ':'" not in fault.problem:
        return None
    line = fault.context_line
    message = "a key without a colon"
    return (
        line,
        fault.context_column,
        message,
        "write 'key: value', or indent the line if it goes on",
    )


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip(" "))


def _indent_above(fault: _Fault) -> int | None:
    for line in range(fault.line - 1, -1, -1):
        if fault.text(line).strip():
            return _indent(fault.text(line))
    return None


_RULES: Final[tuple[Callable[[_Fault], _Explained | None], ...]] = (
    _tab,
    _full_width_colon,
    _bad_start,
    _behind_the_end,
    _open_quote,
    _open_bracket,
    _no_space,
    _two_colons,
    _no_colon,
    _indentation,
)


def _item_around(lines: list[str], line: int) -> tuple[int, int] | None:
    """Return where the item below a top-level key that has ``line`` starts, and where it ends."""
    line = min(line, len(lines) - 1)
    section = next((i for i in range(line, -1, -1) if _is_top_level(lines[i])), None)
    if section is None or section == line:
        return None
    first = next((i for i in range(section + 1, line + 1) if _has_content(lines[i])), None)
    if first is None:
        return None

    def starts_item(text: str) -> bool:
        # A list may stand at the indentation of the key that it belongs to.
        return (
            _has_content(text)
            and _indent(text) == _indent(lines[first])
            and text.lstrip().startswith("-") == lines[first].lstrip().startswith("-")
        )

    start = next((i for i in range(line, section, -1) if starts_item(lines[i])), first)
    following = range(line + 1, len(lines))
    end = next((i for i in following if _is_top_level(lines[i]) or starts_item(lines[i])), None)
    return start, len(lines) if end is None else end


def _is_top_level(text: str) -> bool:
    return bool(text[:1].strip()) and text[0] not in "#-" and ":" in text


def _has_content(text: str) -> bool:
    return bool(text.strip()) and not text.lstrip().startswith("#")
