"""What agents and administrators keep, over the wire."""

import json
from datetime import UTC, datetime

import pytest

from tests.integration.server.desk_browsers import (
    CONVERSATION,
    GROUP,
    NOBODY,
    OTHER_GROUP,
    a_library,
)

WEEK = {"timezone": "Asia/Shanghai", "weekly": {"mon-fri": "09:00-18:00"}}


@pytest.fixture
async def desk(tmp_path):
    async with a_library(tmp_path) as desk:
        yield desk


def problem(body):
    return body["type"].removeprefix("urn:kefu:problem:")


def refusal(found):
    """Return status, problem and place of a refusal."""
    status, body = found
    return status, problem(body), body.get("details", {}).get("pointer")


# -- canned replies


async def kept(browser, **body):
    status, answer = await browser.ask("POST", "canned", {"title": "标题", "text": "文字", **body})
    assert status == 201, answer
    return answer


async def titles(browser, query=""):
    status, page = await browser.ask("GET", f"canned{query}")
    assert status == 200, page
    return [reply["title"] for reply in page["items"]]


async def test_a_canned_reply_from_its_making_to_its_end(desk):
    lin = await desk.signed_in("lin")
    made = await kept(lin, text="您好 {{customer.name|亲}}", folder="售后/退款", shortcut="/nh")
    assert made["variables"] == ["customer.name"]
    assert (made["scope"], made["shortcut"], made["may_edit"]) == ("personal", "nh", True)
    path = f"canned/{made['id']}"
    status, changed = await lin.ask("PUT", path, {"title": "您好", "version": 1})
    assert (status, changed["title"], changed["folder"], changed["version"]) == (
        200,
        "您好",
        "售后/退款",
        2,
    )
    assert refusal(await lin.ask("PUT", path, {"title": "x", "version": 1}))[:2] == (
        409,
        "conflict",
    )
    assert (await lin.ask("DELETE", path))[0] == 204
    assert (await lin.ask("DELETE", path))[0] == 404
    assert await titles(lin) == []
    assert await desk.acts() == []


async def test_everybody_sees_their_own_their_groups_and_what_is_shared(desk):
    lin, wu = await desk.signed_in("lin"), await desk.signed_in("wu")
    senior = await desk.signed_in("the-senior")
    mine = await kept(lin, title="lin 的")
    await kept(wu, title="wu 的")
    await kept(senior, title="共享", scope="shared")
    group = await kept(senior, title="售后的", scope="group", group=GROUP)
    await kept(senior, title="售前的", scope="group", group=OTHER_GROUP)
    assert await titles(lin) == ["lin 的", "共享", "售后的"]
    assert await titles(wu) == ["wu 的", "共享", "售前的"]
    assert await titles(senior) == ["共享"]
    assert await titles(senior, "?all_groups=true") == ["共享", "售前的", "售后的"]
    assert await titles(lin, "?all_groups=true") == ["lin 的", "共享", "售后的"]
    assert await titles(lin, "?scope=group") == ["售后的"]
    for browser in (wu, senior):
        for method, body in (("PUT", {"title": "x"}), ("DELETE", None)):
            assert (await browser.ask(method, f"canned/{mine['id']}", body))[0] == 404
        used = {"conversation_id": CONVERSATION}
        assert (await browser.ask("POST", f"canned/{mine['id']}/used", used))[0] == 404
    assert (await wu.ask("PUT", f"canned/{group['id']}", {"title": "x"}))[0] == 404


async def test_only_who_may_edits_what_others_see(desk):
    lin, senior = await desk.signed_in("lin"), await desk.signed_in("the-senior")
    shared = await kept(senior, scope="shared")
    group = await kept(senior, scope="group", group=GROUP)
    for body in ({"scope": "shared"}, {"scope": "group", "group": GROUP}):
        found = await lin.ask("POST", "canned", {"title": "x", "text": "x", **body})
        assert refusal(found)[:2] == (403, "not-allowed")
    for one in (shared, group):
        assert (await lin.ask("PUT", f"canned/{one['id']}", {"title": "x"}))[0] == 403
        assert (await lin.ask("DELETE", f"canned/{one['id']}"))[0] == 403
    mine = await kept(lin)
    assert (await lin.ask("PUT", f"canned/{mine['id']}", {"scope": "shared"}))[0] == 403
    _, page = await lin.ask("GET", "canned")
    may_edit = {reply["id"]: reply["may_edit"] for reply in page["items"]}
    assert may_edit == {shared["id"]: False, group["id"]: False, mine["id"]: True}


