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
from kefu.errors import KefuError, ModelError, ProjectError, RequestError
from kefu.evaluation.cross_validation import PipelineTrainer, Split, cross_validate, folds
from kefu.evaluation.metrics import Report
from kefu.evaluation.stories import StoryResult, dialogues_of, play_stories
from kefu.evaluation.story_files import story_report
from kefu.evaluation.understanding import LabelResult, UnderstandingResults, play_examples
from kefu.policies.policy import PolicyPrediction
from kefu.project.load import Part, load_project, load_test_stories
from kefu.project.nlu_data import NluData
from kefu.project.problems import Problem
from kefu.project.project import Project
from kefu.project.story_data import StoryData
from kefu.server.answers import bad_request, flag, json_answer, whole
from kefu.server.ports import LoadedModel
from kefu.server.routes.table import ApiCall

__all__ = ["test_intents", "test_stories"]

MEMORIES = ("MemoizationPolicy", "RulePolicy")
FOLDS = "cross_validation_folds"
MOST_FOLDS = 100
PROCESSES = 2
"""Folds that are trained at once; more than one, so that none is in this process."""
CROSS_PARTS: tuple[Part, ...] = ("config", "domain", "nlu")
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

    async def played() -> HTTPResponse:
        results = await play_stories(bot, dialogues, end_to_end=end_to_end)
        return json_answer(_story_answer(results, end_to_end=end_to_end))

    return await call.jobs.answer(call.request, played, is_long=False)


async def test_intents(call: ApiCall) -> HTTPResponse:
    """Parse the examples of the body and compare what the model understands with their labels.

    ``?model=`` names another one than the one that answers; with ``?cross_validation_folds=`` the
    body has a pipeline besides, which is trained on parts of the examples in turn.
    """
    count = _fold_count(call)
    if count:
        project = await _read(call, "nlu data", _project)
        splits = _splits(project, count)
        return await call.jobs.answer(call.request, lambda: _cross_validated(project, splits))
    data = await _read(call, "nlu data", _examples)
    model = call.model
    path: str | None = call.request.args.get("model")

    async def tested() -> HTTPResponse:
        if not path:
            return await _tested(model, data)
        try:
            async with call.services.models.look(path) as other:
                return await _tested(other, data)
        except ModelError as error:
            raise bad_request(f"The model cannot be used: {error}", "model", "query") from error

    return await call.jobs.answer(call.request, tested, is_long=False)


def _fold_count(call: ApiCall) -> int:
    count = whole(call.request, FOLDS, 0, least=2, most=MOST_FOLDS)
    if count and call.request.args.get("model"):
        message = f"'{FOLDS}' trains models of its own: leave 'model' out."
        raise bad_request(message, FOLDS, "query")
    return count


async def _tested(model: LoadedModel, data: NluData) -> HTTPResponse:
    results = await play_examples(_TestedBot(model), data.examples)
    return json_answer(_understanding_answer(results))


def _splits(project: Project, count: int) -> list[Split]:
    try:
        return list(folds(project.nlu, count))
    except ProjectError as error:
        message = f"{len(project.nlu.examples)} examples cannot be parted into {count} folds."
        raise bad_request(message, FOLDS, "query") from error


async def _cross_validated(project: Project, splits: Sequence[Split]) -> HTTPResponse:
    """Train and test in processes of their own, so that customers are answered meanwhile."""
    train = PipelineTrainer(config=project.config, domain=project.domain)
    try:
        done = await asyncio.to_thread(cross_validate, train, splits, jobs=PROCESSES)
    except KefuError as error:
        raise RequestError(400, "TrainingError", str(error)) from error
    return json_answer(_understanding_answer(done.together()))


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


def _project(path: Path) -> tuple[Project, Sequence[Problem]]:
    loaded = load_project(path.parent, config=path, domain=path, data=path, parts=CROSS_PARTS)
    project = loaded.project or Project(domain=Domain.from_dict({}))
    return project, loaded.problems


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
