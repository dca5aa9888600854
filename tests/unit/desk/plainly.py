"""The strategy as its description reads: every customer beside every agent, not clever at all."""

from kefu.desk.routing import EVERYBODY


def is_over(since, seconds, now):
    return seconds is not None and now >= since + seconds


def languages_meet(one, other):
    one, other = one.lower(), other.lower()
    return one == other or one.startswith(other + "-") or other.startswith(one + "-")


def suits(item, agent, rules, now):
    """Group, skills and language; neither acceptance, nor room, nor ``not_to``."""
    since = item.waiting_since
    if item.skills and not is_over(since, rules.skill_relax_seconds, now):
        levels = [agent.skills.get(skill, 0) for skill in item.skills]
        if any(level < rules.min_level or level == 0 for level in levels):
            return False
    if item.group_id is not None:
        groups = {item.group_id, *item.overflow_groups}
        steps = rules.overflow.get(item.group_id, ())
        groups |= {to for after, to in steps if is_over(since, after, now)}
        if EVERYBODY not in groups and not groups & agent.groups:
            return False
    speaks = any(languages_meet(item.language, tag) for tag in agent.languages)
    must = item.language and agent.languages
    return bool(not must or speaks or is_over(since, rules.language_relax_seconds, now))


def points(item, rules, now):
    return (
        item.priority * rules.priority_points
        + item.tier * rules.tier_points
        + rules.channel_points.get(item.channel, 0)
        + (now - item.waiting_since) / rules.ageing_seconds
    )


def level_of(item, agent, rules, now):
    if not rules.prefers_level or is_over(item.waiting_since, rules.skill_relax_seconds, now):
        return 0
    return sum(agent.skills[skill] for skill in item.skills)


def order(waiting, rules, now):
    def key(item):
        exact = round(-points(item, rules, now), 6)
        return (not item.is_first_in_line, exact, item.waiting_since, item.session_id)

    return sorted(waiting, key=key)


class Desk:
    """What agents have while customers are given to them."""

    def __init__(self, agents):
        self.agents = agents
        self.given = {agent.agent_id: 0 for agent in agents}

    def has_room(self, agent):
        has = agent.open + self.given[agent.agent_id]
        return agent.is_accepting and has < agent.max_sessions

    def load(self, agent):
        return (agent.open + self.given[agent.agent_id]) / agent.max_sessions

    def turns(self, agent):
        return self.given[agent.agent_id]


def waits_for(item, agent, rules, now):
    is_expected = agent.is_accepting or agent.is_returning
    return (
        is_expected
        and agent.max_sessions > 0
        and not item.is_first_in_line
        and not is_over(item.waiting_since, rules.last_agent_seconds, now)
    )


def candidates(item, agents, rules, now):
    """Who may get it, and who only where none of those has room."""
    fitting = [agent for agent in agents if suits(item, agent, rules, now)]
    usual = [agent for agent in fitting if agent.agent_id not in item.not_to]
    since = item.waiting_since if item.put_in_line_at is None else item.put_in_line_at
    has_waited = is_over(since, rules.not_to_seconds, now)
    return usual, [agent for agent in fitting if agent not in usual] if has_waited else []


def assigned(waiting, agents, rules, now, load=Desk.load):
    desk = Desk(agents)
    decided = []
    for item in order(waiting, rules, now):
        usual, others = candidates(item, agents, rules, now)
        known = [agent for agent in usual if agent.agent_id == item.last_agent_id]
        if known and not desk.has_room(known[0]) and waits_for(item, known[0], rules, now):
            continue
        for group in (known, usual, others):
            free = [agent for agent in group if desk.has_room(agent)]
            if free:
                best = min(
                    free,
                    key=lambda agent: (
                        load(desk, agent),
                        -level_of(item, agent, rules, now),
                        desk.given[agent.agent_id] > 0,
                        agent.idle_since,
                        agent.agent_id,
                    ),
                )
                desk.given[best.agent_id] += 1
                decided.append((item.session_id, best.agent_id))
                break
    return decided