async def test_a_reply_is_given_to_a_group_to_all_and_taken_back(desk):
    senior = await desk.signed_in("the-senior")
    reply = await kept(senior)
    path = f"canned/{reply['id']}"
    _, body = await senior.ask("PUT", path, {"scope": "group", "group": GROUP})
    assert (body["scope"], body["group"]) == ("group", GROUP)
    _, body = await senior.ask("PUT", path, {"group": OTHER_GROUP})
    assert body["group"] == OTHER_GROUP
    _, body = await senior.ask("PUT", path, {"scope": "shared"})
    assert (body["scope"], body["group"]) == ("shared", "")
    _, body = await senior.ask("PUT", path, {"scope": "personal"})
    assert body["scope"] == "personal"
    assert await desk.acts() == ["canned.changed"] * 4


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({"title": ""}, "/title"),
        ({"title": "x" * 201}, "/title"),
        ({"title": "a\u202eb"}, "/title"),
        ({"text": ""}, "/text"),
        ({"text": "x" * 4001}, "/text"),
        ({"text": "a\0"}, "/text"),
        ({"text": None}, "/text"),
        ({"folder": "a//b"}, "/folder"),
        ({"shortcut": "a b"}, "/shortcut"),
        ({"language": "!"}, "/language"),
        ({"position": -1}, "/position"),
        ({"position": 10**7}, "/position"),
        ({"position": "1"}, "/position"),
        ({"scope": "all"}, "/scope"),
        ({"scope": "group"}, "/group"),
        ({"scope": "group", "group": NOBODY}, "/group"),
        ({"scope": "group", "group": "x\0"}, "/group"),
        ({"scope": "shared", "group": GROUP}, "/group"),
        ({"group": GROUP}, "/group"),
        ({"owner": "a_1"}, ""),
    ],
)
async def test_a_field_of_a_canned_reply_that_is_not_good_is_named(desk, body, pointer):
    senior = await desk.signed_in("the-senior")
    whole = {"title": "x", "text": "x", **body}
    status, _, place = refusal(await senior.ask("POST", "canned", whole))
    assert (status, place) == (400, pointer)
    reply = await kept(senior)
    status, _, place = refusal(await senior.ask("PUT", f"canned/{reply['id']}", body))
    assert (status, place) == (400, pointer)


async def test_replies_are_found_the_best_first_and_page_by_page(desk):
    lin = await desk.signed_in("lin")
    await kept(lin, title="发货时间", shortcut="fh", folder="售前")
    await kept(lin, title="退款 fh", folder="售后/退款")
    await kept(lin, title="别的", text="说的是 FH", folder="售后", language="en")
    assert await titles(lin, "?q=/fh") == ["发货时间", "退款 fh", "别的"]
    assert await titles(lin, "?folder=售后") == ["别的", "退款 fh"]
    assert await titles(lin, "?language=zh") == ["发货时间", "退款 fh"]
    found, cursor = [], ""
    while cursor is not None:
        _, page = await lin.ask("GET", f"canned?q=fh&limit=1&cursor={cursor}")
        found += [reply["title"] for reply in page["items"]]
        cursor = page["next"]
    assert found == ["发货时间", "退款 fh", "别的"]
    assert refusal(await lin.ask("GET", "canned?scope=all"))[0] == 400
    assert refusal(await lin.ask("GET", "canned?limit=x"))[0] == 400


async def test_a_shortcut_is_taken_once(desk):
    lin = await desk.signed_in("lin")
    await kept(lin, shortcut="k")
    found = await lin.ask("POST", "canned", {"title": "x", "text": "x", "shortcut": "Ｋ"})
    assert refusal(found) == (409, "name-taken", "/shortcut")


