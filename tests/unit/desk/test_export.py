"""Conversations as files: whole, readable, and harmless whatever stands in them."""

import csv
import io
import json
import re
from datetime import UTC, timedelta, timezone
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest

from kefu.core.notes import NOTE_KINDS
from kefu.desk.export import FORMATS, POLICY, STYLE, ExportHead, csv_cell, pieces
from kefu.desk.export_rows import row_of
from kefu.desk.export_words import STEPS, WORDS
from kefu.desk.exporting import Exporting
from kefu.desk.zones import zone_of
from kefu.errors import DeskError
from kefu.gateway.records import LogEntry

EVIL = "<script>alert(1)</script>\"'&"


def entry(seq, kind, at=1_000.0, **raw):
    return LogEntry(seq=seq, kind=kind, timestamp=at, body=json.dumps(raw))


class Logs:
    """A log, read as stores give it."""

    def __init__(self, entries, answered=10**9):
        self.entries, self.answered, self.reads = list(entries), answered, []

    async def history(self, conversation_id, *, after=0, limit=500):
        self.reads.append((after, limit))
        return [one for one in self.entries if one.seq > after][:limit]

    async def head(self, conversation_id):
        if conversation_id != "web-1":
            return None
        return SimpleNamespace(last_seq=len(self.entries), answered_seq=self.answered)

    async def resolve(self, address):
        return {"wechat-9": "web-1"}.get(address, address)


def head(**changes):
    given = {
        "conversation_id": "web-1",
        "language": "zh",
        "zone": UTC,
        "zone_name": "UTC",
        "exported_at": 86_400.0,
        "exported_by": "林主管",
        "with_private": False,
        "customer": {"customer_id": "c_1", "name": "王先生", "phone": "+8613800138000"},
    }
    return ExportHead(**{**given, **changes})


async def exported(kind, entries, *, answered=10**9, **changes):
    logs = Logs(entries, answered)
    top = head(**changes)
    exporting = Exporting(logs, logs, "/attachments/{}?s=1&t=2".format)
    name, standing = await exporting.found("web-1")
    rows = exporting.rows(name, standing, top.language, with_private=top.with_private)
    return b"".join([piece async for piece in pieces(top, rows, kind)]).decode()


TALK = [
    entry(1, "session_started"),
    entry(2, "message", text="我要退货"),
    entry(3, "user", text="我要退货"),
    entry(4, "slot", name="x", value=1),
    entry(5, "bot", text="请稍等"),
    entry(6, "note", note="queued", reason="asked"),
    entry(7, "note", note="private", text="老客户", agent={"name": "小林"}),
    entry(8, "agent", text="您好", metadata={"agent": {"name": "小林"}}),
    entry(9, "note", note="rated", score=5, comment="很好"),
]


