"""Tests of the loaded model, on stories and examples that come with the request.

Imported with the first such request: it takes much that a server does not need otherwise.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

from sanic.response import HTTPResponse

from kefu.core.domain import Domain
from kefu.core.messages import ParseData
from kefu.core.tracker import Tracker
from kefu.errors import RequestError
from kefu.evaluation.metrics import Report
from kefu.evaluation.stories import StoryResult, dialogues_of, play_stories
from kefu.evaluation.story_files import story_report
from kefu.evaluation.understanding import LabelResult, UnderstandingResults, play_examples
from kefu.policies.policy import PolicyPrediction
from kefu.project.load import load_project, load_test_stories
from kefu.project.nlu_data import NluData
from kefu.project.problems import Problem
from kefu.project.story_data import StoryData
from kefu.server.answers import bad_request, flag, json_answer
from kefu.server.ports import LoadedModel
from kefu.server.routes.table import ApiCall

__all__ = ["test_intents", "test_stories"]

MEMORIES = ("MemoizationPolicy", "RulePolicy")
Data = TypeVar("Data")


class _TestedBot:
    """The loaded model as evaluation sees it."""

    def __init__(self, model: LoadedModel) -> None:
        self.domain: Domain = model.domain
        self._model = model

    async def parse(self, text: str, _metadata: Mapping[str, Any] | None = None) -> ParseData:
        # Whoever talks to the bot meanwhile comes first.
        await asyncio.sleep(0)
        return await self._model.parse(text)

    async def predict_next(self, tracker: Tracker) -> PolicyPrediction:
        await asyncio.sleep(0)
        prediction = await self._model.predict(tracker)
        assert isinstance(prediction, PolicyPrediction)
        return prediction


async def test_stories(call: ApiCall) -> HTTPResponse:
    """Play the stories of the body and compare what the model does with what they say."""
    end_to_end = flag(call.request, "e2e")
    data = await _read(call, "stories", _stories)
    bot = _TestedBot(call.model)
    dialogues = dialogues_of(data, bot.domain)
    if not dialogues:
        raise RequestError(400, "BadRequest", "The request body holds no stories.")
    results = await play_stories(bot, dialogues, end_to_end=end_to_end)
    return json_answer(_story_answer(results, end_to_end=end_to_end))


async def test_intents(call: ApiCall) -> HTTPResponse:
    """Parse the examples of the body and compare what the model understands with their labels."""
    for parameter in ("model", "cross_validation_folds"):
        if call.request.args.get(parameter):
            message = (
                f"'{parameter}' is not supported: the loaded model is tested. Use 'kefu test'."
            )
            raise bad_request(message, parameter, "query")
    data = await _read(call, "nlu data", _examples)
    results = await play_examples(_TestedBot(call.model), data.examples)
    return json_answer(_understanding_answer(results))


async def _read(
    call: ApiCall, what: str, load: Callable[[Path], tuple[Data, Sequence[Problem]]]
) -> Data:
    if not call.request.body:
        message = (
            f"You must provide some {what} in the request body in order to evaluate your model."
        )
        raise RequestError(400, "BadRequest", message)
    data, problems = await asyncio.to_thread(_loaded, call.request.body, load)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        details = {"problems": [str(problem) for problem in errors]}
        raise RequestError(400, "BadRequest", "The body has errors.", details=details)
    return data


def _loaded(
    body: bytes, load: Callable[[Path], tuple[Data, Sequence[Problem]]]
) -> tuple[Data, Sequence[Problem]]:
    with tempfile.TemporaryDirectory(prefix="kefu-test-") as folder:
        path = Path(folder) / "test_body.yml"
        path.write_bytes(body)
        return load(path)


def _stories(path: Path) -> tuple[StoryData, Sequence[Problem]]:
    return load_test_stories(path)


def _examples(path: Path) -> tuple[NluData, Sequence[Problem]]:
    loaded = load_project(data=path, parts=("nlu",))
    return (loaded.project.nlu if loaded.project else NluData()), loaded.problems


def _story_answer(results: Sequence[StoryResult], *, end_to_end: bool) -> dict[str, Any]:
    steps = [step for result in results for step in result.steps if step.kind == "action"]
    remembered = [s for s in steps if s.policy and s.policy.endswith(MEMORIES)]
    return {
        **_scores(story_report(results), f1="f1"),
        "actions": [
            {
                "action": step.expected,
                "predicted": step.predicted,
                "policy": step.policy,
                "confidence": step.confidence,
            }
            for step in steps
        ],
        "in_training_data_fraction": len(remembered) / len(steps) if steps else 0,
        "is_end_to_end_evaluation": end_to_end,
    }


def _understanding_answer(results: UnderstandingResults) -> dict[str, Any]:
    entities = results.entity_reports()
    return {
        "intent_evaluation": _labels(results.intents, results.intent_report(), "intent"),
        "response_selection_evaluation": _labels(
            results.responses, results.response_report(), "intent_response_key"
        ),
        "entity_evaluation": {
            extractor: _scores(report, f1="f1_score") for extractor, report in entities.items()
        }
        or None,
    }


def _labels(
    results: Sequence[LabelResult], report: Report | None, name: str
) -> dict[str, Any] | None:
    if report is None:
        return None
    predictions = [
        {
            "text": result.text,
            name: result.target,
            "predicted": result.prediction,
            "confidence": result.confidence,
        }
        for result in results
    ]
    return {
        "predictions": predictions,
        **_scores(report, f1="f1_score"),
        "errors": [
            prediction
            for prediction, result in zip(predictions, results, strict=True)
            if not result.is_right
        ],
    }


def _scores(report: Report, *, f1: str) -> dict[str, Any]:
    precision, _, f1_score = report.weighted
    return {
        "report": report.to_json(),
        "precision": precision,
        f1: f1_score,
        "accuracy": report.accuracy,
    }