async def test_uses_are_counted_where_there_is_a_conversation(desk):
    await desk.customer()
    lin = await desk.signed_in("lin")
    reply = await kept(lin)
    path = f"canned/{reply['id']}/used"
    for _ in range(2):
        assert (await lin.ask("POST", path, {"conversation_id": CONVERSATION}))[0] == 204
    for nowhere in ("nowhere", "a\0b", "x" * 255):
        assert (await lin.ask("POST", path, {"conversation_id": nowhere}))[0] == 404
    for wrong in ({}, {"conversation_id": ""}, {"conversation_id": "x" * 256}):
        assert (await lin.ask("POST", path, wrong))[0] == 400
    _, page = await lin.ask("GET", "canned")
    assert (page["items"][0]["uses"], page["items"][0]["version"]) == (2, 1)
    assert page["items"][0]["used_at"] is not None


async def test_a_text_is_filled_with_customer_slots_and_agent(desk):
    await desk.customer(vip=True, points=3.0)
    lin = await desk.signed_in("lin")
    text = (
        "{{agent.name}} {{agent.staff_number}} {{order_no}} {{slot.order_no}} {{customer.level}}"
        " {{customer.points}} {{customer.vip}} {{customer.name}} {{customer.name|亲}}"
    )
    body = {"text": text, "conversation_id": CONVERSATION}
    status, filled = await lin.ask("POST", "canned/fill", body)
    assert status == 200
    assert filled == {
        "text": "林 n-lin A1 A1 金卡 3 {{customer.vip}} {{customer.name}} 亲",
        "missing": ["customer.vip", "customer.name"],
    }
    status, filled = await desk.machine("POST", "canned/fill", {**body, "text": "{{agent.name}}"})
    assert filled == {"text": "{{agent.name}}", "missing": ["agent.name"]}
    assert (await lin.ask("POST", "canned/fill", {**body, "conversation_id": "x"}))[0] == 404
    assert (await lin.ask("POST", "canned/fill", {**body, "text": "x" * 20_001}))[0] == 400


# -- words


async def test_words_are_kept_and_found_in_texts(desk):
    trainer, lin = await desk.signed_in("the-trainer"), await desk.signed_in("lin")
    made = {}
    for word, action, side in (("微信", "mask", "both"), ("骗子", "block", "customer")):
        body = {"word": word, "action": action, "side": side, "category": "站外"}
        status, made[word] = await trainer.ask("POST", "words", body)
        assert status == 201
    text = "加微\u200b信😀骗子"
    _, found = await lin.ask("POST", "words/check", {"text": text})
    assert found == {
        "hits": [{"start": 1, "end": 4, "word": "微信", "category": "站外", "action": "mask"}],
        "action": "mask",
        "masked": "加***😀骗子",
    }
    _, found = await lin.ask("POST", "words/check", {"text": text, "side": "customer"})
    assert (found["action"], len(found["hits"])) == ("block", 2)
    _, found = await lin.ask("POST", "words/check", {"text": "您好"})
    assert found == {"hits": [], "action": None, "masked": "您好"}
    assert (await trainer.ask("DELETE", f"words/{made['微信']['id']}"))[0] == 204
    _, found = await lin.ask("POST", "words/check", {"text": text})
    assert found["hits"] == []
    assert await desk.acts() == ["word.created", "word.created", "word.removed"]


async def test_words_are_listed_by_part_and_category(desk):
    trainer = await desk.signed_in("the-trainer")
    for word, category in (("微信号", "a"), ("支付宝", "a"), ("ＶＸ", "b")):
        await trainer.ask("POST", "words", {"word": word, "category": category})

    async def words(query):
        _, page = await trainer.ask("GET", f"words?{query}")
        return [word["word"] for word in page["items"]]

    assert await words("") == ["微信号", "支付宝", "ＶＸ"]
    assert await words("q=微信") == ["微信号"]
    assert await words("q=vx") == ["ＶＸ"]
    assert await words("category=a") == ["微信号", "支付宝"]


LISTS = {
    "words": ("the-supervisor", {"word": "x"}),
    "labels": ("the-supervisor", {"name": "x"}),
    "wrap_up_codes": ("the-supervisor", {"name": "x"}),
}


