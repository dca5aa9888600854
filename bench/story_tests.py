"""How many turns of test stories a core plays in a second.

    python -m bench.story_tests

The shipped assistant's own stories in ``tests/stories`` are played, messages included, with the
newest model of ``models/``. CPU time is counted, so that other work on the machine disturbs less.
Results go to ``bench/results/story_tests.json``.
"""

from __future__ import annotations

import asyncio
import json
import os
import platform
import time
from pathlib import Path

from kefu.dialogue.bot import Bot
from kefu.evaluation.stories import dialogues_of, play_stories
from kefu.model.load import load_model
from kefu.project.load import load_test_stories

ROOT = Path(__file__).parent.parent
RESULTS = Path(__file__).parent / "results" / "story_tests.json"
RUNS = 3


def main() -> None:
    """Measure, print and record."""
    model = load_model(ROOT / "models")
    data, _ = load_test_stories(ROOT / "tests" / "stories")
    bot = Bot(domain=model.domain, understanding=model.interpreter, predictor=model.ensemble)
    dialogues = dialogues_of(data, model.domain)
    spent: list[float] = []
    for _ in range(RUNS):
        started = time.process_time()
        results = asyncio.run(play_stories(bot, dialogues, end_to_end=True))
        spent.append(time.process_time() - started)
    turns = sum(step.kind == "user" for result in results for step in result.steps)
    record = {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "load_average": [round(one, 1) for one in os.getloadavg()],
        "stories": len(results),
        "right": sum(result.is_right for result in results),
        "turns": turns,
        "cpu_seconds": [round(one, 2) for one in spent],
        "turns_a_cpu_second": round(turns / sorted(spent)[RUNS // 2]),
    }
    print(json.dumps(record, indent=1))
    RESULTS.write_text(json.dumps(record, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
