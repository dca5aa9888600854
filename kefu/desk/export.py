"""Conversations as files: a page to print, JSON, CSV; piece by piece, however long they are.

Everything that customers or agents wrote is text in them and nothing else: a page holds no script
and escapes every name, and no cell of a table begins as a formula does.
"""

from __future__ import annotations

import base64
import csv
import hashlib
import io
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, tzinfo
from html import escape
from typing import Any, Final, Literal, TypeAlias

import msgspec

from kefu.desk.export_rows import ExportRow
from kefu.desk.export_words import WORDS, Language

__all__ = ["FORMATS", "JSON_FORMAT", "POLICY", "ExportHead", "Format", "csv_cell", "pieces"]

Format = Literal["html", "json", "csv"]
FORMATS: Final[Mapping[Format, str]] = {
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "csv": "text/csv; charset=utf-8",
}
"""Format -> type of the file."""
JSON_FORMAT: Final = "kefu.conversation/1"
"""Tells readers which keys to expect; docs/howto/search_and_export.md has them."""

Rows: TypeAlias = AsyncIterator[ExportRow]

_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "＝", "＋", "－", "＠")
_BOM: Final = "\ufeff"
_BATCH: Final = 64 * 1024
_CUSTOMER: Final = ("customer_id", "name", "phone", "attributes")
_COLUMNS: Final = ("seq", "time", "by", "name", "kind", "text", "pictures")
_encode = msgspec.json.Encoder().encode
_CONTROL: Final = {code: "\ufffd" for code in (*range(0x20), 0x7F) if chr(code) not in "\n\t"}
_LATEST: Final = 253_402_214_400.0