@pytest.mark.parametrize(
    ("path", "body", "pointer"),
    [
        ("words", {"word": ""}, "/word"),
        ("words", {"word": "\u200b"}, "/word"),
        ("words", {"word": "x" * 101}, "/word"),
        ("words", {"word": 1}, "/word"),
        ("words", {"action": "shout"}, "/action"),
        ("words", {"side": "bot"}, "/side"),
        ("words", {"category": "x" * 65}, "/category"),
        ("words", {"other": 1}, ""),
        ("labels", {"name": " "}, "/name"),
        ("labels", {"name": "x" * 65}, "/name"),
        ("labels", {"name": "a\0"}, "/name"),
        ("labels", {"color": "#ff0000"}, "/color"),
        ("labels", {"description": "x" * 501}, "/description"),
        ("labels", {"position": -1}, "/position"),
        ("wrap_up_codes", {"name": "a/b"}, "/name"),
        ("wrap_up_codes", {"name": ""}, "/name"),
        ("wrap_up_codes", {"parent": "k_" + "a" * 20}, "/parent"),
        ("wrap_up_codes", {"parent": "\0"}, "/parent"),
        ("wrap_up_codes", {"is_active": "yes"}, "/is_active"),
        ("wrap_up_codes", {"position": 1.5}, "/position"),
        ("wrap_up_codes", {"description": "x" * 501}, "/description"),
    ],
)
async def test_a_field_that_is_not_good_is_named(desk, path, body, pointer):
    login, good = LISTS[path]
    browser = await desk.signed_in(login)
    status, _, place = refusal(await browser.ask("POST", path, {**good, **body}))
    assert (status, place) == (400, pointer)
    _, made = await browser.ask("POST", path, good)
    status, _, place = refusal(await browser.ask("PUT", f"{path}/{made['id']}", body))
    assert (status, place) == (400, pointer)
    status, body = await browser.ask("PUT", f"{path}/{made['id']}", {"version": 7})
    assert (status, problem(body)) == (409, "conflict")
    for unknown in ("x", "a\0", "w_" + "a" * 20):
        assert (await browser.ask("PUT", f"{path}/{unknown}", {}))[0] == 404
        assert (await browser.ask("DELETE", f"{path}/{unknown}"))[0] == 404


@pytest.mark.parametrize("body", [{}, {"text": "x", "side": "both"}, {"text": "x" * 20_001}, []])
async def test_a_text_to_check_is_as_described(desk, body):
    lin = await desk.signed_in("lin")
    assert (await lin.ask("POST", "words/check", body))[0] == 400


# -- labels and codes


async def test_labels_are_kept_in_their_order(desk):
    ruler, lin = await desk.signed_in("the-supervisor"), await desk.signed_in("lin")
    _, vip = await ruler.ask("POST", "labels", {"name": "VIP", "color": "red", "position": 2})
    await ruler.ask("POST", "labels", {"name": "投诉", "position": 1})
    found = await ruler.ask("POST", "labels", {"name": "ｖｉｐ"})
    assert refusal(found) == (409, "name-taken", "/name")
    _, page = await lin.ask("GET", "labels")
    assert [label["name"] for label in page["items"]] == ["投诉", "VIP"]
    _, vip = await ruler.ask("PUT", f"labels/{vip['id']}", {"description": "贵宾", "version": 1})
    assert (vip["color"], vip["description"], vip["version"]) == ("red", "贵宾", 2)
    assert (await ruler.ask("DELETE", f"labels/{vip['id']}"))[0] == 204
    assert await desk.acts() == [
        "label.created",
        "label.created",
        "label.changed",
        "label.removed",
    ]


async def test_codes_are_a_tree_page_by_page(desk):
    ruler = await desk.signed_in("the-supervisor")
    _, after = await ruler.ask("POST", "wrap_up_codes", {"name": "售后", "position": 2})
    _, refund = await ruler.ask("POST", "wrap_up_codes", {"name": "退款", "parent": after["id"]})
    await ruler.ask("POST", "wrap_up_codes", {"name": "售前", "position": 1})
    found, cursor = [], ""
    while cursor is not None:
        _, page = await ruler.ask("GET", f"wrap_up_codes?limit=2&cursor={cursor}")
        found += [code["name"] for code in page["items"]]
        cursor = page["next"]
    assert found == ["售前", "售后", "退款"]
    found = await ruler.ask("DELETE", f"wrap_up_codes/{after['id']}")
    assert refusal(found)[:2] == (409, "in-use")
    body = {"parent": refund["id"]}
    found = await ruler.ask("PUT", f"wrap_up_codes/{after['id']}", body)
    assert refusal(found) == (400, "bad-field", "/parent")


