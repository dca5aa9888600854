"""How long an editor waits for ``kefu lsp`` in the shipped project: ``python -m bench.editor``.

Seconds on the clock over the standard streams, as an editor sees them: from a keystroke to the
problems of the file, and from a question to its answer; medians of several. An edit of examples
makes an annotation wrong and right again, an edit of rules a name. Beside it the time of a
processor that the server took for an edit, which other work on the machine changes less. Results go
to ``bench/results/editor.json``.
"""

from __future__ import annotations

import json
import os
import statistics
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.integration.editor import Editor, editor

RESULTS = Path(__file__).parent / "results" / "editor.json"
ROOT = Path(__file__).resolve().parents[1]
TARGET = 1.0
"""Seconds from an edit to its problems."""
TIMES = 3
Edit = tuple[str, str, str, str]
"""File, what is right, what is wrong, and the code of the problem."""


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


def cpu_seconds(here: Editor) -> float:
    """Return the time of processors that the server has taken so far."""
    fields = Path(f"/proc/{here.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def edits(here: Editor, edit_of: Edit) -> tuple[float, float]:
    """Return seconds, on the clock and of a processor, until a mistake is told, or its end."""
    name, right, wrong, code = edit_of
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

    before = cpu_seconds(here)
    seconds = timed(edit, 2 * TIMES)
    return seconds, round((cpu_seconds(here) - before) / (2 * TIMES), 3)


def completion_after_an_edit(here: Editor, name: str, place: dict[str, Any]) -> float:
    """Return the longest time to an answer while the project is being checked."""
    text, longest = here.open(name), 0.0
    for number in range(TIMES):
        here.problems.clear()
        here.change(name, {"text": f"{text}# {number}\n"})
        uri = here.uri(name)
        while uri not in here.problems:
            longest = max(longest, timed(lambda: here.ask("textDocument/completion", **place), 1))
            time.sleep(0.01)
    return longest


def main() -> None:
    rules = first_with("data/rules/*.yml", "- intent: greet\n")
    examples = first_with("data/nlu/*.yml", "](")
    started = time.perf_counter()
    with editor(ROOT) as here:
        text = here.open(rules)
        here.problems_of(rules, wanted=lambda _: True)
        first = round(time.perf_counter() - started, 3)
        place = here.at(rules, text, "- intent: gr|eet\n")
        of_rules = edits(
            here, (rules, "- intent: greet\n", "- intent: gret\n", "story.unknown-intent")
        )
        of_examples = edits(here, (examples, "](", "]{x}(", "nlu.bad-annotation"))
        found = {
            "start to first problems": first,
            "edit of a rule": of_rules[0],
            "edit of a rule, CPU": of_rules[1],
            "edit of examples": of_examples[0],
            "edit of examples, CPU": of_examples[1],
            "completion": timed(lambda: here.ask("textDocument/completion", **place)),
            "completion, longest during checks": completion_after_an_edit(here, rules, place),
            "definition": timed(lambda: here.ask("textDocument/definition", **place)),
            "references": timed(lambda: here.ask("textDocument/references", **place)),
            "rename of an intent": timed(
                lambda: here.ask("textDocument/rename", newName="greeting_new", **place)
            ),
        }
    for what, seconds in found.items():
        print(f"{what:36}{seconds:8.3f} s")
    load = round(os.getloadavg()[0], 1)
    result = {"target_seconds": TARGET, "load_average": load, "cores": os.cpu_count()}
    RESULTS.write_text(json.dumps({**result, "seconds": found}, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
