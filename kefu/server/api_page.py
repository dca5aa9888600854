"""The description of the HTTP API as a page: no script, nothing from elsewhere, light and dark.

What the description says in English, ``api_page.zh.json`` says in Chinese, text by text.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
from sanic.request import Request
from sanic.response import HTTPResponse

from kefu.server.static_files import COMMON_HEADERS, HTML

__all__ = ["ApiPage", "chinese"]

_HEADERS: Final = {
    **COMMON_HEADERS,
    "Cache-Control": "no-cache",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'",
}
_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "zh": {
        "title": "HTTP 接口",
        "intro": "本服务器提供的全部地址。程序可读取",
        "other": "English",
        "open": "无需令牌",
        "needs": "需要：",
        "permission": "权限",
        "parameters": "参数",
        "body": "请求体",
        "answer": "成功时的回答",
        "errors": "出错时的回答",
        "of rasa": "Rasa 的接口",
        "of ours": "<code>/api/v1/</code> 之下",
        "in path": "路径",
        "in query": "查询",
        "example": "示例",
        "contents": "目录",
        "token": "令牌",
        "jwt": "JWT",
        "query": "?token=",
        "login": "坐席登录",
        "csrf": "CSRF 头",
    },
    "en": {
        "title": "HTTP API",
        "intro": "All addresses of this server. Programs read",
        "other": "中文",
        "open": "open to all",
        "needs": "needs ",
        "permission": "permission",
        "parameters": "Parameters",
        "body": "Body",
        "answer": "Answer",
        "errors": "When something goes wrong",
        "of rasa": "Rasa's API",
        "of ours": "below <code>/api/v1/</code>",
        "in path": "path",
        "in query": "query",
        "example": "Example",
        "contents": "Contents",
        "token": "token",
        "jwt": "JWT",
        "query": "?token=",
        "login": "login of an agent",
        "csrf": "CSRF header",
    },
}
_STYLE: Final = """
:root{color-scheme:light dark;--line:#8884;--soft:#8881;--get:#0a7a4b;--post:#1d5fd0;--put:#9a5b00;
--delete:#c02b2b}
@media(prefers-color-scheme:dark){:root{--get:#4fd39b;--post:#82aaff;--put:#f0b45c;--delete:#ff8f8f}}
body{font:16px/1.55 system-ui,"PingFang SC","Microsoft YaHei",sans-serif;margin:0 auto;
max-width:60rem;padding:1.5rem}
h1{margin:.2em 0}h2{margin:2em 0 .4em;font-size:1.15rem;scroll-margin-top:1rem}
nav{columns:14rem;padding:.6rem 0}nav a{display:block}
details{border:1px solid var(--line);border-radius:.5rem;margin:.4rem 0}
summary{cursor:pointer;padding:.5rem .8rem;overflow-wrap:anywhere}
summary:focus-visible,a:focus-visible{outline:2px solid;outline-offset:2px}
details>div{padding:0 .8rem .8rem}
b.m{display:inline-block;min-width:4.2em;font-family:ui-monospace,monospace}
.get{color:var(--get)}.post{color:var(--post)}.put{color:var(--put)}.delete{color:var(--delete)}
code,pre{font-family:ui-monospace,monospace;font-size:.9em}
pre{background:var(--soft);border-radius:.4rem;overflow:auto;padding:.6rem}
table{border-collapse:collapse;width:100%}td{border-top:1px solid var(--line);padding:.25rem .5rem
.25rem 0;vertical-align:top}h3{font-size:.95rem;margin:1em 0 .3em}.l{float:right}
"""
_ERRORS: Final = "when-it-fails"
_CODE: Final = re.compile(r"`([^`]+)`")
_DEEP: Final = 6
_SIMPLE: Final = {"string": "text", "number": 0.0, "integer": 0, "boolean": True, "null": None}


@cache
def chinese() -> Mapping[str, str]:
    """Return what texts of the description are in Chinese."""
    text = files(__package__).joinpath("api_page.zh.json").read_bytes()
    return msgspec.json.decode(text, type=dict[str, str])


class ApiPage:
    """The pages of a description."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self._document = document
        self._texts: dict[str, str] = {}

    def answer(self, request: Request) -> HTTPResponse:
        """Return the page in the language that the reader asks for."""
        asked = request.args.get("language") or request.headers.get("accept-language", "")
        language = "zh" if asked.lower().startswith("zh") else "en"
        if language not in self._texts:
            self._texts[language] = "".join(_page(self._document, language))
        headers = {**_HEADERS, "Vary": "Accept-Language", "Content-Language": language}
        return HTTPResponse(self._texts[language], headers=headers, content_type=HTML)


def _page(document: Mapping[str, Any], language: str) -> Iterator[str]:
    words = {**chinese(), **_WORDS["zh"]} if language == "zh" else _WORDS["en"]
    other = "en" if language == "zh" else "zh"
    name, version = _plain(document["info"]["title"]), _plain(document["info"]["version"])
    lang = "zh-CN" if language == "zh" else "en"
    yield f'<!doctype html><html lang="{lang}"><meta charset="utf-8">'
    yield '<meta name="viewport" content="width=device-width,initial-scale=1">'
    yield f"<title>{name} · {words['title']}</title><style>{_STYLE}</style>"
    yield f'<a class="l" href="?language={other}">{words["other"]}</a>'
    yield f"<h1>{name} {version} · {words['title']}</h1>"
    yield f'<p>{words["intro"]} <a href="/docs/openapi.json">/docs/openapi.json</a>'
    yield " (OpenAPI 3.1).</p>"
    groups: dict[str, list[tuple[str, str, Mapping[str, Any]]]] = {}
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            groups.setdefault(operation["tags"][0], []).append((method, path, operation))
    tags = sorted(groups, key=lambda tag: (not tag.startswith("rasa"), tag == "server", tag))
    yield f'<nav aria-label="{words["contents"]}">'
    yield from (f'<a href="#{_anchor(tag)}">{_plain(tag)} ({len(groups[tag])})</a>' for tag in tags)
    yield f'<a href="#{_ERRORS}">{words["errors"]}</a></nav>'
    for tag in tags:
        yield f'<h2 id="{_anchor(tag)}">{_plain(tag)}</h2>'
        for method, path, operation in groups[tag]:
            yield from _entry(document, method, path, operation, words)
    yield f'<h2 id="{_ERRORS}">{words["errors"]}</h2>'
    for answer, where in (("Error", words["of rasa"]), ("Problem", words["of ours"])):
        yield from _contents(document, document["components"]["responses"][answer], where, words)


def _entry(
    document: Mapping[str, Any],
    method: str,
    path: str,
    operation: Mapping[str, Any],
    words: Mapping[str, str],
) -> Iterator[str]:
    yield f'<details id="{_plain(operation["operationId"])}"><summary>'
    yield f'<b class="m {method}">{method.upper()}</b> <code>{_plain(path)}</code> — '
    yield f"{_said(operation['summary'], words)}</summary><div>"
    ways = [" + ".join(words[one] for one in way) for way in operation["security"]]
    needs = f"{words['needs']}{' / '.join(ways)}" if ways else words["open"]
    permission = operation.get("x-permission")
    if permission:
        needs += f" · {words['permission']} <code>{_plain(permission)}</code>"
    yield f"<p>{needs}</p>"
    if operation["parameters"]:
        yield f"<h3>{words['parameters']}</h3><table>"
        for one in operation["parameters"]:
            meaning, where = _said(one.get("description", ""), words), words[f"in {one['in']}"]
            yield f"<tr><td><code>{_plain(one['name'])}</code><td>{where}<td>{meaning}"
        yield "</table>"
    if "requestBody" in operation:
        yield from _contents(document, operation["requestBody"], words["body"], words)
    for status, answer in operation["responses"].items():
        if status != "default":
            yield from _contents(document, answer, f"{words['answer']} {status}", words)
    yield f"<h3>{words['example']}</h3><pre>{_plain(_curl(method, path, operation))}</pre>"
    yield "</div></details>"


def _said(text: str, words: Mapping[str, str]) -> str:
    """Return a text of the description in the page's language, as HTML."""
    return _CODE.sub(r"<code>\1</code>", _plain(words.get(text, text)))


def _contents(
    document: Mapping[str, Any], part: Mapping[str, Any], title: str, words: Mapping[str, str]
) -> Iterator[str]:
    for kind, media in part.get("content", {}).items():
        yield f"<h3>{title} · {_plain(kind)}</h3>"
        schema = media.get("schema")
        if schema is not None and "json" in kind:
            sample = msgspec.json.encode(_sample(document, schema, 0))
            yield f"<pre>{_plain(msgspec.json.format(sample).decode())}</pre>"
    if not part.get("content"):
        yield f"<h3>{title}</h3><p>{_said(part['description'], words)}</p>"


def _sample(document: Mapping[str, Any], schema: Mapping[str, Any], depth: int) -> Any:
    """Return a value of the form that ``schema`` describes."""
    schema = _resolved(document, schema)
    kind = schema.get("type")
    kind = kind[0] if isinstance(kind, list) else kind
    if depth > _DEEP:
        return {}
    if kind == "array":
        items = schema.get("items")
        return [_sample(document, items, depth + 1)] if isinstance(items, Mapping) else []
    if kind == "object":
        parts = schema.get("properties", {})
        return {name: _sample(document, part, depth + 1) for name, part in parts.items()}
    return _plain_sample(schema, str(kind))


def _resolved(document: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what a schema refers to, or the first of those that it may be."""
    for _ in range(_DEEP):
        if "$ref" in schema:
            schema = document["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
            continue
        several = schema.get("anyOf") or schema.get("oneOf") or schema.get("allOf")
        if not several:
            break
        schema = several[0]
    return schema


def _plain_sample(schema: Mapping[str, Any], kind: str) -> Any:
    if schema.get("enum"):
        return schema["enum"][0]
    if schema.get("format") == "date-time":
        return "2026-01-31T08:00:00Z"
    return schema.get("const", _SIMPLE.get(kind, {}))


def _curl(method: str, path: str, operation: Mapping[str, Any]) -> str:
    how = "" if method == "get" else f"-X {method.upper()} "
    parts = [f"curl {how}http://localhost:5005{path}"]
    if any("token" in way for way in operation["security"]):
        parts.append('-H "Authorization: Bearer $TOKEN"')
    for kind in operation.get("requestBody", {}).get("content", {}):
        file = "body.json" if "json" in kind else "body.yml"
        parts.append(f'-H "Content-Type: {kind}" --data-binary @{file}')
    return " \\\n  ".join(parts)


def _anchor(tag: str) -> str:
    return html.escape(tag.replace("/", "-"))


def _plain(text: Any) -> str:
    return html.escape(str(text))