# -- settings and hours


async def test_settings_are_set_and_taken_back(desk):
    ruler, lin = await desk.signed_in("the-supervisor"), await desk.signed_in("lin")
    _, before = await lin.ask("GET", "desk/settings")
    assert (before["settings"]["csat"], before["overrides"], before["version"]) == (True, {}, 0)
    body = {"overrides": {"csat": False, "close_idle_seconds": 600, "nps": None}, "version": 0}
    status, now = await ruler.ask("PUT", "desk/settings", body)
    assert (status, now["settings"]["csat"], now["settings"]["close_idle_seconds"]) == (
        200,
        False,
        600,
    )
    assert now["overrides"] == {"csat": False, "close_idle_seconds": 600}
    assert now["defaults"] == before["settings"]
    assert await lin.ask("GET", "desk/settings") == (200, now)
    assert refusal(await ruler.ask("PUT", "desk/settings", body))[:2] == (409, "conflict")
    _, now = await ruler.ask("PUT", "desk/settings", {"overrides": {}})
    assert now["settings"] == before["settings"]
    assert await desk.acts() == ["settings.changed"] * 2


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"overrides": {"colour": True}}, "/overrides/colour"),
        ({"overrides": {"csat": 1}}, "/overrides/csat"),
        ({"overrides": {"close_idle_seconds": -1}}, "/overrides/close_idle_seconds"),
        ({"overrides": {"close_idle_seconds": True}}, "/overrides/close_idle_seconds"),
        ({"overrides": {"csat": "yes"}}, "/overrides/csat"),
        ({"overrides": {"csat": {"a": [1]}}}, "/overrides/csat"),
        ({"overrides": {}, "version": -1}, "/version"),
        ({"settings": {}}, ""),
    ],
)
async def test_a_setting_that_is_not_good_is_named(desk, body, pointer):
    ruler = await desk.signed_in("the-supervisor")
    status, _, place = refusal(await ruler.ask("PUT", "desk/settings", body))
    assert (status, place) == (400, pointer)


async def test_hours_of_everybody_and_of_a_group(desk):
    ruler, lin = await desk.signed_in("the-supervisor"), await desk.signed_in("lin")
    _, hours = await lin.ask("GET", "hours/default")
    assert hours == {
        "group": "default",
        "hours": None,
        "is_inherited": True,
        "version": 0,
        "is_open": True,
        "next_change": None,
    }
    # The clock stands at 2023-11-15 06:13:20 in Shanghai, a Wednesday.
    status, hours = await ruler.ask("PUT", "hours/default", {"hours": WEEK, "version": 0})
    assert (status, hours["is_open"], hours["version"]) == (200, False, 1)
    opening = datetime.fromisoformat(hours["next_change"])
    assert opening == datetime(2023, 11, 15, 1, 0, tzinfo=UTC)
    assert hours["hours"]["weekly"]["fri"] == ["09:00-18:00"]
    _, inherited = await lin.ask("GET", f"hours/{GROUP}")
    assert (inherited["is_inherited"], inherited["version"]) == (True, 0)
    assert inherited["hours"] == hours["hours"]
    own = {"timezone": "UTC", "weekly": {"mon-sun": "00:00-24:00"}}
    _, hours = await ruler.ask("PUT", f"hours/{GROUP}", {"hours": own})
    assert (hours["is_inherited"], hours["is_open"]) == (False, True)
    desk.clock.advance(3 * 3600)
    _, page = await lin.ask("GET", "hours")
    shown = [(one["group"], one["is_open"]) for one in page["items"]]
    assert shown == [("default", True), (GROUP, True)]
    assert (await ruler.ask("DELETE", f"hours/{GROUP}"))[0] == 204
    assert (await ruler.ask("DELETE", f"hours/{GROUP}"))[0] == 404
    assert await desk.acts() == ["hours.created", "hours.created", "hours.removed"]


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"hours": None},
        {"hours": []},
        {"hours": {"weekly": {"mon": "9-25"}}},
        {"hours": {"timezone": "Mars"}},
        {"hours": {"days": {}}},
        {"hours": WEEK, "version": "1"},
        {"hours": WEEK, "more": 1},
    ],
)
async def test_hours_that_are_none_are_refused(desk, body):
    ruler = await desk.signed_in("the-supervisor")
    status, found = await ruler.ask("PUT", "hours/default", body)
    assert status == 400
    assert found["detail"]


