"""What was said is found by any part of it, on every store, and nothing that was taken back."""

import asyncio
import json
import random
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from kefu.desk.entry_texts import read_entry
from kefu.desk.indexing import LEASE, Indexing
from kefu.desk.search import parsed
from kefu.desk.searching import Searching
from kefu.errors import DeskError, StorageError
from kefu.gateway.records import Commit, NewEntry
from kefu.storage.sql import open_sql
from tests.contract.customers import World
from tests.contract.postgres import emptied

DAY = 86_400.0


class Desk:
    """A store in which people say things, and somebody looks for them."""

    def __init__(self, storage):
        self.storage = storage
        self.world = World(storage)
        self.searching = Searching(storage.search)
        self.at = 100 * DAY

    async def say(self, text, *, kind="user", to="web-1", at=None, **more):
        """Let somebody say something; return its place in the log."""
        self.at += 1
        raw = {"event": kind, "text": text, "timestamp": at or self.at, **more}
        if kind == "note":
            del raw["event"]
        head = await self.storage.stores.conversations.head(to)
        done = await self.storage.stores.log.commit(
            Commit(
                conversation_id=to,
                expected_version=head.version if head else 0,
                owner="bot",
                timestamp=self.at,
                entries=(NewEntry(kind=kind, timestamp=raw["timestamp"], body=json.dumps(raw)),),
            )
        )
        return done.first_seq

    async def advanced(self, batch=100):
        while await self.storage.search.advance(batch):
            pass

    async def indexed(self):
        await self.advanced()
        assert (await self.storage.search.state()).is_complete

    async def page(self, text, **more):
        await self.indexed()
        more.setdefault("kind", "messages")
        return await self.searching.page(parsed(text, UTC), **more)

    async def found(self, text, **more):
        """Return where something was said, newest first."""
        return [(hit.conversation_id, hit.seq) for hit in (await self.page(text, **more)).items]

    async def texts(self, text, **more):
        return [hit.shown.snippet for hit in (await self.page(text, **more)).items]


@pytest.fixture
def desk(storage):
    return Desk(storage)


# -- any part of it ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    "part",
    [
        "衣服", "衣", "服什么", "什么时候发货", "货", "我昨天买的衣服什么时候发货",
        "602600001007", "1007", "0260", "007", "iphone", "IPHONE15", "ｉＰｈｏｎｅ", "pro", "15",
        "发货 iphone", '"发货？订单"', "Café", "CAFE\u0301", "𬱖", "㎏",
    ],
)  # fmt: skip
async def test_a_text_is_found_by_any_part_of_it(desk, part):
    text = "我昨天买的衣服什么时候发货？订单602600001007，iPhone15 Pro，café，姓𬱖，2kg"
    await desk.say(text)
    await desk.say("您好，请问有什么可以帮您", kind="bot")
    assert await desk.found(part) == [("web-1", 1)]


@pytest.mark.parametrize(
    "part", ["服衣", "昨买", "货订", "6027", "phone", "衣服 退货", "霾", '"pr"']
)
async def test_what_was_not_said_is_not_found(desk, part):
    await desk.say("我昨天买的衣服什么时候发货？订单602600001007，iPhone15 Pro")
    assert await desk.found(part) == []


@pytest.mark.parametrize("letters", ["的一是不了，", "1234，", "かなカ漢，"])
async def test_every_part_of_generated_texts_is_found_where_it_is_and_nowhere_else(desk, letters):
    rnd = random.Random(11)
    said = ["".join(rnd.choices(letters, k=rnd.randrange(1, 14))) for _ in range(60)]
    for text in said:
        await desk.say(text)
    for _ in range(60):
        text = rnd.choice(said)
        begin = rnd.randrange(len(text))
        parts = [part for part in text[begin : begin + rnd.randrange(1, 7)].split("，") if part]
        if parts:
            expected = [n for n, one in enumerate(said, 1) if all(part in one for part in parts)]
            found = await desk.found(" ".join(parts), limit=200)
            assert [seq for _, seq in found] == expected[::-1], parts


