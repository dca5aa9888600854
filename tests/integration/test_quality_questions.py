"""The questions that the assistant is judged by: real labels, and nobody trained on them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from bench.quality import QUESTIONS, untrained
from kefu.nlu.text import fold
from kefu.project.load import load_project
from kefu.project.project import Project
from tests.integration.command import ROOT


@pytest.fixture(scope="module")
def project() -> Project:
    loaded = load_project(ROOT).project
    assert loaded is not None
    return loaded


def asked(path: Path = QUESTIONS) -> dict[str, list[str]]:
    content = yaml.safe_load(path.read_text("utf-8"))
    return {**content["intents"], **content["answers"], "": content["off_topic"]}


def test_every_label_is_an_intent_or_an_answer_of_the_assistant(project: Project) -> None:
    answers = {example.full_intent for example in project.nlu.examples if example.response_key}
    known = {"", *project.domain.intents, *answers}
    assert set(asked()) - known == set()


def test_every_question_is_a_text_and_asked_once() -> None:
    texts = [text for texts in asked().values() for text in texts]
    assert [text for text in texts if not isinstance(text, str)] == []
    assert len(set(texts)) == len(texts)


def test_few_questions_were_trained_on_and_those_are_not_counted(project: Project) -> None:
    """Some are what everybody writes (``你好``); they would flatter the figures."""
    questions = yaml.safe_load(QUESTIONS.read_text("utf-8"))
    counted = untrained(questions, project.nlu.examples)
    trained = {fold(example.text) for example in project.nlu.examples}
    assert [
        text for texts in counted["intents"].values() for text in texts if fold(text) in trained
    ] == []
    assert sum(map(len, counted["intents"].values())) > 0.8 * sum(
        map(len, questions["intents"].values())
    )