@pytest.mark.parametrize("group", [NOBODY, "x", "g_\0", "Default"])
async def test_hours_are_those_of_a_group_that_there_is(desk, group):
    ruler = await desk.signed_in("the-supervisor")
    assert (await ruler.ask("GET", f"hours/{group}"))[0] == 404
    assert (await ruler.ask("PUT", f"hours/{group}", {"hours": WEEK}))[0] == 404
    assert (await ruler.ask("DELETE", f"hours/{group}"))[0] == 404


async def test_what_a_group_had_goes_with_it(desk):
    ruler = await desk.signed_in("the-supervisor")
    _, group = await ruler.ask("POST", "groups", {"name": "夜班"})
    await ruler.ask("PUT", f"hours/{group['id']}", {"hours": WEEK})
    await kept(ruler, scope="group", group=group["id"])
    assert (await ruler.ask("DELETE", f"groups/{group['id']}"))[0] == 204
    assert await desk.storage.desk_items.items("hours") == []
    assert await desk.storage.desk_items.items("canned") == []


async def test_what_an_agent_alone_had_goes_with_them(desk):
    await desk.customer()
    lin, admin = await desk.signed_in("lin"), await desk.signed_in("the-admin")
    await kept(lin)
    await lin.ask("PUT", f"conversations/{CONVERSATION}/draft", {"text": "x"})
    _, me = await lin.ask("GET", "me")
    assert (await admin.ask("DELETE", f"agents/{me['agent']['id']}"))[0] == 204
    assert await desk.storage.desk_items.items("canned") == []
    assert await desk.storage.desk_items.items("draft") == []


# -- drafts


async def test_a_draft_is_its_agents_alone_in_any_browser(desk):
    await desk.customer()
    path = f"conversations/{CONVERSATION}/draft"
    lin, again, wu = [await desk.signed_in(login) for login in ("lin", "lin", "wu")]
    none = {
        "conversation_id": CONVERSATION,
        "text": "",
        "mode": "reply",
        "reply_to": None,
        "version": 0,
        "changed_at": None,
    }
    assert await lin.ask("GET", path) == (200, none)
    _, draft = await lin.ask("PUT", path, {"text": "您好\n", "mode": "note", "reply_to": 3})
    assert await again.ask("GET", path) == (200, draft)
    assert await wu.ask("GET", path) == (200, none)
    assert (draft["text"], draft["mode"], draft["reply_to"], draft["version"]) == (
        "您好\n",
        "note",
        3,
        1,
    )
    assert (await again.ask("PUT", path, {"text": "晚", "version": 0}))[0] == 409
    assert (await again.ask("PUT", path, {"text": "晚"}))[1]["version"] == 2
    assert (await lin.ask("GET", "drafts"))[1]["items"][0]["text"] == "晚"
    assert (await wu.ask("GET", "drafts"))[1]["items"] == []
    assert await lin.ask("PUT", path, {"text": ""}) == (200, none)
    assert (await lin.ask("GET", "drafts"))[1]["items"] == []
    await lin.ask("PUT", path, {"text": "x"})
    for _ in range(2):
        assert (await lin.ask("DELETE", path))[0] == 204
    assert await lin.ask("GET", path) == (200, none)
    assert await desk.acts() == []


