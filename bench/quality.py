"""How good the shipped assistant is: what ``make quality`` prints and records.

    python -m bench.quality              measure, print, write bench/results/quality.json
    python -m bench.quality --read       print what is recorded

Measured are: intents and entities by five-fold cross-validation on ``data/``; intents, answers and
what is off topic on ``tests/quality/questions.yml``, which nobody trained on; the test stories;
the flows of ``tests/quality/flows.yml`` against the real shop (:mod:`bench.flows`).
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import yaml

from bench.flows import ROOT, play_all, read_flows, trained
from kefu.core.names import INTENT_NLU_FALLBACK
from kefu.dialogue.bot import Bot
from kefu.evaluation.calibration import calibration
from kefu.evaluation.cross_validation import PipelineTrainer, cross_validate, folds
from kefu.evaluation.entities import span_score
from kefu.evaluation.stories import dialogues_of, play_stories
from kefu.evaluation.understanding import LabelResult
from kefu.model.load import Model, load_model
from kefu.nlu.interpreter import Interpreter
from kefu.nlu.text import fold
from kefu.project.load import load_project, load_test_stories
from kefu.project.nlu_data import Example
from kefu.project.project import Project

RESULTS = Path(__file__).parent / "results" / "quality.json"
QUESTIONS = ROOT / "tests" / "quality" / "questions.yml"
FOLDS = 5
NOT_ANSWERED = (INTENT_NLU_FALLBACK, "out_of_scope")
FLOORS: Mapping[str, float] = {
    "cross_validation.intent_accuracy": 0.93,
    "cross_validation.entity_f1": 0.95,
    "unseen.answers_hit_at_3": 0.95,
    "stories.share_right": 1.0,
    "cross_validation.ece": -0.05,
}
"""What is wanted at least; below 0: at most so much."""


def cross_validated(project: Project) -> dict[str, Any]:
    """Return what the pipeline makes of examples it has not seen, over five folds."""
    train = PipelineTrainer(config=project.config, domain=project.domain, root=ROOT)
    splits = list(folds(project.nlu, FOLDS))
    results = cross_validate(train, splits, jobs=os.cpu_count() or 1).together()
    intents, answers = results.intent_report(), results.response_report()
    feelings = results.sentiment_report()
    if intents is None or answers is None or feelings is None:
        sys.exit("the project has too few intents, answers or sentiments to tell apart")
    return {
        "examples": len(project.nlu.examples),
        "intents": len(intents.labels),
        "intent_accuracy": round(intents.accuracy, 4),
        "intent_macro_f1": round(intents.macro[2], 4),
        "ece": round(calibration(results.intents).error, 4),
        "entity_f1": round(span_score(results.entities).f1, 4),
        "answers": len(answers.labels),
        "answer_accuracy": round(answers.accuracy, 4),
        "sentiment_accuracy": round(feelings.accuracy, 4),
    }


def untrained(questions: Mapping[str, Any], examples: Sequence[Example]) -> dict[str, Any]:
    """Return the questions without those that are examples by now, letter for letter."""
    trained = {fold(example.text) for example in examples}

    def kept(texts: Sequence[str]) -> list[str]:
        return [text for text in texts if fold(text) not in trained]

    return {
        **questions,
        **{
            part: {label: kept(texts) for label, texts in questions[part].items()}
            for part in ("intents", "answers")
        },
    }


async def unseen(interpreter: Interpreter, questions: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the trained assistant makes of questions that nobody trained on."""
    asked = await _intents(interpreter, questions["intents"])
    ranked = await _answers(interpreter, questions["answers"])
    strange = [await interpreter.parse(text) for text in questions["off_topic"]]
    silent = [parsed["intent"]["name"] in NOT_ANSWERED for parsed in strange]
    sure = [result for result in asked if result.confidence >= 0.9]
    return {
        "questions": len(asked),
        "intent_accuracy": _share(result.is_right for result in asked),
        "ece": round(calibration(asked).error, 4),
        "sure_above_0.9": round(len(sure) / len(asked), 4),
        "right_above_0.9": _share(result.is_right for result in sure),
        "answer_questions": len(ranked),
        "answers_hit_at_1": _share(place == 1 for place, _ in ranked),
        "answers_hit_at_3": _share(place <= 3 for place, _ in ranked),
        "answers_given": _share(is_given for _, is_given in ranked),
        "off_topic": len(silent),
        "off_topic_not_answered": _share(silent),
        "wrong": [
            {
                "text": r.text,
                "wanted": r.target,
                "taken": r.prediction,
                "sure": round(r.confidence, 2),
            }
            for r in asked
            if not r.is_right
        ],
        "answered_off_topic": [
            {"text": text, "taken": parsed["intent"]["name"]}
            for text, parsed, ok in zip(questions["off_topic"], strange, silent, strict=True)
            if not ok
        ],
    }


