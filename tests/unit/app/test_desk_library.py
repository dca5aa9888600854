"""The library as an app puts it together."""

import asyncio
import math

import pytest

from kefu.app.assembly import open_app
from kefu.app.desk_library import ConversationVariables, projects_desk
from kefu.app.settings import AppSettings
from kefu.desk.library.drafts import Draft
from kefu.desk.library.labels import Label
from kefu.desk.library.records import By
from kefu.errors import ProjectError, Unavailable
from kefu.project.desk_options import (
    DeskOptions,
    HandoverOptions,
    OverflowRule,
    RatingOptions,
    RoutingOptions,
)
from kefu.project.hours_form import read_hours
from kefu.project.settings import MEMORY
from kefu.staff.directory import Acting, everything
from tests.staffing import hired

LIN = By(agent_id="a_lin", name="林")


class Conversations:
    def __init__(self, slots=None):
        self._slots = slots

    async def exists(self, conversation_id):
        return conversation_id == "c1"

    async def state(self, conversation_id, *, events):
        assert events == "NONE"
        if self._slots is None:
            raise Unavailable("no model is loaded")
        return {"slots": self._slots}


class Views:
    def __init__(self, customer=None):
        self._customer = customer

    async def at(self, conversation_id):
        return self._customer


async def known(slots=None, customer=None, conversation_id="c1"):
    return await ConversationVariables(Conversations(slots), Views(customer)).of(conversation_id)


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("A1", "A1"),
        (7, "7"),
        (3.0, "3"),
        (1234567.5, "1234567.5"),
        (1e16, "10000000000000000"),
        (["红", 2, None, "蓝"], "红、2、蓝"),
        (None, ""),
        (True, ""),
        ({"a": 1}, ""),
        (math.nan, ""),
        (math.inf, ""),
    ],
)
async def test_slots_are_shown_as_a_customer_may_read_them(value, shown):
    found = await known({"x": value})
    assert found == {"x": shown, "slot.x": shown}


async def test_the_customers_own_name_is_not_that_of_an_attribute():
    customer = {"name": "王芳", "phone": None, "attributes": {"name": "x", "level": "金卡"}}
    assert await known({}, customer) == {
        "customer.name": "王芳",
        "customer.phone": "",
        "customer.level": "金卡",
        "customer.tags": "",
    }


async def test_the_tags_of_a_customer_stand_for_a_variable():
    customer = {"name": None, "phone": None, "attributes": {"tags": "x"}, "tags": ["VIP", "杭州"]}
    assert (await known({}, customer))["customer.tags"] == "VIP、杭州"


async def test_without_a_model_the_customer_is_known_all_the_same():
    found = await known(None, {"name": "王芳", "phone": "+8613800000000", "attributes": {}})
    assert found["customer.phone"] == "+8613800000000"
    assert await known({}, None, "nowhere") is None


def test_everything_that_desk_yml_says_is_the_default():
    hours, problems = read_hours({"weekly": {"mon-fri": "09:00-18:00"}})
    assert problems == []
    told = projects_desk(
        DeskOptions(
            handover=HandoverOptions(
                unanswered_seconds=604_800.0,
                grace_seconds=3_600.0,
                position_updates=False,
                close_idle_seconds=604_800.0,
            ),
            ratings=RatingOptions(csat=False, nps=True, expire_hours=744.0),
            typing_preview=True,
            hours=hours,
        )
    )
    assert told.hours == hours.as_json()
    settings = told.settings
    assert (settings.csat, settings.nps, settings.rating_hours) == (False, True, 744.0)
    assert (settings.unanswered_seconds, settings.grace_seconds) == (604_800.0, 3_600.0)
    assert (settings.close_idle_seconds, settings.position_updates) == (604_800.0, False)
    assert settings.typing_preview


def settings(tmp_path, **changes):
    return AppSettings(root=tmp_path, model=None, has_channels=False, **changes)


async def test_the_longest_that_desk_yml_admits_can_be_overridden(tmp_path):
    desk = DeskOptions(handover=HandoverOptions(unanswered_seconds=604_800.0))
    async with open_app(settings(tmp_path, storage_url=MEMORY, desk=desk)) as app:
        now = await app.library.settings.change(LIN, {"nps": True})
    assert now.settings.unanswered_seconds == 604_800.0


async def test_screens_are_told_what_to_fetch_again(tmp_path):
    routing = RoutingOptions(overflow=(OverflowRule(group="售后", after=60.0, to="*"),))
    desk = DeskOptions(routing=routing)
    async with open_app(settings(tmp_path, storage_url=MEMORY, desk=desk)) as app:
        before = app.desk.feed.position
        draft = Draft(agent="a_lin", conversation_id="c1", text="您")
        await app.library.drafts.write(draft)  # of nobody else's concern
        label = await app.library.labels.create(LIN, Label(name="VIP"))
        await app.library.labels.remove(LIN, label)
        await app.library.settings.change(LIN, {"nps": True})
        by = Acting(everything("test"))
        group = await app.staff.naming.create(by, "group", "售后", "")
        assert list(app.desk.rules.overflow) == [group.named_id]  # it counts at once
        await app.staff.naming.change(by, group, name="退换")
        await app.staff.naming.create(by, "skill", "退款", "")
        await app.staff.naming.remove(by, "skill", "退款")
        async with asyncio.timeout(5):
            while app.desk.feed.position < before + 7:  # noqa: ASYNC110 - it is woken, not looked at
                await asyncio.sleep(0)
        told, _ = await app.desk.feed.since(before)
        assert [(one.kind, one.data["what"]) for one in told] == [
            ("library", "labels"),
            ("library", "labels"),
            ("library", "settings"),
            ("library", "groups"),
            ("library", "groups"),
            ("library", "skills"),
            ("library", "skills"),
        ]


async def test_what_is_kept_is_there_at_the_next_start_and_codes_are_seeded_once(tmp_path):
    desk = DeskOptions(wrap_up_codes=("售后/退款", "售前"))
    async with open_app(settings(tmp_path, desk=desk)) as app:
        assert app.services().library is app.library
        assert [code.what.name for code in await app.library.codes.all()] == [
            "售后",
            "退款",
            "售前",
        ]
        await app.library.labels.create(LIN, Label(name="VIP"))
    more = DeskOptions(wrap_up_codes=("别的",))
    async with open_app(settings(tmp_path, desk=more)) as app:
        assert len(await app.library.codes.all()) == 3
        assert [label.what.name for label in await app.library.labels.all()] == ["VIP"]
        entries = await app.staff.audit.newest(before=100, limit=10)
        assert [entry.act for entry in entries] == ["label.created", "wrap_up_code.seeded"]


async def test_a_code_of_desk_yml_that_is_not_good_is_named(tmp_path):
    desk = DeskOptions(wrap_up_codes=("a/b/c/d/e",))
    with pytest.raises(ProjectError, match=r"wrap_up_codes.*a/b/c/d/e"):
        async with open_app(settings(tmp_path, storage_url=MEMORY, desk=desk)):
            pass


async def test_the_drafts_of_an_agent_who_is_removed_go_with_them(tmp_path):
    async with open_app(settings(tmp_path, storage_url=MEMORY)) as app:
        account = await hired(app.staff)
        draft = Draft(agent=account.account_id, conversation_id="c1", text="x")
        await app.library.drafts.write(draft)
        await app.staff.directory.remove(Acting(everything("test")), account.account_id)
        assert await app.library.drafts.of(account.account_id) == []