async def test_drafts_come_the_newest_first_page_by_page(desk):
    lin = await desk.signed_in("lin")
    for address in ("a", "b", "c"):
        await desk.customer(address)
        await lin.ask("PUT", f"conversations/{address}/draft", {"text": address})
        desk.clock.advance(1)
    found, cursor = [], ""
    while cursor is not None:
        _, page = await lin.ask("GET", f"drafts?limit=2&cursor={cursor}")
        found += [draft["conversation_id"] for draft in page["items"]]
        cursor = page["next"]
    assert found == ["c", "b", "a"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, ""),
        ({"text": "x" * 20_001}, "/text"),
        ({"text": "a\0"}, "/text"),
        ({"text": "x", "mode": "shout"}, "/mode"),
        ({"text": "x", "reply_to": 0}, "/reply_to"),
        ({"text": "x", "reply_to": "1"}, "/reply_to"),
        ({"text": "x", "version": -1}, "/version"),
        ({"text": "x", "agent": "a_1"}, ""),
    ],
)
async def test_a_draft_that_is_not_good_is_refused(desk, body, pointer):
    await desk.customer()
    lin = await desk.signed_in("lin")
    found = refusal(await lin.ask("PUT", f"conversations/{CONVERSATION}/draft", body))
    assert (found[0], found[2]) == (400, pointer)


@pytest.mark.parametrize("conversation", ["nowhere", "a%00b", "x" * 300])
async def test_there_are_no_drafts_where_there_is_no_conversation(desk, conversation):
    lin = await desk.signed_in("lin")
    path = f"conversations/{conversation}/draft"
    assert (await lin.ask("GET", path))[0] == 404
    assert (await lin.ask("PUT", path, {"text": "x"}))[0] == 404
    assert (await lin.ask("DELETE", path))[0] == 404


# -- notes and blocks


async def test_notes_are_read_by_all_and_changed_by_their_author(desk):
    customer = await desk.customer()
    lin, wu, senior = [await desk.signed_in(login) for login in ("lin", "wu", "the-senior")]
    path = f"customers/{customer}/notes"
    status, note = await lin.ask("POST", path, {"text": "喜欢红色"})
    assert (status, note["author_name"], note["may_edit"]) == (201, "林", True)
    desk.clock.advance(1)
    await wu.ask("POST", path, {"text": "第二"})
    _, page = await wu.ask("GET", path)
    shown = [(one["text"], one["may_edit"], one["may_remove"]) for one in page["items"]]
    assert shown == [("第二", True, True), ("喜欢红色", False, False)]
    this = f"{path}/{note['id']}"
    assert (await wu.ask("PUT", this, {"text": "x"}))[0] == 403
    assert (await wu.ask("DELETE", this))[0] == 403
    assert (await senior.ask("PUT", this, {"text": "x"}))[0] == 403
    assert (await lin.ask("PUT", this, {"text": "喜欢蓝色", "version": 1}))[1]["version"] == 2
    assert (await lin.ask("PUT", this, {"text": "x", "version": 1}))[0] == 409
    assert (await senior.ask("DELETE", this))[0] == 204
    assert (await lin.ask("DELETE", this))[0] == 404
    assert await desk.acts() == ["contact_note.removed"]
    status, note = await desk.machine("POST", path, {"text": "来自 CRM"})
    assert (status, note["author"], note["author_name"]) == (201, "", "API")


async def test_the_notes_on_both_are_those_on_who_they_became(desk):
    lin = await desk.signed_in("lin")
    ids = [await desk.customer(address) for address in ("rest-1", "rest-2")]
    for customer in ids:
        await lin.ask("POST", f"customers/{customer}/notes", {"text": customer})
    for address in ("rest-1", "rest-2"):
        body = {"address": address, "kind": "unionid", "value": "u"}
        await desk.machine("POST", "customers/identify", body)
    for customer in ids:
        _, page = await lin.ask("GET", f"customers/{customer}/notes")
        assert {note["text"] for note in page["items"]} == set(ids)
    _, note = await lin.ask("POST", f"customers/{ids[1]}/notes", {"text": "later"})
    assert (await lin.ask("DELETE", f"customers/{ids[0]}/notes/{note['id']}"))[0] == 204


@pytest.mark.parametrize(
    "body", [{}, {"text": ""}, {"text": " "}, {"text": "x" * 10_001}, {"text": "a\0"}, {"text": 1}]
)
async def test_a_note_says_something(desk, body):
    customer = await desk.customer()
    lin = await desk.signed_in("lin")
    path = f"customers/{customer}/notes"
    assert (await lin.ask("POST", path, body))[0] == 400
    _, note = await lin.ask("POST", path, {"text": "x"})
    assert (await lin.ask("PUT", f"{path}/{note['id']}", body))[0] == 400