async def test_what_stands_between_letters_and_digits_makes_no_difference(desk):
    await desk.say("iPhone 15")
    await desk.say("iphone15")
    assert await desk.found("iphone15") == await desk.found('"iphone 15"')
    assert len(await desk.found("iPhone15")) == 2


async def test_what_is_found_is_marked_as_browsers_count(desk):
    await desk.say("😀退货，ＳＩＺＥ退货")
    (hit,) = (await desk.page("退货 size")).items
    units = hit.shown.snippet.encode("utf-16-le")
    marked = [units[2 * a : 2 * b].decode("utf-16-le") for a, b in hit.shown.ranges]
    assert marked == ["退货", "ＳＩＺＥ退货"]


async def test_of_a_long_text_the_part_around_is_shown(desk):
    await desk.say("啊" * 500 + "要退货" + "呀" * 500)
    (hit,) = (await desk.page("退货")).items
    snippet = hit.shown.snippet
    assert (snippet[:2], snippet[-2:]) == ("…啊", "呀…")
    assert len(snippet) < 150
    assert [snippet[a:b] for a, b in hit.shown.ranges] == ["退货"]


# -- who, where, when --------------------------------------------------------------------------


async def test_who_said_it_is_asked_for_by_a_filter(desk):
    agent = {"metadata": {"agent": {"id": "a_1", "name": "小林"}}}
    await desk.say("退货一")
    await desk.say("退货二", kind="bot")
    await desk.say("退货三", kind="agent", **agent)
    await desk.say("退货四", kind="note", note="private", agent={"name": "小王"})
    await desk.say("退货五", kind="note", note="transferred")
    seqs = {
        who: await desk.found(f"退货 from:{who}") for who in ("customer", "机器人", "客服", "备注")
    }
    assert seqs == {
        "customer": [("web-1", 1)],
        "机器人": [("web-1", 2)],
        "客服": [("web-1", 3)],
        "备注": [("web-1", 4)],
    }
    assert [hit.by for hit in (await desk.page("退货")).items] == [
        "step", "private", "agent", "bot", "customer",
    ]  # fmt: skip
    assert [hit.speaker for hit in (await desk.page("退货 from:agent")).items] == ["小林"]


async def test_what_is_left_out_is_left_out(desk):
    await desk.say("退货 发票")
    await desk.say("退货")
    assert await desk.found("退货 -发票") == [("web-1", 2)]
    assert await desk.found("退货 -发票 -换") == [("web-1", 2)]


async def test_days_begin_at_midnight_where_the_agent_is(desk):
    shanghai = ZoneInfo("Asia/Shanghai")
    eve = datetime(2026, 1, 31, 23, 59, 59, tzinfo=shanghai).timestamp()
    await desk.say("退货", at=eve)
    await desk.say("退货", at=eve + 1)
    await desk.indexed()

    async def seqs(text):
        page = await desk.searching.page(parsed(text, shanghai), kind="messages")
        return [hit.seq for hit in page.items]

    assert await seqs("退货 before:2026-02-01") == [1]
    assert await seqs("退货 after:2026-02-01") == [2]
    assert await seqs("退货 after:2026-01-31 before:2026-02-02") == [2, 1]
    assert await seqs("退货 起:2026-03-01") == []


async def test_what_was_stored_long_after_it_was_said_is_found_by_its_day(desk):
    await desk.say("退货", at=50 * DAY)
    await desk.say("退货", at=90 * DAY)
    await desk.say("退货", at=50 * DAY + 5)  # imported late
    await desk.say("退货", at=91 * DAY)
    assert await desk.found("退货 before:1970-02-21") == [("web-1", 3), ("web-1", 1)]
    assert await desk.found("退货 after:1970-03-30") == [("web-1", 4), ("web-1", 2)]