STYLE: Final = """
:root{color-scheme:light;--line:#dcdfe6;--dim:#606266;--bot:#f4f4f5;--agent:#ecf5ff;--note:#fdf6ec}
*{box-sizing:border-box}
body{margin:0 auto;max-width:50rem;padding:1.5rem;background:#fff;color:#1f2328;
font:15px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
h1{font-size:1.35rem;margin:0 0 .75rem}
h2{font-size:.9rem;color:var(--dim);text-align:center;margin:1.5rem 0 .5rem;break-after:avoid}
dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:0 0 1rem;
padding:0 0 1rem;border-bottom:1px solid var(--line)}
dt{color:var(--dim)}
dd{margin:0;overflow-wrap:anywhere}
article{margin:.4rem 0;padding:.45rem .75rem;border:1px solid var(--line);border-radius:.4rem;
break-inside:avoid}
article header{display:flex;justify-content:space-between;gap:1rem;font-size:.8rem;
color:var(--dim)}
article p{margin:0;white-space:pre-wrap;overflow-wrap:anywhere}
.bot{background:var(--bot);margin-left:3rem}
.agent{background:var(--agent);margin-left:3rem}
.private{background:var(--note);border-style:dashed;margin-left:3rem}
.customer{margin-right:3rem}
img{display:block;max-width:100%;max-height:20rem;margin:.35rem 0}
.step{border:0;text-align:center;font-size:.8rem;color:var(--dim);padding:.1rem}
@media print{body{max-width:none;padding:0;font-size:11pt}
article{-webkit-print-color-adjust:exact;print-color-adjust:exact}
@page{margin:18mm 15mm}}
"""
_STYLE_HASH: Final = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
POLICY: Final = (
    f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; img-src 'self' https:; "
    f"base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
"""Content-Security-Policy of the page: its own style, pictures, and nothing else at all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportHead:
    """What stands above a conversation."""

    conversation_id: str
    language: Language
    zone: tzinfo
    zone_name: str
    exported_at: float
    exported_by: str
    with_private: bool
    customer: Mapping[str, Any] | None = None
    """As the HTTP API shows it; None: it is nobody's, or not to be shown."""
    origin: str = ""
    """Where this server is reached, such as ``https://shop.example``."""

    def time(self, at: float) -> datetime:
        """Return a time in the reader's time zone; times that no calendar has are its ends."""
        return datetime.fromtimestamp(min(max(at, 0.0), _LATEST), tz=self.zone)

    def word(self, name: str) -> str:
        """Return a word in the reader's language."""
        return WORDS[self.language][name]

    def pictures(self, row: ExportRow) -> list[str]:
        """Return the addresses of a row's pictures, which are whole wherever the file is read."""
        return [self.origin + one if one.startswith("/") else one for one in row.pictures]

    def customer_fact(self, name: str) -> str:
        """Return the name or number of the customer, empty where there is none."""
        return str((self.customer or {}).get(name) or "")

    def private_facts(self) -> dict[str, Any]:
        """Return what the staff call the customer, where what only they may know is shown."""
        return {"tags": (self.customer or {}).get("tags") or []} if self.with_private else {}


async def pieces(head: ExportHead, rows: Rows, kind: Format) -> AsyncIterator[bytes]:
    """Yield the pieces of a file; rows are taken while it is sent."""
    writer = _WRITERS[kind]
    waiting: list[str] = []
    size = 0
    async for text in writer(head, rows):
        waiting.append(text)
        size += len(text)
        if size >= _BATCH:
            yield _bytes(waiting)
            waiting, size = [], 0
    yield _bytes(waiting)


def _bytes(texts: list[str]) -> bytes:
    return "".join(texts).encode("utf-8", "replace")


# -- JSON --------------------------------------------------------------------------------------


async def _json(head: ExportHead, rows: Rows) -> AsyncIterator[str]:
    customer = head.customer
    top = {
        "format": JSON_FORMAT,
        "conversation_id": head.conversation_id,
        "exported_at": head.time(head.exported_at).isoformat(),
        "exported_by": head.exported_by,
        "timezone": head.zone_name,
        "with_private": head.with_private,
        "customer": None
        if customer is None
        else {key: customer.get(key) for key in _CUSTOMER} | head.private_facts(),
    }
    yield f'{_encode(top).decode()[:-1]},"entries":['
    comma = "\n"
    async for row in rows:
        entry = {
            "seq": row.seq,
            "at": head.time(row.at).isoformat(),
            "by": row.by,
            "kind": row.kind,
            "speaker": row.speaker,
            "text": row.text,
            "pictures": head.pictures(row),
        }
        yield f"{comma}{_encode(entry).decode()}"
        comma = ",\n"
    yield '\n],"is_complete":true}\n'


# -- CSV ---------------------------------------------------------------------------------------


async def _csv(head: ExportHead, rows: Rows) -> AsyncIterator[str]:
    yield _BOM
    yield _line([head.word(name) for name in _COLUMNS])
    async for row in rows:
        yield _line(
            [
                str(row.seq),
                head.time(row.at).strftime("%Y-%m-%d %H:%M:%S"),
                head.word(row.by),
                _named(head, row),
                row.kind,
                row.text,
                "\n".join(head.pictures(row)),
            ]
        )


def _line(cells: list[str]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\r\n").writerow(map(csv_cell, cells))
    return out.getvalue()


def csv_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    cleaned = text.translate(_CONTROL) if text[:1] not in {"\t", "\r"} else text
    return f"'{cleaned}" if cleaned.lstrip(" \n").startswith(_FORMULA) else cleaned


# -- HTML --------------------------------------------------------------------------------------


async def _html(head: ExportHead, rows: Rows) -> AsyncIterator[str]:
    yield _page_head(head)
    day = ""
    async for row in rows:
        at = head.time(row.at)
        if (this_day := at.strftime("%Y-%m-%d")) != day:
            day = this_day
            yield f"<h2>{day}</h2>\n"
        yield _article(head, row, at)
    yield "</main>\n</body>\n</html>\n"


def _page_head(head: ExportHead) -> str:
    name = head.customer_fact("name")
    title = f"{head.word('title')} · {name or head.conversation_id}"
    exported = head.time(head.exported_at).strftime("%Y-%m-%d %H:%M:%S")
    facts = [
        (head.word("name"), name),
        (head.word("phone"), head.customer_fact("phone")),
        (head.word("tags"), head.word("comma").join(head.private_facts().get("tags", ()))),
        (head.word("conversation"), head.conversation_id),
        (head.word("exported"), exported),
        (head.word("exported_by"), head.exported_by),
        (head.word("zone"), head.zone_name),
    ]
    listed = "".join(
        f"<dt>{_text(what)}</dt><dd><bdi>{_text(value)}</bdi></dd>\n"
        for what, value in facts
        if value
    )
    language = "zh-CN" if head.language == "zh" else "en"
    return (
        f'<!doctype html>\n<html lang="{language}">\n<head>\n<meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width,initial-scale=1">\n'
        f'<meta name="robots" content="noindex">\n<title>{_text(title)}</title>\n'
        f"<style>{STYLE}</style>\n</head>\n<body>\n<main>\n<h1>{_text(title)}</h1>\n"
        f"<dl>\n{listed}</dl>\n"
    )


def _article(head: ExportHead, row: ExportRow, at: datetime) -> str:
    clock = f'<time datetime="{at.isoformat(timespec="seconds")}">{at.strftime("%H:%M:%S")}</time>'
    if row.by == "step":
        who = f"<bdi>{_text(row.speaker)}</bdi> " if row.speaker else ""
        return f'<article class="step"><p>{clock} {who}<bdi>{_text(row.text)}</bdi></p></article>\n'
    named = _named(head, row)
    who = _text(head.word(row.by)) + (f" · <bdi>{_text(named)}</bdi>" if named else "")
    return (
        f'<article class="{row.by}"><header><span>{who}</span>{clock}</header>'
        f"<p><bdi>{_text(row.text)}</bdi></p>{_images(head, row)}</article>\n"
    )


def _images(head: ExportHead, row: ExportRow) -> str:
    """Return a row's pictures; nothing that is not loaded, or not there any more, takes a place."""
    return "".join(f'<img src="{_text(one)}" alt="">' for one in head.pictures(row))


def _named(head: ExportHead, row: ExportRow) -> str:
    return head.customer_fact("name") if row.by == "customer" else row.speaker


def _text(text: str) -> str:
    return escape(text.translate(_CONTROL))


_WRITERS: Final[Mapping[Format, Callable[[ExportHead, Rows], AsyncIterator[str]]]] = {
    "html": _html,
    "json": _json,
    "csv": _csv,
}
