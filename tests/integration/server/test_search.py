"""Search and export over the wire."""

import csv
import io
import json

import pytest

from kefu.gateway.records import Commit, NewEntry
from kefu.server.settings import ServerSettings
from kefu.staff.permissions import Permission, Role
from kefu.storage.memory import open_memory
from kefu.storage.sql import open_sql
from tests.integration.server.test_staff import ADMIN_TOKEN, Desk, problem
from tests.serving import running_server
from tests.staffing import a_staff, hired

EVIL = "<script>alert(1)</script>"


async def said(storage, conversation_id, *entries):
    """Let entries stand in a log."""
    for kind, raw in entries:
        head = await storage.stores.conversations.head(conversation_id)
        await storage.stores.log.commit(
            Commit(
                conversation_id=conversation_id,
                expected_version=head.version if head else 0,
                owner="bot",
                timestamp=1_767_200_000.0,
                entries=(NewEntry(kind=kind, timestamp=1_767_200_000.0, body=json.dumps(raw)),),
            )
        )


TALK = (
    ("user", {"text": "衣服什么时候发货，订单602600001007"}),
    ("bot", {"text": "今天发货"}),
    ("note", {"note": "private", "text": "老客户，先发货", "agent": {"name": "小林"}}),
    ("agent", {"text": "=1+1", "metadata": {"agent": {"name": "小林"}}}),
)


@pytest.fixture(params=["memory", "sqlite"])
async def desk(tmp_path, request):
    storage = open_memory() if request.param == "memory" else await open_sql(tmp_path / "kefu.db")
    staff, clock, _ = a_staff()
    settings = ServerSettings(enable_api=True, auth_token="secret")
    async with running_server(tmp_path, settings=settings, staff=staff, storage=storage) as server:
        desk = Desk(server, staff, clock)
        desk.storage = storage
        await hired(staff, "root", Role.ADMIN)
        await said(storage, "web-1", *TALK)
        await server.customers.set_attributes("web-1", {"name": f"发货{EVIL}"})
        while await storage.search.advance(100):
            pass
        yield desk
        await desk.close()
    await storage.close()


async def test_what_was_said_is_found_with_its_customer(desk):
    browser = await desk.signed_in()
    status, page = await browser.ask("GET", "search?q=发货&kind=messages&limit=2")
    assert status == 200
    first, second = page["items"]
    assert (first["seq"], first["by"], first["speaker"]) == (3, "private", "小林")
    assert (second["seq"], second["by"], second["kind"]) == (2, "bot", "message")
    assert second["snippet"] == "今天发货"
    assert second["ranges"] == [[2, 4]]
    assert second["conversation_id"] == second["leads_to"] == "web-1"
    assert second["customer_name"] == f"发货{EVIL}"
    assert second["at"] == "2025-12-31T16:53:20Z"
    status, rest = await browser.ask(
        "GET", f"search?q=发货&kind=messages&limit=2&cursor={page['next']}"
    )
    assert [hit["seq"] for hit in rest["items"]] == [1]
    assert rest["next"] is None


async def test_customers_are_found_too(desk):
    browser = await desk.signed_in()
    _, page = await browser.ask("GET", "search?q=发货")
    assert [hit["kind"] for hit in page["items"]] == ["customer", *["message"] * 3]
    assert page["items"][0]["customer_id"]
    _, page = await browser.ask("GET", "search?q=发货&kind=customers")
    assert [hit["kind"] for hit in page["items"]] == ["customer"]


async def test_days_begin_where_the_agent_is(desk):
    browser = await desk.signed_in()
    found = {}
    for zone in ("Asia/Shanghai", "UTC"):
        _, page = await browser.ask("GET", f"search?q=1007 after:2026-01-01&timezone={zone}")
        found[zone] = len(page["items"])
    assert found == {"Asia/Shanghai": 1, "UTC": 0}


@pytest.mark.parametrize(
    ("query", "told", "name"),
    [
        ("search", "at least one word", "bad-query"),
        ("search?q=-x", "at least one word", "bad-query"),
        ("search?q=x from:boss", "customer 客户", "bad-query"),
        ("search?q=x&kind=orders", "'kind'", "bad-request"),
        ("search?q=x&cursor=!", "'cursor'", "bad-request"),
        ("search?q=x&cursor=eA", "'cursor'", "bad-request"),
        ("search?q=x&limit=0", "'limit'", "bad-request"),
        ("search?q=x&timezone=Moon", "no time zone", "bad-request"),
        ("conversations/web-1/export?format=pdf", "'format'", "bad-request"),
        ("conversations/web-1/export?language=fr", "'language'", "bad-request"),
        ("conversations/web-1/export?timezone=Moon", "no time zone", "bad-request"),
    ],
)
async def test_what_cannot_be_answered_is_told(desk, query, told, name):
    browser = await desk.signed_in()
    status, body = await browser.ask("GET", query)
    assert (status, problem(body)) == (400, name)
    assert told in body["detail"]