@pytest.mark.parametrize("at", [-1e17, 1e17])
async def test_times_that_no_calendar_has_harm_nothing(desk, at):
    await desk.say("退货", at=at)
    await desk.say("退货", at=50 * DAY)
    assert await desk.found("退货") == [("web-1", 2), ("web-1", 1)]
    bounded = await desk.found("退货 after:1970-01-02 before:2026-01-01")
    assert bounded == [("web-1", 2)]
    far = "退货 before:1960-01-01" if at < 0 else "退货 after:2980-01-01"
    assert await desk.found(far) == [("web-1", 1)]


async def test_only_one_channel_is_searched(desk):
    await desk.world.say("wechat-a", "退货")
    await desk.world.say("web-b", "退货")
    assert [name for name, _ in await desk.found("退货 channel:wechat")] == ["wechat-a"]
    assert await desk.found("退货 渠道:wecom") == []


# -- pages -------------------------------------------------------------------------------------


async def pages(desk, text, **more):
    cursor, found = None, []
    while True:
        page = await desk.page(text, cursor=cursor, **more)
        found.append([hit.seq for hit in page.items])
        cursor = page.next
        if cursor is None:
            return found


async def test_pages_are_newest_first_and_hold_everything_once(desk):
    for number in range(25):
        await desk.say(f"退货{number}")
    found = await pages(desk, "退货", limit=10)
    assert [len(page) for page in found] == [10, 10, 5]
    assert [seq for page in found for seq in page] == list(range(25, 0, -1))


async def test_a_page_stays_where_it_is_while_more_is_said(desk):
    for number in range(6):
        await desk.say(f"退货{number}")
    first = await desk.page("退货", limit=3)
    await desk.say("退货")
    second = await desk.page("退货", limit=3, cursor=first.next)
    assert [hit.seq for hit in (*first.items, *second.items)] == [6, 5, 4, 3, 2, 1]


async def test_what_may_not_be_read_leaves_no_gap_in_pages(desk):
    for number in range(400):
        await desk.say("退货", to=f"web-{number % 40}")
    asked = []

    async def readable(names):
        asked.extend(names)
        return {name for name in names if name in {"web-7", "web-33"}}

    await desk.indexed()
    found, cursor = [], None
    while True:
        page = await desk.searching.page(
            parsed("退货", UTC), kind="messages", readable=readable, cursor=cursor, limit=6
        )
        found += page.items
        assert page.next is None or len(page.items) == 6
        cursor = page.next
        if cursor is None:
            break
    assert len(found) == 20 == len({(hit.conversation_id, hit.seq) for hit in found})
    assert {hit.conversation_id for hit in found} == {"web-7", "web-33"}
    assert len(asked) < 400  # each conversation is asked for once a page, not once a message


# -- what changes ------------------------------------------------------------------------------


async def test_what_a_customer_had_deleted_is_found_no_more(desk):
    await desk.world.identify("web-1", "user", "u1")
    await desk.say("我要退货")
    await desk.say("退货", to="web-2")
    await desk.indexed()
    await desk.world.customers.forget("web-1", ["messages"])
    page = await desk.searching.page(parsed("退货", UTC), kind="messages")
    assert [hit.conversation_id for hit in page.items] == ["web-2"]
    left = await desk.storage.search.messages(parsed("退货", UTC), below=None, limit=10)
    assert [candidate.conversation_id for candidate in left] == ["web-2"]


async def test_what_was_deleted_before_it_was_taken_in_is_not_taken_in(desk):
    await desk.world.identify("web-1", "user", "u1")
    await desk.say("我要退货")
    await desk.world.customers.forget("web-1", ["messages"])
    await desk.say("换货")
    assert await desk.found("退货") == []
    assert await desk.found("换货") == [("web-1", 3)]


