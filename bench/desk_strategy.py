"""How fast customers are given to agents: ``python -m bench.desk_strategy``.

2,000 customers wait, 200 agents answer, of a shop with 4 groups and 10 skills in 3 languages.
Beside it what cannot be avoided: putting the same customers in order, and making as many results.
Records ``results/desk_strategy.json``.
"""

import gc
import json
import os
import platform
import random
import time
from pathlib import Path

from bench.measure import summary_ms
from kefu.desk.registry import STRATEGIES, load_strategy
from kefu.desk.routing import AgentState, Assignment, Rules, Waiting
from kefu.desk.strategy import in_line, next_change

RESULTS = Path(__file__).parent / "results"
NOW = 1_800_000_000.0
WAITING, AGENTS = 2_000, 200
TARGET_MS = 10
GROUPS = ["售前", "售后", "财务", "投诉"]
SKILLS = {
    "售前": ["选购", "尺码", "优惠"],
    "售后": ["退换", "物流", "维修", "价保"],
    "财务": ["发票", "退款"],
    "投诉": ["投诉"],
}
RULES = Rules(
    channel_points={"wechat": 1.0},
    overflow={"售后": ((120.0, "售前"), (300.0, "*")), "财务": ((180.0, "售后"),)},
)


def agents(source, most):
    """Return agents of one or two groups, some of whom are half busy, full or away."""
    everybody = []
    for number in range(AGENTS):
        groups = source.sample(GROUPS, source.choice([1, 1, 2]))
        skills = [skill for group in groups for skill in SKILLS[group]]
        known = source.sample(skills, source.randint(1, len(skills)))
        everybody.append(
            AgentState(
                agent_id=f"agent-{number:03}",
                groups=frozenset(groups),
                skills={skill: source.randint(1, 5) for skill in known},
                languages=frozenset(["zh-CN", *source.choice([(), (), ("en",), ("yue",)])]),
                open=source.randint(0, most // 4),
                max_sessions=most,
                is_accepting=source.random() < 0.95,
                idle_since=NOW - source.uniform(0, 3600),
            )
        )
    return everybody


def waiting(source):
    """Return customers who want a group, mostly one skill, and sometimes an agent they know."""
    line = []
    for number in range(WAITING):
        group = source.choices([None, *GROUPS], [4, 5, 8, 2, 1])[0]
        skills = SKILLS[group or "售后"]
        wanted = source.sample(skills, min(len(skills), source.choices([0, 1, 2], [5, 4, 1])[0]))
        knows = source.random() < 0.3
        line.append(
            Waiting(
                session_id=f"session-{number:05}",
                conversation_id=f"conversation-{number:05}",
                skills=frozenset(wanted),
                group_id=group,
                language=source.choices(["", "zh-CN", "en", "yue"], [20, 70, 8, 2])[0],
                tier=source.choices([0, 1, 2], [8, 1.5, 0.5])[0],
                channel=source.choice(["web", "wechat"]),
                last_agent_id=f"agent-{source.randrange(AGENTS):03}" if knows else None,
                waiting_since=NOW - source.uniform(0, 900),
                is_first_in_line=source.random() < 0.02,
            )
        )
    return line


def timed(call, rounds):
    """Return durations of a call, with the collector where it would be in a running server."""
    durations = []
    for _ in range(rounds):
        begin = time.perf_counter()
        call()
        durations.append(time.perf_counter() - begin)
    return summary_ms(durations)


def measure(most, rounds):
    """Return the figures of desks where an agent has at most so many conversations."""
    source = random.Random(4)
    line, everybody = waiting(source), agents(source, most)
    figures = {}
    for name in STRATEGIES:
        strategy = load_strategy(name)
        found = strategy(line, everybody, RULES, NOW)
        figures[name] = {
            "assigned": len(found),
            **timed(lambda: strategy(line, everybody, RULES, NOW), rounds),  # noqa: B023
        }
    pairs = [(each.session_id, each.agent_id) for each in found]

    def unavoidable():
        in_line(line, RULES)
        for session_id, agent_id in pairs:
            Assignment(session_id, agent_id)

    figures["raw"] = timed(unavoidable, rounds)
    figures["next_change"] = timed(lambda: next_change(line, RULES, NOW), rounds)
    return figures


def main():
    """Measure, print and record."""
    gc.collect()
    record = {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "waiting": WAITING,
        "agents": AGENTS,
        "target_ms": TARGET_MS,
        **{f"at_most_{most}": measure(most, rounds=200) for most in (5, 20)},
    }
    print(f"{WAITING} waiting, {AGENTS} agents; target {TARGET_MS} ms")
    for most in (5, 20):
        for name, figures in record[f"at_most_{most}"].items():
            count = figures.get("assigned", "")
            print(
                f"at most {most:>2}  {name:<12} {count:>6}  "
                f"p50 {figures['p50_ms']:7.3f}  p95 {figures['p95_ms']:7.3f} ms"
            )
    path = RESULTS / "desk_strategy.json"
    path.write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")


if __name__ == "__main__":
    main()