async def test_who_has_no_permission_finds_nothing(desk):
    await hired(desk.staff, "trainer", Role.TRAINER)
    browser = await desk.signed_in("trainer")  # who may not read customers
    _, page = await browser.ask("GET", "search?q=发货")
    assert {hit["kind"] for hit in page["items"]} == {"message"}
    status, body = await browser.ask("GET", "search?q=发货&kind=customers")
    assert (status, problem(body)) == (403, "not-allowed")
    await hired(desk.staff, "lin")
    agent = await desk.signed_in("lin")
    status, body = await agent.ask("GET", "conversations/web-1/export")
    assert (status, problem(body)) == (403, "not-allowed")
    status, body = await desk.browser().ask("GET", "search?q=发货")
    assert status == 401


async def test_agents_find_only_what_they_may_read(desk):
    from kefu.desk.changes import AddSession
    from kefu.desk.sessions import ServiceSession

    await hired(desk.staff, "lin", permissions=frozenset({Permission.EXPORT}))
    lin = await desk.signed_in("lin")
    assert len((await lin.ask("GET", "search?q=发货&kind=messages"))[1]["items"]) == 3
    session = ServiceSession(
        session_id="s_1",
        conversation_id="web-1",
        state="assigned",
        opened_at=1.0,
        changed_at=1.0,
        agent_id="a_somebody_else",
        group_id="g_others",
        assigned_at=1.0,
    )
    await desk.storage.desk.apply([AddSession(session)])
    assert (await lin.ask("GET", "search?q=发货"))[1] == {"items": [], "next": None}
    status, body = await lin.ask("GET", "conversations/web-1/export")
    assert (status, problem(body)) == (403, "not-allowed")
    root = await desk.signed_in()
    assert len((await root.ask("GET", "search?q=发货&kind=messages"))[1]["items"]) == 3


async def export(desk, browser, query, status=200):
    address = f"/api/v1/conversations/{query}"
    async with browser._session.get(address) as answer:
        assert answer.status == status
        return answer.headers, await answer.text()


async def test_a_page_is_exported_that_no_script_can_run_in(desk):
    browser = await desk.signed_in()
    headers, text = await export(desk, browser, "web-1/export?private=1")
    assert headers["Content-Type"] == "text/html; charset=utf-8"
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Disposition"].startswith('inline; filename="kefu-web-1.html"')
    assert EVIL not in text
    assert "&lt;script&gt;" in text
    assert "老客户" in text
    assert "老客户" not in (await export(desk, browser, "web-1/export"))[1]


async def test_json_and_csv_are_exported_as_files(desk):
    browser = await desk.signed_in()
    headers, text = await export(desk, browser, "web-1/export?format=json&timezone=%2B08:00")
    assert headers["Content-Disposition"].startswith("attachment")
    whole = json.loads(text)
    assert [entry["seq"] for entry in whole["entries"]] == [1, 2, 4]
    assert whole["entries"][0]["at"] == "2026-01-01T00:53:20+08:00"
    assert whole["exported_by"] == "Root"
    headers, text = await export(desk, browser, "web-1/export?format=csv&language=en")
    rows = list(csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline="")))
    assert rows[0] == ["No.", "Time", "Who", "Name", "Kind", "Text", "Pictures"]
    assert rows[-1][2:] == ["Agent", "小林", "agent", "'=1+1", ""]


async def test_every_export_stands_in_the_audit_log(desk):
    browser = await desk.signed_in()
    await export(desk, browser, "web-1/export?format=csv&private=1")
    _, page = await browser.ask("GET", "audit?act=conversation.")
    (entry,) = page["items"]
    assert (entry["act"], entry["subject"], entry["actor_name"]) == (
        "conversation.exported", "web-1", "Root",
    )  # fmt: skip
    assert entry["data"] == {"format": "csv", "private": True, "entries": 4}


async def test_there_is_no_export_of_what_is_not_there(desk):
    browser = await desk.signed_in()
    status, body = await browser.ask("GET", "conversations/nobody/export")
    assert (status, problem(body)) == (404, "not-found")
    _, page = await browser.ask("GET", "audit?act=conversation.")
    assert page["items"] == []


async def test_machines_search_and_export_with_the_token(desk):
    browser = desk.browser()
    status, page = await browser.ask("GET", "search?q=发货&kind=messages", **ADMIN_TOKEN)
    assert (status, len(page["items"])) == (200, 3)
    async with browser._session.get(
        "/api/v1/conversations/web-1/export?format=json", headers=ADMIN_TOKEN
    ) as answer:
        assert (await answer.json())["exported_by"] == "API"