@pytest.mark.parametrize("customer", ["nobody", "a%00b", "x" * 300])
async def test_there_are_no_notes_on_nobody(desk, customer):
    lin = await desk.signed_in("lin")
    path = f"customers/{customer}/notes"
    assert (await lin.ask("GET", path))[0] == 404
    assert (await lin.ask("POST", path, {"text": "x"}))[0] == 404
    assert (await lin.ask("PUT", f"{path}/n_x", {"text": "x"}))[0] == 404
    assert (await lin.ask("DELETE", f"{path}/n_x"))[0] == 404


async def test_a_customer_or_an_address_is_blocked_until_it_is_over(desk):
    customer = await desk.customer()
    senior, lin = await desk.signed_in("the-senior"), await desk.signed_in("lin")
    until = datetime.fromtimestamp(desk.clock.now() + 60, UTC).isoformat()
    body = {"address": "web-1", "until": until, "reason": "骂人"}
    status, block = await senior.ask("POST", "blocks", body)
    assert (status, block["kind"], block["reason"], block["is_over"]) == (
        201,
        "address",
        "骂人",
        False,
    )
    assert block["by_name"] == "The-Senior"
    assert refusal(await senior.ask("POST", "blocks", body))[:2] == (409, "blocked-already")
    _, forever = await senior.ask("POST", "blocks", {"customer_id": customer})
    assert forever["until"] is None

    async def blocked(query=""):
        _, page = await lin.ask("GET", f"blocks{query}")
        return {one["value"] for one in page["items"]}

    assert await blocked() == {"web-1", customer}
    assert await blocked(f"?customer={customer}") == {customer}
    assert await blocked("?address=web-1") == {"web-1"}
    desk.clock.advance(60)
    assert await blocked() == {customer}
    assert await blocked("?over=true") == {"web-1", customer}
    assert (await senior.ask("DELETE", f"blocks/{forever['id']}"))[0] == 204
    assert (await senior.ask("DELETE", f"blocks/{forever['id']}"))[0] == 404
    assert await blocked() == set()
    assert await desk.acts() == ["block.created", "block.created", "block.removed"]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ({}, "/customer_id"),
        ({"address": "a", "customer_id": "b"}, "/customer_id"),
        ({"address": "a\0"}, "/address"),
        ({"address": "x" * 256}, "/address"),
        ({"address": "a", "until": "2020-01-01T00:00:00Z"}, "/until"),
        ({"address": "a", "until": "2099-01-01T00:00:00"}, "/until"),
        ({"address": "a", "until": 5}, "/until"),
        ({"address": "a", "reason": "x" * 501}, "/reason"),
        ({"address": "a", "reason": "a\nb"}, "/reason"),
    ],
)
async def test_a_block_that_is_not_good_is_refused(desk, body, pointer):
    senior = await desk.signed_in("the-senior")
    found = refusal(await senior.ask("POST", "blocks", body))
    assert (found[0], found[2]) == (400, pointer)


async def test_only_a_customer_that_there_is_is_blocked(desk):
    senior = await desk.signed_in("the-senior")
    for unknown in ("nobody", "a\0"):
        assert (await senior.ask("POST", "blocks", {"customer_id": unknown}))[0] == 404
    assert (await senior.ask("GET", "blocks?over=maybe"))[0] == 400


async def test_bodies_that_are_too_long_are_refused_before_they_are_read(desk):
    senior = await desk.signed_in("the-senior")
    assert (await senior.ask("POST", "canned", {"title": "x", "text": "x" * 70_000}))[0] == 413


async def test_the_api_describes_it_all(desk):
    _, document = await desk.browser().ask("GET", "openapi.json")
    canned = document["paths"]["/api/v1/canned"]["post"]
    assert canned["x-permission"] == "canned.edit.own"
    hours = document["paths"]["/api/v1/hours/{group_id}"]["put"]
    assert hours["x-permission"] == "hours.manage"
    assert "HandlingSettings" in json.dumps(document["components"]["schemas"])