async def test_merged_conversations_are_found_and_lead_to_the_kept_one(desk):
    await desk.world.say("web-a", "退货")
    await desk.world.say("wechat-b", "退货")
    await desk.world.identify("web-a", "unionid", "x")
    await desk.world.identify("wechat-b", "unionid", "x")
    await desk.world.say("wechat-b", "再退货")
    page = await desk.page("退货")
    assert [(hit.conversation_id, hit.leads_to) for hit in page.items] == [
        ("web-a", "web-a"), ("wechat-b", "web-a"), ("web-a", "web-a"),
    ]  # fmt: skip


async def test_a_renamed_conversation_is_found_under_its_new_name(desk, storage):
    from kefu.customers.changes import Rename

    await desk.world.say("web-a", "退货")
    await desk.indexed()
    await storage.customers.apply([Rename("web-a", "web-z")])
    assert [name for name, _ in await desk.found("退货")] == ["web-z"]


# -- customers ---------------------------------------------------------------------------------


async def customers(desk, text, **more):
    page = await desk.page(text, kind="customers", **more)
    return [(hit.conversation_id, hit.customer_name) for hit in page.items]


async def named(desk, address, **attributes):
    await desk.world.say(address)
    await desk.world.identify(address, "user", f"shop-{address}")
    await desk.world.customers.set_attributes(address, attributes)


async def test_customers_are_found_by_name_number_and_identity(desk):
    await named(desk, "web-a", name="林小姐", vip="金卡")
    await named(desk, "web-b", name="林先生")
    await desk.world.identify("web-b", "phone", "13800138000")
    both = [("web-b", "林先生"), ("web-a", "林小姐")]
    assert await customers(desk, "林") == both
    assert await customers(desk, "小姐") == [("web-a", "林小姐")]
    assert await customers(desk, "8000") == await customers(desk, "138 0013 8000") == both[:1]
    assert await customers(desk, "金卡 林") == both[1:]
    assert await customers(desk, "林 -小姐") == both[:1]
    assert await customers(desk, "shop-web-a") == both[1:]
    assert await customers(desk, "林", limit=1) == both[:1]


async def test_hits_bear_the_name_of_the_customer(desk):
    await named(desk, "web-a", name="林小姐")
    await desk.world.say("web-a", "退货")
    (hit,) = (await desk.page("退货")).items
    assert (hit.customer_name, hit.channel) == ("林小姐", "web")


async def test_what_a_customer_hides_or_deletes_does_not_find_them(desk):
    await named(desk, "web-a", name="林小姐", city="杭州")
    await desk.indexed()
    await desk.world.customers.hide("web-a", ["name"], is_hidden=True)
    page = await desk.searching.page(parsed("林小姐", UTC), kind="customers")
    assert page.items == ()
    await desk.world.customers.forget("web-a", ["attributes"])
    page = await desk.searching.page(parsed("杭州", UTC), kind="customers")
    assert page.items == ()
    await desk.world.customers.hide("web-a", ["name"], is_hidden=False)
    assert await customers(desk, "杭州") == []


async def test_a_merged_customer_is_found_as_the_one_who_was_kept(desk):
    await desk.world.say("web-a")
    await desk.world.customers.set_attributes("web-a", {"name": "林小姐"})
    await desk.world.say("wechat-b")
    await desk.world.customers.set_attributes("wechat-b", {"city": "杭州"})
    await desk.world.identify("web-a", "unionid", "x")
    assert await customers(desk, "杭州") == [("wechat-b", "")]
    await desk.world.identify("wechat-b", "unionid", "x")
    kept = await desk.world.leads("wechat-b")
    assert await customers(desk, "杭州") == await customers(desk, "林小姐") == [(kept, "林小姐")]


