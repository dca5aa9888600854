"""desk.yml: everything has a default, and what is wrong is told with its line."""

import pytest

from kefu.desk.hours import Hours
from kefu.project.desk_file import read_desk
from kefu.project.desk_options import (
    DeskOptions,
    HandoverOptions,
    OrderOptions,
    OverflowRule,
    RatingOptions,
    RoutingOptions,
    SkillDemand,
    TierOptions,
)
from kefu.project.problems import Report
from kefu.project.yaml import parse
from tests.unit.project import builder
from tests.unit.project.builder import document, told
from tests.unit.project.test_strange_values import STRANGE

WHOLE = """\
version: "3.1"
routing:
  strategy: routing.night_shift
  ageing_seconds: 10
  priority_points: 5
  tier_points: 0
  channel_points: {wechat: 1, web: -2.5}
  min_level: 2
  prefers_level: false
  last_agent_seconds: 0
  language_relax_seconds: never
  skill_relax_seconds: 90
  not_to_seconds: 15.5
  overflow: [{group: 售后, after: 120, to: 售前}, {group: 售后, after: 0, to: "*"}]
skills:
  apply_return: [售后, 退货]
  faq/refund: {group: 财务}
  invoice: {skills: [发票], group: 财务}
tiers: {slot: membership, values: {金卡: 2, 银卡: 1, 7: 3}}
sensitive_intents: [complain, legal_threat]
handover:
  unanswered_seconds: 60
  grace_seconds: 0
  default_max_sessions: 8
  position_updates: false
  close_idle_seconds: 3600
hours:
  weekly: {mon-fri: "09:00-18:00"}
  holidays: [{date: 2026-10-01, to: 2026-10-07, name: 国庆节, closed: true}]
ratings: {csat: false, nps: true, expire_hours: 12}
wrap_up_codes: [咨询, 其他]
typing_preview: true
"""


def desk(text):
    report = Report()
    return read_desk(parse(text, "desk.yml", report, environment={}), report), report


def test_an_empty_file_says_nothing():
    read, report = desk("")
    assert read == DeskOptions()
    assert not report.sorted()


def test_everything_can_be_set():
    read, report = desk(WHOLE)
    assert not report.sorted()
    assert read.routing == RoutingOptions(
        strategy="routing.night_shift",
        ageing_seconds=10.0,
        priority_points=5.0,
        tier_points=0.0,
        channel_points={"wechat": 1.0, "web": -2.5},
        min_level=2,
        prefers_level=False,
        last_agent_seconds=0.0,
        language_relax_seconds=None,
        skill_relax_seconds=90.0,
        not_to_seconds=15.5,
        overflow=(
            OverflowRule(group="售后", after=120.0, to="售前"),
            OverflowRule(group="售后", after=0.0, to="*"),
        ),
    )
    assert read.skills == {
        "apply_return": SkillDemand(skills=("售后", "退货")),
        "faq/refund": SkillDemand(group="财务"),
        "invoice": SkillDemand(skills=("发票",), group="财务"),
    }
    assert read.tiers == TierOptions(slot="membership", values={"金卡": 2, "银卡": 1, "7": 3})
    assert read.sensitive_intents == ("complain", "legal_threat")
    assert read.handover == HandoverOptions(
        unanswered_seconds=60.0,
        grace_seconds=0.0,
        default_max_sessions=8,
        position_updates=False,
        close_idle_seconds=3600.0,
    )
    assert Hours(read.hours).describe() == "周一至周五 9:00–18:00"
    assert read.ratings == RatingOptions(csat=False, nps=True, expire_hours=12.0)
    assert read.wrap_up_codes == ("咨询", "其他")
    assert read.typing_preview is True


def test_where_the_shop_tells_orders_can_be_said():
    text = "orders: {url: 'https://x/o?p={phone}', headers: {A: b}, timeout_seconds: 2}\n"
    read, report = desk(text)
    assert not report.sorted()
    assert read.orders == OrderOptions(
        url="https://x/o?p={phone}", headers={"A": "b"}, timeout_seconds=2.0
    )


def test_an_answer_is_looked_up_before_its_intent():
    read, _ = desk("skills: {faq: [a], faq/refund: [b]}\n")
    assert read.demand("faq", "faq/refund").skills == ("b",)
    assert read.demand("faq", "faq/other").skills == ("a",)
    assert read.demand("faq/other").skills == ("a",)
    assert read.demand("greet") == SkillDemand()


