"""Two questions in one message: how many are both heard, and how many single ones are cut.

    python -m bench.two_questions MODEL

The first figure is of ``bench/questions/two.txt``, the second of all customers' messages in
``tests/stories``, which ask one thing each and were not trained on. Prints what it cut.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from kefu.model.load import load_model
from kefu.model.location import find_model
from kefu.nlu.interpreter import Interpreter

ROOT = Path(__file__).parent.parent
TWO = Path(__file__).parent / "questions" / "two.txt"
RESULTS = Path(__file__).parent / "results" / "two_questions.json"
_ANNOTATION = re.compile(r"\[([^\]]+)\](?:\([^)]*\)|\{[^}]*\})")


def single_messages() -> Iterator[str]:
    """Return what customers write in the test stories, without annotations."""
    for path in sorted((ROOT / "tests" / "stories").glob("*.yml")):
        for story in yaml.safe_load(path.read_text("utf-8"))["stories"]:
            said = (str(step["user"]) for step in story["steps"] if "user" in step)
            yield from (_ANNOTATION.sub(r"\1", text) for text in said)


def double_messages() -> Iterator[tuple[str, set[str], set[str]]]:
    """Return messages that ask two things, with the intents that may stand for either."""
    for line in TWO.read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            text, one, other = (part.strip() for part in line.split("|"))
            yield text, set(one.split()), set(other.split())


async def measure(interpreter: Interpreter) -> dict[str, Any]:
    """Count what is cut."""
    singles = list(dict.fromkeys(single_messages()))
    cut = [text for text in singles if (await interpreter.parse(text)).get("questions")]
    doubles, right, wrong = list(double_messages()), [], []
    for text, *meant in doubles:
        questions = (await interpreter.parse(text)).get("questions")
        if not questions:
            continue
        heard = [half["intent"]["name"] for half in questions.values()]
        fits = any(one in meant[0] and other in meant[1] for one, other in (heard, reversed(heard)))
        (right if fits else wrong).append(text)
    return {
        "messages_with_two_questions": len(doubles),
        "both_heard": len(right),
        "cut_but_misheard": wrong,
        "messages_with_one_question": len(singles),
        "cut_without_need": cut,
    }


def main() -> None:
    """Measure, print, keep."""
    model = load_model(find_model(Path(sys.argv[1] if len(sys.argv) > 1 else "models")))
    found = asyncio.run(measure(model.interpreter))
    RESULTS.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", "utf-8")
    print(json.dumps(found, ensure_ascii=False, indent=2))


if __name__ == "__main__":
    main()
