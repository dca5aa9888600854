"""Situations of a desk, for properties: few names and round times, so that much meets."""

from dataclasses import replace

from hypothesis import strategies as st

from kefu.desk.routing import AgentState, Rules, Waiting

NOW = 10_000.0
SKILLS = ["发票", "退货", "物流"]
GROUPS = ["售前", "售后"]
TAGS = ["zh-CN", "zh-TW", "zh", "en"]
AGENTS = [f"a{number}" for number in range(6)]

_ago = st.integers(0, 12).map(lambda tens: NOW - 30.0 * tens)
_seconds = st.sampled_from([30.0, 90.0, 180.0])
_relax = st.none() | _seconds
_sets = {
    name: st.frozensets(st.sampled_from(values), max_size=2)
    for name, values in (("skills", SKILLS), ("groups", GROUPS), ("tags", TAGS), ("ids", AGENTS))
}

waiting_items = st.builds(
    Waiting,
    session_id=st.just("?"),
    conversation_id=st.just("?"),
    skills=_sets["skills"],
    group_id=st.none() | st.sampled_from(GROUPS),
    overflow_groups=st.sampled_from([(), (), (), ("售前",), ("*",)]),
    language=st.sampled_from(["", *TAGS]),
    tier=st.integers(0, 2),
    channel=st.sampled_from(["web", "wechat"]),
    last_agent_id=st.none() | st.sampled_from([*AGENTS, "gone"]),
    priority=st.integers(-2, 2),
    waiting_since=_ago,
    is_first_in_line=st.sampled_from([False, False, True]),
    not_to=st.just(frozenset()) | _sets["ids"],
    put_in_line_at=st.none() | _ago,
)
agents_on_duty = st.builds(
    AgentState,
    agent_id=st.just("?"),
    groups=_sets["groups"],
    skills=st.dictionaries(st.sampled_from(SKILLS), st.integers(1, 5)),
    languages=st.just(frozenset()) | _sets["tags"],
    open=st.integers(0, 3),
    max_sessions=st.integers(0, 4),
    is_accepting=st.sampled_from([True, True, True, False]),
    is_returning=st.booleans(),
    idle_since=_ago,
)
rules = st.builds(
    Rules,
    ageing_seconds=st.sampled_from([30.0, 60.0]),
    channel_points=st.sampled_from([{}, {"wechat": 2.0}]),
    min_level=st.integers(1, 3),
    prefers_level=st.booleans(),
    skill_relax_seconds=_relax,
    language_relax_seconds=_relax,
    last_agent_seconds=_seconds,
    not_to_seconds=_seconds,
    overflow=st.dictionaries(
        st.sampled_from(GROUPS),
        st.lists(st.tuples(_seconds, st.sampled_from([*GROUPS, "*"])), max_size=2).map(tuple),
    ),
)


def _named(values, name, letter):
    return [replace(value, **{name: f"{letter}{n}"}) for n, value in enumerate(values)]


waiting = st.lists(waiting_items, max_size=9).map(lambda items: _named(items, "session_id", "s"))
agents = st.lists(agents_on_duty, max_size=6).map(lambda items: _named(items, "agent_id", "a"))