async def test_customers_come_before_what_was_said_in_one_list(desk):
    await named(desk, "web-a", name="林小姐")
    await named(desk, "web-b", name="林先生")
    for _ in range(3):
        await desk.world.say("web-a", "我姓林")
    kinds, cursor = [], None
    while True:
        page = await desk.page("林", kind="all", limit=2, cursor=cursor)
        kinds += [hit.kind for hit in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert kinds == ["customer"] * 2 + ["message"] * 3


# -- the index ---------------------------------------------------------------------------------


async def test_the_index_is_kept_up_to_date_by_whoever_has_the_lease(desk, storage):
    await desk.say("退货")
    both = [Indexing(storage.search, storage.leases) for _ in range(2)]
    tasks = [asyncio.create_task(one.run()) for one in both]
    for number in range(2, 5):
        await desk.say("退货")
        while not (await storage.search.state()).is_complete:  # noqa: ASYNC110 - it tells nobody
            await asyncio.sleep(0.01)
        page = await desk.searching.page(parsed("退货", UTC), kind="messages")
        assert len(page.items) == number
    while (lease := await storage.leases.acquire(LEASE, seconds=1.0)) is not None:
        await storage.leases.release(lease)  # nobody had it yet: in memory nothing is waited for
        await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await storage.leases.acquire(LEASE, seconds=1.0) is not None


async def test_a_long_log_is_taken_in_batch_by_batch(desk, storage):
    for number in range(30):
        await desk.say("退货", kind="user" if number % 2 else "slot", name="x", value=1)
    if storage.description == "memory":
        assert not await storage.search.advance(4)
        return
    cursors = []
    while await storage.search.advance(4):
        cursors.append((await storage.search.state()).cursor)
    moved = [cursor for cursor in cursors if cursor]
    assert len(moved) == 3
    assert moved == sorted(set(moved))
    assert len(await desk.found("退货", limit=50)) == 15


async def test_the_index_is_made_anew(desk, storage):
    await named(desk, "web-a", name="退货小姐")
    await desk.say("退货")
    await desk.indexed()
    await storage.search.clear()
    if storage.description != "memory":
        assert not (await storage.search.state()).is_complete
        page = await desk.searching.page(parsed("退货", UTC))
        assert page.items == ()
    assert [hit.kind for hit in (await desk.page("退货", kind="all")).items] == [
        "customer",
        "message",
    ]


async def break_index(storage, database):
    if "SQLite" in storage.description:
        await storage.search._database.write_once("drop_search_messages", {})
    else:
        connection = await asyncpg.connect(database)
        await connection.execute("DROP TABLE search_messages")
        await connection.close()


async def test_a_missing_index_is_told_and_made_anew(desk, storage, request):
    if storage.description == "memory":
        return
    is_sqlite = "SQLite" in storage.description
    await desk.say("退货")
    await desk.indexed()
    await break_index(storage, None if is_sqlite else request.getfixturevalue("postgres_database"))
    with pytest.raises(StorageError, match="kefu search rebuild"):
        await desk.searching.page(parsed("退货", UTC), kind="messages")
    await desk.say("退货")
    with pytest.raises(StorageError, match="kefu search rebuild"):
        await storage.search.advance(10)
    await storage.search.clear()
    assert len(await desk.found("退货")) == 2


def await_looks(monkeypatch, search):
    """Return a queue of what the search sees when it looks for those who are writing."""
    looks, look = asyncio.Queue(), search._writers

    async def writers():
        found = await look()
        looks.put_nowait(set(found))
        return found

    monkeypatch.setattr(search, "_writers", writers)
    return looks


@pytest.fixture
async def postgres_storage(postgres_database):
    await emptied(postgres_database)
    opened = await open_sql(postgres_database)
    yield opened
    await opened.close()


async def test_an_entry_that_becomes_visible_late_is_not_missed(
    postgres_storage, postgres_database, monkeypatch
):
    """A transaction holds a low position while others with higher ones commit."""
    storage = postgres_storage
    desk = Desk(storage)
    await desk.say("以前")
    await desk.indexed()
    late = await asyncpg.connect(postgres_database)
    await late.execute("BEGIN")
    body = json.dumps({"event": "user", "text": "迟到的退货"})
    await late.execute(
        "INSERT INTO entries (conversation, seq, kind, timestamp, body) "
        "SELECT id, 900, 'user', 1, $1 FROM conversations WHERE conversation_id = 'web-1'",
        body,
    )
    await desk.say("退货", to="web-2")
    looks = await_looks(monkeypatch, storage.search)
    advancing = asyncio.create_task(storage.search.advance(10))
    for _ in range(3):
        assert await looks.get()  # it sees the one that is still writing, and looks again
    await late.execute("COMMIT")
    await advancing
    assert await desk.found("退货") == [("web-2", 1), ("web-1", 900)]
    await late.close()


async def test_what_is_deleted_while_it_is_taken_in_is_found_no_more(desk, storage):
    """Whoever deletes waits for whoever takes in, whichever of them began first."""
    await desk.world.identify("web-1", "user", "u1")
    for _ in range(20):
        await desk.say("退货")
    forgetting = desk.world.customers.forget("web-1", ["messages"])
    await asyncio.gather(desk.advanced(3), forgetting)
    await desk.indexed()
    left = await storage.search.messages(parsed("退货", UTC), below=None, limit=50)
    assert list(left) == []


# -- queries and texts -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "at least one word"),
        ("-退货", "at least one word"),
        ("！？😀", "at least one word"),
        ("from:agent", "at least one word"),
        ("退货 from:老板", "customer 客户"),
        ("退货 before:昨天", "before:2026-01-31"),
        ("退货 after:2026-02-30", "after:2026-01-31"),
        ("退货 after:2026-02-02 before:2026-02-01", "nothing could be found"),
        ("退货 -from:agent", "cannot be left out"),
        ("退" * 201, "200 characters"),
        (" ".join("退货换发票快递好坏上下左右"), "12 words"),
    ],
)
def test_a_query_that_cannot_be_answered_is_told_why(text, told):
    with pytest.raises(DeskError, match=told) as caught:
        parsed(text, UTC)
    assert (caught.value.problem, caught.value.status) == ("bad-query", 400)