class Page(HTMLParser):
    """Collects what a browser would make of a page."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes += attrs

    def handle_data(self, data):
        self.text += data


async def test_a_page_shows_what_was_said_and_what_happened():
    page = Page(await exported("html", TALK))
    classes = [value for name, value in page.attributes if name == "class"]
    assert classes == ["step", "customer", "bot", "agent", "step"]
    for words in (
        "我要退货",
        "请稍等",
        "您好",
        "客服 · 小林",
        "客户评价：很好 · 5",
        "王先生",
        "1970-01-01",
    ):
        assert words in page.text
    assert "老客户" not in page.text


async def test_what_only_agents_may_know_is_there_when_it_is_asked_for():
    page = Page(await exported("html", TALK, with_private=True, language="en"))
    classes = [value for name, value in page.attributes if name == "class"]
    assert classes == ["step", "customer", "bot", "step", "private", "agent", "step"]
    assert "老客户" in page.text
    assert "waits for an agent: asked" in page.text


async def test_nothing_in_a_page_is_markup_but_its_own():
    said = [
        entry(1, "user", text=EVIL),
        entry(2, "agent", text=EVIL, metadata={"agent": {"name": EVIL}}),
        entry(3, "note", note="transferred", to={"name": EVIL}, text=EVIL, agent={"name": EVIL}),
        entry(4, "note", note=EVIL),
    ]
    text = await exported(
        "html",
        said,
        with_private=True,
        conversation_id=EVIL,
        exported_by=EVIL,
        zone_name=EVIL,
        customer={"name": EVIL, "phone": EVIL},
    )
    page = Page(text)
    assert "script" not in page.tags
    assert not any(name.startswith("on") or name in {"src", "href"} for name, _ in page.attributes)
    assert page.text.count("<script>alert(1)</script>\"'&") >= 8
    assert set(page.tags) <= {
        "html", "head", "meta", "title", "style", "body", "main", "h1", "dl", "dt", "dd", "bdi",
        "h2", "article", "header", "span", "time", "p",
    }  # fmt: skip


TAGGED = [
    *TALK,
    entry(10, "note", note="tagged", added=["<b>VIP"], removed=["新"], agent={"name": "小林"}),
]
WITH_TAGS = {"customer_id": "c_1", "name": "王", "tags": ["<b>VIP", "杭州"]}


async def test_what_the_staff_call_a_customer_is_for_the_staff():
    page = Page(await exported("html", TAGGED, customer=WITH_TAGS))
    assert "VIP" not in page.text
    whole = json.loads(await exported("json", TAGGED, customer=WITH_TAGS))
    assert "tags" not in whole["customer"]
    assert "VIP" not in await exported("csv", TAGGED, customer=WITH_TAGS)
    page = Page(await exported("html", TAGGED, customer=WITH_TAGS, with_private=True))
    assert "标签<b>VIP、杭州" in page.text.replace("\n", "")
    assert "修改客户标签：+<b>VIP · −新" in page.text
    whole = json.loads(await exported("json", TAGGED, customer=WITH_TAGS, with_private=True))
    assert whole["customer"]["tags"] == ["<b>VIP", "杭州"]
    csv = await exported("csv", TAGGED, customer=WITH_TAGS, with_private=True, language="en")
    assert "tags of the customer changed: +<b>VIP · −新" in csv


def test_the_policy_of_a_page_allows_its_style_and_pictures_and_nothing_else():
    import base64
    import hashlib

    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in POLICY
    assert "default-src 'none'" in POLICY
    assert "img-src 'self' https:;" in POLICY
    assert "</" not in STYLE
    assert "@media print" in STYLE


async def test_json_has_the_documented_keys():
    whole = json.loads(await exported("json", TALK, zone=timezone(timedelta(hours=8))))
    assert whole["format"] == "kefu.conversation/1"
    assert whole["is_complete"] is True
    assert whole["exported_at"] == "1970-01-02T08:00:00+08:00"
    assert whole["customer"] == {
        "customer_id": "c_1", "name": "王先生", "phone": "+8613800138000", "attributes": None,
    }  # fmt: skip
    assert [(one["seq"], one["by"], one["kind"]) for one in whole["entries"]] == [
        (1, "step", "session_started"), (3, "customer", "user"), (5, "bot", "bot"),
        (8, "agent", "agent"), (9, "step", "rated"),
    ]  # fmt: skip
    assert whole["entries"][3] == {
        "seq": 8, "at": "1970-01-01T08:16:40+08:00", "by": "agent", "kind": "agent",
        "speaker": "小林", "text": "您好", "pictures": [],
    }  # fmt: skip


SHOWN = [
    entry(1, "user", text="", metadata={"content": {"type": "image", "attachment": "a1"}}),
    entry(2, "agent", data={"custom": {"type": "image", "url": "https://cdn.example/b.png"}}),
    entry(
        3, "bot", text="看图", data={"image": "https://cdn.example/c.png", "custom": {"image": 1}}
    ),
    entry(4, "bot", data={"elements": [{"title": "杯", "image_url": "/static/d.png"}, 7]}),
    entry(5, "bot", data={"image": "javascript:alert(1)"}),
    entry(6, "bot", data={"image": '//evil.example/"onerror="x'}),
    entry(7, "user", text="", metadata={"content": {"type": "voice", "attachment": "a2"}}),
]
PICTURES = [
    "/attachments/a1?s=1&t=2",
    "https://cdn.example/b.png",
    "https://cdn.example/c.png",
    "/static/d.png",
]


async def test_a_page_shows_pictures_and_nothing_that_is_no_address():
    page = Page(await exported("html", SHOWN))
    assert [value for name, value in page.attributes if name == "src"] == PICTURES
    assert page.text.count("[图片]") == 5  # as before, also where the picture is gone
    assert "看图" in page.text


@pytest.mark.parametrize("kind", ["json", "csv"])
async def test_files_have_the_addresses_of_pictures(kind):
    text = await exported(kind, SHOWN, origin="https://shop.example")
    if kind == "json":
        found = [one for entry in json.loads(text)["entries"] for one in entry["pictures"]]
    else:
        rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))[1:]
        found = [row[-1] for row in rows if row[-1]]
    whole = ["https://shop.example" * one.startswith("/") + one for one in PICTURES]
    assert found == whole


async def test_an_empty_conversation_is_whole_json_too():
    whole = json.loads(await exported("json", [entry(1, "slot", name="x")], customer=None))
    assert (whole["entries"], whole["customer"]) == ([], None)


async def test_csv_is_read_by_spreadsheets_as_it_was_said():
    text = await exported("csv", [*TALK, entry(10, "user", text='他说 "好"，\n=1+1')])
    assert text.startswith("\ufeff")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows[0] == ["序号", "时间", "身份", "姓名", "类型", "内容", "图片"]
    assert rows[2] == ["3", "1970-01-01 00:16:40", "客户", "王先生", "user", "我要退货", ""]
    assert rows[-1][-2] == '他说 "好"，\n=1+1'
    assert text.count("\r\n") == len(rows)


@pytest.mark.parametrize(
    "text",
    ["=1+1", "+86", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1+1", "＠x", " =1", "\n=1", "\n  -2"],
)
async def test_no_cell_is_a_formula(text):
    out = await exported("csv", [entry(1, "user", text=text)], customer={"name": text})
    cells = [
        cell
        for row in csv.reader(io.StringIO(out.removeprefix("\ufeff"), newline=""))
        for cell in row
    ]
    assert [cell for cell in cells if cell.strip(" \n\t\r")[:1] in set("=+-@＝＋－＠")] == []
    assert csv_cell("没有问题 = 好") == "没有问题 = 好"


async def test_a_message_that_nobody_looked_at_yet_is_there_once():
    said = [
        entry(1, "message", text="在吗"),
        entry(2, "user", text="在吗"),
        entry(3, "message", text="？"),
    ]
    whole = json.loads(await exported("json", said, answered=1))
    assert [(one["seq"], one["text"]) for one in whole["entries"]] == [(2, "在吗"), (3, "？")]


async def test_what_was_deleted_is_one_line():
    gone = [entry(seq, "note", note="erased") for seq in range(1, 200)]
    whole = json.loads(await exported("json", [*gone, entry(200, "user", text="新的")]))
    assert [one["text"] for one in whole["entries"]] == ["内容已删除", "新的"]


async def test_a_long_conversation_is_read_and_sent_piece_by_piece():
    said = [entry(seq, "user", text="很长的一段话" * 20) for seq in range(1, 3_001)]
    logs = Logs(said)
    exporting = Exporting(logs, logs)
    name, standing = await exporting.found("wechat-9")
    rows = exporting.rows(name, standing, "zh", with_private=False)
    sent = pieces(head(), rows, "csv")
    first = await anext(sent)
    assert len(logs.reads) < 4  # the rest is not read before the first piece is taken
    rest = [piece async for piece in sent]
    assert len(rest) > 3
    assert (first + b"".join(rest)).count(b"\r\n") == 3_001


async def test_what_is_said_meanwhile_does_not_make_it_endless():
    logs = Logs([entry(1, "user", text="一")])
    exporting = Exporting(logs, logs)
    name, standing = await exporting.found("web-1")
    found = []
    async for row in exporting.rows(name, standing, "zh", with_private=False):
        found.append(row.seq)
        logs.entries.append(entry(len(logs.entries) + 1, "user", text="又"))
    assert found == [1]


async def test_there_is_nothing_of_a_conversation_that_is_not_there():
    logs = Logs([])
    assert await Exporting(logs, logs).found("web-1") is None
    assert await Exporting(logs, logs).found("web-7") is None


@pytest.mark.parametrize("language", list(WORDS))
def test_every_step_has_words(language):
    known = NOTE_KINDS - {"private", "said_elsewhere"}
    assert known <= set(STEPS)
    for name in known:
        row = row_of(entry(1, "note", note=name), language, with_private=True)
        assert row.text == STEPS[name][0 if language == "zh" else 1]
    assert set(WORDS["zh"]) == set(WORDS["en"])


@pytest.mark.parametrize("at", [-1e12, 1e15, float("inf")])
@pytest.mark.parametrize("kind", list(FORMATS))
async def test_times_that_no_calendar_has_are_shown_all_the_same(kind, at):
    zone = timezone(timedelta(hours=14))
    assert await exported(kind, [entry(1, "user", at=at, text="何时")], zone=zone)


@pytest.mark.parametrize("name", ["Asia/Shanghai", "UTC", "+08:00", "-0330", "Europe/Berlin"])
def test_time_zones_are_known_by_name_or_offset(name):
    assert zone_of(name)


@pytest.mark.parametrize(
    "name", ["", "Mars/Base", "../etc/passwd", "+25:00", "/etc", "x" * 300, "\0"]
)
def test_what_is_no_time_zone_is_told(name):
    with pytest.raises(DeskError, match="no time zone"):
        zone_of(name)


async def test_control_characters_do_not_reach_readers():
    text = await exported("html", [entry(1, "user", text="a\x00b\x1b[31mc\td\ne")])
    assert re.search("[\x00-\x08\x0b-\x1f]", text) is None
    assert "\td\ne" in text