async def _intents(
    interpreter: Interpreter, questions: Mapping[str, Sequence[str]]
) -> list[LabelResult]:
    found = []
    for intent, texts in questions.items():
        for text in texts:
            best = (await interpreter.parse(text))["intent"]
            found.append(
                LabelResult(
                    text=text,
                    target=intent,
                    prediction=str(best["name"]),
                    confidence=float(best["confidence"]),
                )
            )
    return found


async def _answers(
    interpreter: Interpreter, questions: Mapping[str, Sequence[str]]
) -> list[tuple[int | float, bool]]:
    """Return the place of each right answer in the ranking, and whether the bot would give it."""
    found: list[tuple[int | float, bool]] = []
    for key, texts in questions.items():
        intent = key.partition("/")[0]
        for text in texts:
            parsed = await interpreter.parse(text)
            ranking = parsed["response_selector"][intent]["ranking"]
            names = [entry["intent_response_key"] for entry in ranking]
            place = names.index(key) + 1 if key in names else float("inf")
            found.append((place, place == 1 and parsed["intent"]["name"] == intent))
    return found


async def stories(model: Model) -> dict[str, Any]:
    """Return how many of the test stories come out as written, messages understood anew."""
    data, problems = load_test_stories([ROOT / "tests" / "stories"])
    if problems:
        sys.exit("\n".join(map(str, problems)))
    bot = Bot(domain=model.domain, understanding=model.interpreter, predictor=model.ensemble)
    played = await play_stories(bot, dialogues_of(data, model.domain), end_to_end=True)
    return {
        "stories": len(played),
        "share_right": _share(one.is_right for one in played),
        "wrong": [one.name for one in played if not one.is_right],
    }


async def dialogues(model: Model) -> dict[str, Any]:
    """Return how many flows are solved without a person, of those not meant for one."""
    played = await play_all(read_flows(), model)
    alone = [one for one in played if not one.flow.is_for_people]
    return {
        "flows": len(played),
        "for_people": len(played) - len(alone),
        "solved_without_a_person": _share(one.is_solved for one in alone),
        "people_reached_when_meant": _share(
            one.was_handed_over for one in played if one.flow.is_for_people
        ),
        "unsolved": [one.flow.name for one in alone if not one.is_solved],
    }


def _share(outcomes: Any) -> float:
    counted = list(outcomes)
    return round(sum(counted) / len(counted), 4) if counted else 0.0


async def measure() -> dict[str, Any]:
    """Return all figures."""
    project = load_project(ROOT).project
    if project is None:
        sys.exit("the project has errors — run 'kefu data validate'")
    questions = untrained(yaml.safe_load(QUESTIONS.read_text("utf-8")), project.nlu.examples)
    figures = {"cross_validation": cross_validated(project)}
    with tempfile.TemporaryDirectory() as folder:
        model = load_model(trained(Path(folder)))
        figures["unseen"] = await unseen(model.interpreter, questions)
        figures["stories"] = await stories(model)
        figures["flows"] = await dialogues(model)
        await model.interpreter.close()
    return figures


def show(figures: Mapping[str, Any]) -> None:
    """Print figures beside their floors, then what went wrong."""
    for part, values in figures.items():
        for name, value in values.items():
            if isinstance(value, list):
                continue
            floor = FLOORS.get(f"{part}.{name}")
            verdict = ""
            if floor is not None:
                is_met = value <= -floor if floor < 0 else value >= floor
                sign = "≤" if floor < 0 else "≥"
                verdict = f"  {sign} {abs(floor):g} {'met' if is_met else 'MISSED'}"
            print(f"{part:18}{name:28}{value:>9}{verdict}")
    for part, values in figures.items():
        for name, value in values.items():
            if isinstance(value, list) and value:
                print(f"\n{part}, {name}:")
                for entry in value:
                    print("  ", entry if isinstance(entry, str) else _line(entry))


def _line(entry: Mapping[str, Any]) -> str:
    return "  ".join(map(str, entry.values()))


def main() -> None:
    """Run from the command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--read", action="store_true", help="print what is recorded")
    if parser.parse_args().read:
        show(json.loads(RESULTS.read_text("utf-8")))
        return
    figures = asyncio.run(measure())
    RESULTS.write_text(json.dumps(figures, indent=1, ensure_ascii=False) + "\n", "utf-8")
    show(figures)


if __name__ == "__main__":
    main()
