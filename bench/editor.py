"""How long an editor waits for ``kefu lsp`` in the shipped project: ``python -m bench.editor``.

Seconds on the clock over the standard streams, as an editor sees them: from a keystroke to the
problems of the file, and from a question to its answer; medians of several. An edit of examples
makes an annotation wrong and right again, an edit of rules a name. Results go to
``bench/results/editor.json``.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path

from tests.integration.editor import Editor, editor

RESULTS = Path(__file__).parent / "results" / "editor.json"
ROOT = Path(__file__).resolve().parents[1]
TARGET = 1.0
"""Seconds from an edit to its problems."""
TIMES = 3


def first_with(pattern: str, text: str) -> str:
    return next(str(path.relative_to(ROOT)) for path in sorted(ROOT.glob(pattern))
                if text in path.read_text("utf-8"))  # fmt: skip


def timed(act: Callable[[], object], times: int = TIMES) -> float:
    seconds = []
    for _ in range(times):
        started = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - started)
    return round(statistics.median(seconds), 3)


def edits(here: Editor, name: str, right: str, wrong: str, code: str) -> float:
    """Return how long it takes until a mistake is told, and until it is told to be gone."""
    text = here.open(name)
    broken = text.replace(right, wrong, 1)
    assert broken != text
    turn = [broken, text]

    def edit() -> None:
        here.problems.clear()
        here.change(name, {"text": turn[0]})
        is_wrong = turn[0] is broken
        here.problems_of(
            name, wanted=lambda found: any(one["code"] == code for one in found) == is_wrong
        )
        turn.reverse()

    return timed(edit, 2 * TIMES)


def main() -> None:
    rules = first_with("data/rules/*.yml", "- intent: greet\n")
    examples = first_with("data/nlu/*.yml", "](")
    started = time.perf_counter()
    with editor(ROOT) as here:
        text = here.open(rules)
        here.problems_of(rules, wanted=lambda _: True)
        first = round(time.perf_counter() - started, 3)
        place = here.at(rules, text, "- intent: gr|eet\n")
        found = {
            "start to first problems": first,
            "edit of a rule": edits(
                here, rules, "- intent: greet\n", "- intent: gret\n", "story.unknown-intent"
            ),
            "edit of examples": edits(here, examples, "](", "]{x}(", "nlu.bad-annotation"),
            "completion": timed(lambda: here.ask("textDocument/completion", **place)),
            "definition": timed(lambda: here.ask("textDocument/definition", **place)),
            "references": timed(lambda: here.ask("textDocument/references", **place)),
            "rename of an intent": timed(
                lambda: here.ask("textDocument/rename", newName="greeting_new", **place)
            ),
        }
    for what, seconds in found.items():
        print(f"{what:28}{seconds:8.3f} s")
    load = round(os.getloadavg()[0], 1)
    result = {"target_seconds": TARGET, "load_average": load, "cores": os.cpu_count()}
    RESULTS.write_text(json.dumps({**result, "seconds": found}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