def test_what_looks_like_a_filter_and_is_none_is_looked_for():
    query = parsed("https://kefu.example 12:30 备注:加急", UTC)
    assert query.by is None
    assert len(query.wanted) == 3


@pytest.mark.parametrize("cursor", ["x1", "m-1", "m1x", "c5", "m" + "9" * 30])
async def test_a_cursor_of_something_else_is_refused(desk, cursor):
    with pytest.raises(DeskError, match="cursor"):
        await desk.page("退货", cursor=cursor)


@pytest.mark.parametrize(
    ("kind", "body", "expected"),
    [
        ("user", {"text": "/restart"}, None),
        ("user", {"text": "EXTERNAL: reminder"}, None),
        ("user", {"text": "/pay{}", "metadata": {"title": "去付款"}}, ("customer", "去付款")),
        (
            "user",
            {"text": "明天联系我", "metadata": {"leave_message": {"name": "林", "contact": "138"}}},
            ("customer", "林 · 138\n明天联系我"),
        ),
        (
            "bot",
            {
                "text": "请选择",
                "data": {
                    "buttons": [{"title": "退货", "payload": "/x"}, "?"],
                    "custom": {"type": "order_card", "order_id": "6026", "title": "卫衣"},
                },
            },
            ("bot", "请选择\n退货\n订单 6026\n卫衣"),
        ),
        ("bot", {"text": None, "data": {"custom": {"type": "strange"}}}, None),
        ("agent", {"text": None, "data": {"custom": {"type": "image"}}}, ("agent", "[图片]")),
        ("note", {"note": "rated", "score": 5, "comment": "很好"}, ("step", "很好")),
        ("note", {"note": "erased"}, None),
        ("slot", {"name": "x", "value": "退货"}, None),
        ("user", {"text": None}, None),
        ("user", {"text": 5, "metadata": "?"}, None),
    ],
)
def test_what_an_entry_says(kind, body, expected):
    said = read_entry(kind, json.dumps(body))
    assert (said and (said.by, said.text)) == expected


def test_what_is_no_json_says_nothing():
    assert read_entry("user", "{") is None
    assert read_entry("user", "[]") is None