@pytest.mark.parametrize(
    ("value", "tier"), [("金卡", 2), (7, 3), (7.0, 3), ("普通", 0), (None, 0), (["金卡"], 0)]
)
def test_a_tier_goes_by_what_the_slot_holds(value, tier):
    assert desk(WHOLE)[0].tiers.of(value) == tier


@pytest.mark.parametrize(
    ("text", "code", "line", "part"),
    [
        ("- a", "desk.wrong-type", 1, "the file is a list"),
        ("orders: {}", "desk.bad-orders", 1, "no 'url'"),
        ("orders: 5", "desk.wrong-type", 1, "'orders'"),
        ("orders:\n  url: shop", "desk.bad-orders", 2, "is none"),
        ("orders:\n  url: 'ftp://x/y'", "desk.bad-orders", 2, "is none"),
        ("orders:\n  url: 'https://[x'", "desk.bad-orders", 2, "is none"),
        ("orders:\n  url: 'https://{user}/x'", "desk.bad-orders", 2, "which server"),
        ("orders:\n  url: 'https://x/{name}'", "desk.bad-orders", 2, "{name}"),
        ("orders:\n  uri: x", "desk.unknown-key", 2, "did you mean 'url'?"),
        (
            "orders:\n  url: https://x\n  timeout_seconds: 60",
            "desk.wrong-type",
            3,
            "'timeout_seconds'",
        ),
        ("routing: 5", "desk.wrong-type", 1, "'routing'"),
        ("rooting: {}", "desk.unknown-key", 1, "did you mean 'routing'?"),
        ("routing:\n  strategi: x", "desk.unknown-key", 2, "did you mean 'strategy'?"),
        ("routing:\n  strategy: least load", "desk.bad-strategy", 2, "least_load"),
        ("routing:\n  strategy: 5", "desk.wrong-type", 2, "'strategy'"),
        ("routing:\n  ageing_seconds: 0", "desk.wrong-type", 2, "from 0.1 to"),
        ("routing:\n  ageing_seconds: 86401", "desk.wrong-type", 2, "86400"),
        ("routing:\n  last_agent_seconds: -1", "desk.wrong-type", 2, "at most"),
        ("routing:\n  not_to_seconds: .inf", "desk.wrong-type", 2, "at most"),
        ("routing:\n  language_relax_seconds: always", "desk.wrong-type", 2, "a number"),
        ("routing:\n  min_level: 6", "desk.wrong-type", 2, "from 1 to 5"),
        ("routing:\n  tier_points: true", "desk.wrong-type", 2, "a number"),
        ("routing:\n  channel_points: {\n    web: x}", "desk.wrong-type", 3, "channel 'web'"),
        ("routing:\n  overflow:\n  - x", "desk.wrong-type", 3, "a mapping"),
        ("routing:\n  overflow:\n  - {group: a}", "desk.bad-overflow", 3, "after: 120"),
        ("routing:\n  overflow:\n  - {group: a, after: x}", "desk.wrong-type", 3, "'after'"),
        ("routing:\n  overflow:\n  - {group: a, after: 5}", "desk.bad-overflow", 3, "complete"),
        ("routing:\n  overflow:\n  - {group: a, after: 5, to: a}", "desk.bad-overflow", 3, "help"),
        ("routing:\n  overflow:\n  - {group: a, to: b, aftr: 5}", "desk.unknown-key", 3, "'after'"),
        ("skills:\n  a: 退货", "desk.wrong-type", 2, "a list of skills, or a mapping"),
        ("skills:\n  a: [b,\n   b]", "desk.duplicate", 3, "stands twice"),
        ("skills:\n  a: [5]", "desk.wrong-type", 2, "text"),
        ("skills:\n  a: ['']", "desk.bad-name", 2, "1 to 64"),
        ("skills:\n  a: {grop: b}", "desk.unknown-key", 2, "did you mean 'group'?"),
        ("tiers:\n  values: {a: 1}", "desk.no-slot", 1, "write 'slot:"),
        ("tiers:\n  slot: [a]", "desk.wrong-type", 2, "'slot'"),
        ("tiers:\n  slot: a\n  values: {a: -1}", "desk.wrong-type", 3, "from 0 to 100"),
        ("sensitive_intents: complain", "desk.wrong-type", 1, "a list"),
        ("handover:\n  default_max_sessions: 0", "desk.wrong-type", 2, "from 1 to 100"),
        ("handover:\n  grace_seconds: 99999", "desk.wrong-type", 2, "3600"),
        ("handover:\n  position_updates: 1", "desk.wrong-type", 2, "true or false"),
        ("hours: []", "desk.bad-hours", 1, "no mapping"),
        ("hours:\n  weekly:\n    mon: '9-18'", "desk.bad-hours", 3, "09:00-18:00"),
        ("hours:\n  weekly:\n    moon: '9:00-18:00'", "desk.bad-hours", 3, "no day of the week"),
        ("hours:\n  weekley: {}", "desk.bad-hours", 2, "did you mean 'weekly'?"),
        ("hours:\n  holidays:\n  - date: 2026-10-01\n    closed: true\n    open: '9:00-10:00'",
         "desk.bad-hours", 3, "both closed and open"),
        ("hours:\n  holidays:\n  - date: 2026-02-30\n    closed: true", "desk.bad-hours", 3, "is"),
        ("hours:\n  weekly:\n    mon:\n    - '9:00-12:00'\n    - '11:00-13:00'",
         "desk.bad-hours", 5, "overlap"),
        ("ratings:\n  expire_hours: 0", "desk.wrong-type", 2, "above 0"),
        ("wrap_up_codes: [a, a]", "desk.duplicate", 1, "remove one"),
        ("typing_preview: 'on'", "desk.wrong-type", 1, "true or false"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_line(text, code, line, part):
    _, report = desk(text)
    found = [problem for problem in report.sorted() if problem.code == code]
    assert found, report.sorted()
    assert found[0].severity == "error"
    assert found[0].place.line == line
    assert part in str(found[0])


def test_hours_with_a_mistake_are_not_used():
    read, _ = desk("hours: {weekly: {mon: '9:00-18:00', tue: x}}")
    assert read.hours is None


def test_a_file_for_a_newer_version_is_skipped():
    read, report = desk('version: "4.0"\nrouting: {ageing_seconds: 10}')
    assert read == DeskOptions()
    assert told(report, "version.too-new")


@pytest.mark.parametrize("value", STRANGE)
@pytest.mark.parametrize("path", [line.strip() for line in WHOLE.splitlines()])
def test_no_strange_value_makes_reading_fail(path, value):
    """In the place of each value there is; a section's first, then what stands in it."""
    key = path.partition(":")[0]
    for text in (f"{key}: {value}\n", *(f"{s}:\n  {key}: {value}\n" for s in SECTIONS)):
        _, report = desk(text)
        assert all(problem.place.line > 0 for problem in report.sorted())


SECTIONS = ("routing", "skills", "tiers", "handover", "hours", "ratings")


def validated(text):
    read, report = document(text, "desk.yml")
    loader_desk = read_desk(read, report)
    assert not report.sorted()
    return builder.project(desk=loader_desk)


@pytest.mark.parametrize(
    ("text", "code", "part"),
    [
        ("skills:\n  oder: [a]", "desk.unknown-intent", "did you mean 'order'?"),
        ("skills:\n  faq/refund: [a]", "desk.unknown-intent", "there is no intent 'faq/refund'"),
        ("sensitive_intents:\n- complain", "desk.unknown-intent", "add it to 'intents'"),
        ("tiers:\n  slot: numbr", "desk.unknown-slot", "did you mean 'number'?"),
    ],
)
def test_names_that_the_domain_does_not_have_are_warned_of(text, code, part):
    (problem,) = told(validated(text), code)
    assert (problem.severity, problem.place.line) == ("warning", 2)
    assert part in str(problem)


@pytest.mark.parametrize(
    "text",
    [
        "tiers: {slot: customer.tags, values: {VIP: 1}}",
        "skills: {order: [a]}",
        "sensitive_intents: [greet]",
        "tiers: {slot: number}",
        "tiers: {slot: attributes.level}",
    ],
)
def test_names_that_are_there_are_good(text):
    assert not validated(text).problems
