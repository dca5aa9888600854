"""A question that no intent covers, through a trained model: answered, reviewed, handed over."""

from __future__ import annotations

import re
import shutil

import pytest

from kefu.clock import ManualClock
from kefu.core.handoff import handoff_of, review_of
from kefu.core.messages import UserMessage
from kefu.core.tracker import Tracker
from kefu.dialogue.bot import Bot
from kefu.dialogue.ports import Prospects
from kefu.model.load import load_model
from kefu.project.load import load_project
from kefu.training.train import TrainingOptions, train
from tests.integration.command import ROOT, kefu

ARTICLE = """\
# 茶会须知

## 报名

茶会在店里举行，每场 12 人，提前 3 天在公众号报名。

## 停车

店门口有免费车位，停满了可以停到对面的商场，凭小票免 2 小时停车费。
"""
RULE = """
- rule: 文章里有答案
  steps:
  - intent: knowledge
  - action: action_answer_from_knowledge
"""
QUESTION = "茶会门口的停车位收停车费吗"


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    folder = tmp_path_factory.mktemp("tea")
    for name in ("config.yml", "domain.yml", "data"):
        source = ROOT / "kefu" / "cli" / "templates" / "zh" / name
        copy = shutil.copytree if source.is_dir() else shutil.copy
        copy(source, folder / name)
    _let_articles_answer(folder)
    config = (folder / "config.yml").read_text("utf-8").replace("__ASSISTANT_ID__", "tea")
    config = config.replace("threshold: 0.4", "threshold: 0.7").replace(
        " 0.5\n\npol", " 0.3\n\npol"
    )
    (folder / "config.yml").write_text(config + "- name: HandoffPolicy\n", "utf-8")
    (folder / "data" / "knowledge").mkdir()
    (folder / "data" / "knowledge" / "party.md").write_text(ARTICLE, "utf-8")
    loaded = load_project(folder)
    assert [str(problem) for problem in loaded.problems] == []
    result = train(loaded.project, TrainingOptions(out=folder, cache_folder=folder / "cache"))
    assert [step.name for step in result.steps] == ["understanding", "knowledge", "dialogue"]
    return load_model(result.path, clock=ManualClock())


def blocks(page):
    """Return the blocks of code of a page."""
    return re.findall(r"^```\w*\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)


def test_the_page_shows_what_is_printed(tmp_path):
    page = (ROOT / "docs" / "howto" / "knowledge.md").read_text("utf-8")
    article, problems, _, _, _, trained, talk, search, _ = blocks(page)
    assert kefu("init", "--no-prompt", "--language", "zh", "tea", cwd=tmp_path).status == 0
    tea = tmp_path / "tea"
    file = tea / "data" / "knowledge" / "party.md"
    file.parent.mkdir()
    file.write_text(article.replace("## 停", "##停").replace("2027-12-31", "2027-02-30"), "utf-8")
    assert problems in kefu("data", "validate", cwd=tea).out
    file.write_text(article, "utf-8")
    _let_articles_answer(tea)
    out = kefu("train", cwd=tea).out
    assert trained.splitlines()[2] in out.splitlines()
    question, answer = talk.split("\n", 1)
    assert answer in kefu("shell", cwd=tea, said=f"{question}\n").out
    done = kefu("knowledge", "search", "茶会车停哪", "--top", "2", "--day", "2026-12-01", cwd=tea)
    assert done.out == search


def _let_articles_answer(folder):
    _append(folder / "data" / "rules.yml", RULE)
    config, domain = folder / "config.yml", folder / "domain.yml"
    selector = "- name: KnowledgeSelector\n  threshold: 0.5\n\npolicies:"
    config.write_text(config.read_text("utf-8").replace("policies:", selector), "utf-8")
    text = domain.read_text("utf-8").replace("- faq\n", "- faq\n- knowledge\n", 1)
    domain.write_text(text, "utf-8")


def _append(path, text):
    path.write_text(path.read_text("utf-8") + text, "utf-8")


class Desk:
    async def prospects(self, wanted):
        return Prospects(is_open=True, agents_on_duty=1)


class Understanding:
    """The model's own, with the confidence that a test wants."""

    def __init__(self, model, confidence):
        self.model = model
        self.confidence = confidence

    async def parse(self, text, metadata=None):
        parsed = await self.model.interpreter.parse(text, metadata)
        if self.confidence is not None:
            parsed["intent"]["confidence"] = self.confidence
        return parsed


async def asked(model, text, *, desk=None, confidence=None):
    bot = Bot(
        domain=model.domain,
        understanding=Understanding(model, confidence),
        predictor=model.ensemble,
        clock=ManualClock(),
        reception=desk,
    )
    tracker = Tracker("c1", model.domain)
    return await bot.take_turn(
        tracker, UserMessage(conversation_id="c1", text=text, message_id="m1")
    )


async def test_an_article_answers_and_names_itself(model):
    turn = await asked(model, QUESTION)
    (reply,) = turn.replies
    assert reply.text.startswith("店门口有免费车位")
    assert reply.text.endswith("\n—— 《茶会须知》 · 停车")
    assert reply.metadata["knowledge"]["file"] == "data/knowledge/party.md"


async def test_what_no_article_answers_is_not_understood_as_before(model):
    turn = await asked(model, "明天股市会涨还是跌")
    assert [reply.text for reply in turn.replies] == ["不好意思，我没听懂，您能换个说法吗？"]


async def test_an_intent_that_is_recognised_is_not_touched(model):
    turn = await asked(model, "你好")
    assert "knowledge" not in str(turn.replies[0].metadata)


@pytest.mark.parametrize(
    ("confidence", "becomes"), [(0.95, "answer"), (0.8, "review"), (0.6, "handoff")]
)
async def test_the_confidence_takes_part_in_the_thresholds(model, confidence, becomes):
    turn = await asked(model, QUESTION, desk=Desk(), confidence=confidence)
    reviews = [review for review in map(review_of, turn.events) if review]
    handoffs = [handoff for handoff in map(handoff_of, turn.events) if handoff]
    assert bool(reviews) == (becomes == "review")
    assert bool(handoffs) == (becomes == "handoff")
    assert any("店门口" in (reply.text or "") for reply in turn.replies) == (becomes == "answer")
    if reviews:
        assert reviews[0]["draft"]["message"]["text"].startswith("店门口有免费车位")
    if handoffs:
        assert handoffs[0]["reason"] == "low_confidence"


async def test_explain_names_the_passage(model):
    explained = await model.interpreter.explain(QUESTION, language="zh")
    said = [item.text for name, item in explained.by_component if name == "KnowledgeSelector"]
    assert len(said) == 1
    assert "茶会须知 · 停车" in said[0]


@pytest.mark.parametrize(
    "text", ["", " ", "😀" * 500, "茶" * 10_000, "<b>茶会</b>", "'; DROP TABLE"]
)
async def test_odd_messages_do_no_harm(model, text):
    turn = await asked(model, text)
    assert all(len(reply.text or "") < 400 for reply in turn.replies)
