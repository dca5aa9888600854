"""Agents as bits, so that who fits, has room and has least to do is found with a few operations.

Agent ``n`` is bit ``n``, in the order of who is idle longest. For each load that somebody can come
to there is the set of those who have it and have room. Loads only rise while conversations are
handed out, so a search for the least never has to look back.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from kefu.desk.fitting import Demand, is_understood
from kefu.desk.routing import AgentState, Rules

__all__ = ["Load", "Pool", "Roster"]

Load = Callable[[int, int, int], float]
"""(open, maximum, how many more were given) -> load; the next conversation goes to the least."""


@dataclass(slots=True)
class Pool:
    """The agents who fit a demand, accepting or not."""

    agents: int
    tiers: Sequence[int]
    """The same agents, those to be preferred first."""
    level: int
    """Below this load there is nobody with room left."""


class Roster:
    """All agents with what they have, while conversations are handed out."""

    def __init__(
        self, agents: Iterable[AgentState], rules: Rules, load: Load, *, most: int
    ) -> None:
        """Put agents in order.

        Args:
            agents: No two with the same identifier.
            rules: Which levels of skills count.
            load: What the agent with the least is taken by.
            most: So many conversations will be handed out at most.
        """
        self._agents = sorted(agents, key=lambda agent: (agent.idle_since, agent.agent_id))
        self._index = {agent.agent_id: at for at, agent in enumerate(self._agents)}
        self._rules = rules
        self._everybody = (1 << len(self._agents)) - 1
        self._idle = self._everybody
        self._groups: dict[str, int] = {}
        self._skills: dict[str, dict[int, int]] = {}
        self._languages: dict[frozenset[str], int] = {}
        self._skilled: dict[frozenset[str], Sequence[int]] = {}
        self._joined: dict[frozenset[str], int] = {}
        self._speakers: dict[str, int] = {}
        self._expected = 0
        self._lowest = 0
        self._room = 0
        self._ladders: list[Sequence[int]] = []
        self._given = [0] * len(self._agents)
        for at, agent in enumerate(self._agents):
            self._note(agent, 1 << at)
        self._fill_levels(load, most)

    @property
    def has_room(self) -> bool:
        """Whether anybody can take one more."""
        return self._room != 0

    def pools(self, demand: Demand) -> tuple[Pool, Pool | None]:
        """Return who fits a demand, and who does where none of them has room."""
        *_, not_to, has_waited = demand
        if not not_to:
            return self._pool(demand, self._everybody), None
        refused = 0
        for agent_id in not_to:
            if agent_id in self._index:
                refused |= 1 << self._index[agent_id]
        others = self._pool(demand, refused) if has_waited else None
        return self._pool(demand, self._everybody & ~refused), others

    def known(self, agent_id: str, pool: Pool) -> int | None:
        """Return the number of an agent who is in a pool."""
        at = self._index.get(agent_id)
        return at if at is not None and pool.agents >> at & 1 else None

    def can_take(self, at: int) -> bool:
        """Whether an agent can take one more."""
        return bool(self._room >> at & 1)

    def is_expected(self, at: int) -> bool:
        """Whether an agent accepts conversations, or soon will."""
        return bool(self._expected >> at & 1)

    def least_loaded(self, pool: Pool) -> int | None:
        """Return who of a pool gets the next conversation: least load, best tier, idle longest."""
        room = self._room & pool.agents
        if not room:
            return None
        levels, level = self._levels, pool.level
        here = levels[level] & room
        while not here:
            level += 1
            here = levels[level] & room
        pool.level = level
        for tier in pool.tiers:
            found = here & tier
            if found:
                found = found & self._idle or found
                return (found & -found).bit_length() - 1
        raise AssertionError("the tiers of a pool are all its agents")

    def give(self, at: int) -> str:
        """Give an agent one conversation more; return who it is."""
        ladder, given, bit = self._ladders[at], self._given[at], 1 << at
        self._levels[ladder[given]] ^= bit
        if not given:
            self._idle ^= bit
        given += 1
        self._given[at] = given
        if given < len(ladder):
            self._levels[ladder[given]] |= bit
        else:
            self._room ^= bit
        return self._agents[at].agent_id

    def _note(self, agent: AgentState, bit: int) -> None:
        for group in agent.groups:
            self._groups[group] = self._groups.get(group, 0) | bit
        for skill, level in agent.skills.items():
            if level >= self._rules.min_level:
                levels = self._skills.setdefault(skill, {})
                levels[level] = levels.get(level, 0) | bit
        self._languages[agent.languages] = self._languages.get(agent.languages, 0) | bit
        if agent.max_sessions > 0 and (agent.is_accepting or agent.is_returning):
            self._expected |= bit
        if agent.is_accepting and agent.open < agent.max_sessions:
            self._room |= bit

    def _fill_levels(self, load: Load, most: int) -> None:
        """Number all loads that somebody can come to, and put everybody at theirs."""
        climbs: dict[tuple[int, int], list[float]] = {}
        for agent in self._agents:
            held, limit = agent.open, agent.max_sessions
            if (held, limit) not in climbs:
                steps = range(min(limit - held, most))
                climbs[held, limit] = [load(held, limit, given) for given in steps]
        levels = sorted({value for climb in climbs.values() for value in climb})
        number = {value: at for at, value in enumerate(levels)}
        ladders = {key: [number[value] for value in climb] for key, climb in climbs.items()}
        self._levels = [0] * len(levels)
        for at, agent in enumerate(self._agents):
            ladder = ladders[agent.open, agent.max_sessions]
            self._ladders.append(ladder)
            if ladder and agent.is_accepting:
                self._levels[ladder[0]] |= 1 << at

    def _pool(self, demand: Demand, among: int) -> Pool:
        skills, groups, language, _, _ = demand
        fitting = among
        if groups is not None:
            fitting &= self._members(groups)
        if language:
            fitting &= self._speaking(language)
        if not skills:
            return Pool(fitting, (fitting,), self._floor())
        tiers = [found for tier in self._tiers(skills) if (found := tier & fitting)]
        everybody = 0
        for tier in tiers:
            everybody |= tier
        return Pool(everybody, tiers if self._rules.prefers_level else (everybody,), self._floor())

    def _floor(self) -> int:
        """Return the least load of all who have room."""
        if self._room:
            while not self._levels[self._lowest]:
                self._lowest += 1
        return self._lowest

    def _tiers(self, skills: frozenset[str]) -> Sequence[int]:
        """Return all who have the skills, divided by the sum of their levels, best first."""
        if skills not in self._skilled:
            tiers = {0: self._everybody}
            for skill in skills:
                tiers = self._by_level(tiers, skill)
            self._skilled[skills] = [tiers[total] for total in sorted(tiers, reverse=True)]
        return self._skilled[skills]

    def _by_level(self, tiers: dict[int, int], skill: str) -> dict[int, int]:
        """Divide tiers by the level of one more skill; who lacks it is in none."""
        divided: dict[int, int] = {}
        for level, having in self._skills.get(skill, {}).items():
            for total, tier in tiers.items():
                if tier & having:
                    divided[total + level] = divided.get(total + level, 0) | tier & having
        return divided

    def _members(self, groups: frozenset[str]) -> int:
        if groups not in self._joined:
            bits = 0
            for group in groups:
                bits |= self._groups.get(group, 0)
            self._joined[groups] = bits
        return self._joined[groups]

    def _speaking(self, language: str) -> int:
        if language not in self._speakers:
            bits = 0
            for spoken, agents in self._languages.items():
                if not spoken or any(is_understood(language, tag) for tag in spoken):
                    bits |= agents
            self._speakers[language] = bits
        return self._speakers[language]
