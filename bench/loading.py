"""How long a large project takes to load and validate: ``python -m bench.loading``."""

import json
import random
import shutil
import tempfile
import time
from pathlib import Path

from kefu.project.load import load_project

RESULTS = Path(__file__).parent / "results"
STORY_LINES = 52_000
EXAMPLES = 32_000
TARGET_SECONDS = 1.0
INTENTS = [f"intent_{number}" for number in range(60)]
ACTIONS = [f"utter_{number}" for number in range(80)]
WORDS = (
    *(
        "订单",
        "物流",
        "退货",
        "换货",
        "多少钱",
        "什么时候",
        "到",
        "北京",
        "上海",
        "尺码",
        "颜色",
        "优惠券",
    ),
    *("发票", "地址", "修改", "取消", "查询", "帮我", "请问", "一下", "怎么", "可以", "吗", "呢"),
)


def build(folder):
    """Write a project of that size into ``folder``."""
    source = random.Random(1)
    (folder / "data").mkdir(parents=True)
    (folder / "config.yml").write_text(
        "recipe: default.v1\nlanguage: zh\nassistant_id: large\npipeline:\n"
        "- name: JiebaTokenizer\npolicies:\n- name: RulePolicy\n",
        encoding="utf-8",
    )
    (folder / "domain.yml").write_text("\n".join(_domain()) + "\n", encoding="utf-8")
    (folder / "data" / "stories.yml").write_text("\n".join(_stories(source)) + "\n", "utf-8")
    (folder / "data" / "nlu.yml").write_text("\n".join(_nlu(source)) + "\n", "utf-8")


def _domain():
    yield from ['version: "3.1"', "intents:", *(f"- {name}" for name in INTENTS)]
    yield from ["entities:", "- city:", "    roles: [to]"]
    yield from ["slots:", "  city:", "    type: text", "    mappings:"]
    yield from ["    - type: from_entity", "      entity: city"]
    yield from ["forms:", "  city_form:", "    required_slots: [city]", "responses:"]
    for name in ["utter_ask_city", *ACTIONS]:
        yield from [f"  {name}:", "  - text: 好的"]


def _stories(source):
    lines = ['version: "3.1"', "stories:"]
    number = 0
    while len(lines) < STORY_LINES:
        number += 1
        lines += [f"- story: story number {number}", "  steps:"]
        for _ in range(source.randint(3, 8)):
            kind = source.random()
            lines.append(f"  - intent: {source.choice(INTENTS)}")
            if kind < 0.2:
                lines += ["    entities:", f"    - city: 北京{source.randint(1, 50)}"]
            if kind < 0.3:
                lines += ["  - slot_was_set:", f"    - city: 北京{source.randint(1, 50)}"]
            lines.append(f"  - action: {source.choice(ACTIONS)}")
            if kind < 0.1:
                lines.append("  - active_loop: city_form")
    return lines


def _nlu(source):
    yield from ['version: "3.1"', "nlu:"]
    for position, intent in enumerate(INTENTS):
        yield from [f"- intent: {intent}", "  examples: |"]
        for number in range(EXAMPLES // len(INTENTS) + 1):
            text = "".join(source.choice(WORDS) for _ in range(source.randint(3, 9)))
            text += f"{position}号{number}"
            if source.random() < 0.3:
                text += f"[北京{number % 50}](city)"
            if source.random() < 0.05:
                text += '[上海]{"entity": "city", "role": "to"}'
            yield f"    - {text}"


def measure(runs=5):
    """Return CPU seconds of loading and validating, the median of some runs."""
    folder = Path(tempfile.mkdtemp(prefix="kefu-loading-"))
    try:
        build(folder / "large")
        return {
            "examples": EXAMPLES,
            "story_lines": STORY_LINES,
            "examples_cpu_seconds": _median(folder / "large", {"config", "domain", "nlu"}, runs),
            "stories_cpu_seconds": _median(folder / "large", {"config", "domain", "stories"}, runs),
            "both_cpu_seconds": _median(
                folder / "large", {"config", "domain", "nlu", "stories"}, runs
            ),
        }
    finally:
        shutil.rmtree(folder)


def _median(folder, parts, runs):
    seconds = []
    for _ in range(runs):
        started = time.process_time()
        loaded = load_project(folder, parts=parts)
        seconds.append(time.process_time() - started)
        if loaded.problems:
            raise SystemExit(f"unexpected: {loaded.problems[0]}")
        del loaded
    return round(sorted(seconds)[runs // 2], 3)


def main():
    """Measure, print and record."""
    result = measure()
    for name, size in (("examples", EXAMPLES), ("stories", STORY_LINES)):
        seconds = result[f"{name}_cpu_seconds"]
        unit = "examples" if name == "examples" else "story lines"
        print(f"{size:,} {unit}: {seconds:.2f} s CPU (target ≤ {TARGET_SECONDS:.0f} s)")
    print(f"both together: {result['both_cpu_seconds']:.2f} s CPU")
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "loading.json").write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
