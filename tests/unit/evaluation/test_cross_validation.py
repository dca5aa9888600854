from collections import Counter

import pytest

from kefu.errors import ProjectError
from kefu.evaluation.cross_validation import (
    PipelineTrainer,
    cross_validate,
    effort,
    folds,
    held_out,
)
from kefu.project.nlu_data import Example, NluData, SentimentExample
from tests.unit.nlu.builders import SHOP, a_config, component, nlu_data
from tests.unit.nlu.test_sentiment import DATA as MOODS

EXAMPLES = [Example(text=f"{name}{number}", intent=name) for name in "abc" for number in range(10)]
DATA = NluData(examples=tuple(EXAMPLES), lookups={"city": ("Bonn",)})
FEELINGS = NluData(
    sentiments=tuple(
        SentimentExample(text=f"{text}{number}", sentiment=text)
        for text in ("good", "bad")
        for number in range(10)
    )
)


def texts(data: NluData) -> set[str]:
    return {example.text for example in (*data.examples, *data.sentiments)}


def test_every_example_is_tested_once_and_never_in_its_own_training() -> None:
    tested: Counter[str] = Counter()
    for rest, part in folds(DATA, 5, seed=1):
        assert not texts(rest) & texts(part)
        assert len(rest.examples) + len(part.examples) == len(EXAMPLES)
        assert rest.lookups == DATA.lookups
        tested.update(texts(part))
    assert tested == Counter(e.text for e in EXAMPLES)


def test_intents_are_spread_evenly() -> None:
    for _, part in folds(DATA, 5, seed=1):
        assert Counter(e.intent for e in part.examples) == {"a": 2, "b": 2, "c": 2}


def test_the_same_seed_gives_the_same_folds() -> None:
    assert list(folds(DATA, 3, seed=7)) == list(folds(DATA, 3, seed=7))
    assert list(folds(DATA, 3, seed=7)) != list(folds(DATA, 3, seed=8))


@pytest.mark.parametrize("count", [0, 1, 31])
def test_an_impossible_number_of_folds_is_refused(count: int) -> None:
    with pytest.raises(ProjectError, match="folds"):
        list(folds(DATA, count, seed=1))


class Memory:
    """Knows only what it was trained on."""

    def __init__(self, data: NluData) -> None:
        self.known = {example.text: example.intent for example in data.examples}

    async def parse(self, text, metadata=None):
        return {"intent": {"name": self.known.get(text, "a"), "confidence": 1.0}}

    async def close(self):
        self.known.clear()


def test_seen_and_unseen_examples_are_scored_apart() -> None:
    result = cross_validate(Memory, folds(DATA, 5))
    accuracies = [part.intent_report().accuracy for part in result.train]
    assert result.spread(accuracies) == (1.0, 0.0)
    assert result.together().intent_report().accuracy == pytest.approx(1 / 3)
    assert len(result.together().intents) == len(EXAMPLES)


def test_progress_tells_of_all_the_work_there_is() -> None:
    told: list[int] = []
    splits = list(folds(DATA, 3))
    cross_validate(Memory, splits, progress=told.append)
    assert sum(told) == effort(splits)
    assert len(told) > 3


def test_the_results_are_the_same_whatever_the_number_of_jobs() -> None:
    data = nlu_data(SHOP)
    train = PipelineTrainer(config=a_config("JiebaTokenizer", "DIETClassifier"))
    splits = list(folds(data, 2))
    alone = cross_validate(train, splits, jobs=1)
    together = cross_validate(train, splits, jobs=2)
    assert alone.test == together.test
    assert alone.train == together.train
    wrong = [one for one in alone.together().intents if not one.is_right]
    assert any(one.reasons for one in wrong)
    assert all(one.ranking for one in wrong)


def test_a_share_of_every_intent_is_held_out() -> None:
    rest, part = held_out(DATA, 0.2)
    assert Counter(e.intent for e in part.examples) == {"a": 2, "b": 2, "c": 2}
    assert len(rest.examples) + len(part.examples) == len(EXAMPLES)
    assert not texts(rest) & texts(part)
    assert held_out(DATA, 0.2) == (rest, part)


def test_the_only_example_of_an_intent_is_kept_for_training() -> None:
    alone = tuple(Example(text=name, intent=name) for name in "xyz")
    _, part = held_out(NluData(examples=(*EXAMPLES, *alone)), 0.5)
    assert {e.intent for e in part.examples} == {"a", "b", "c"}
    with pytest.raises(ProjectError, match="cannot hold out"):
        held_out(NluData(examples=alone), 0.5)


def test_sentiments_are_parted_like_intents_and_apart_from_them() -> None:
    both = NluData(examples=tuple(EXAMPLES), sentiments=FEELINGS.sentiments)
    tested: Counter[str] = Counter()
    for (rest, part), (_, alone) in zip(folds(both, 5), folds(DATA, 5), strict=True):
        assert part.examples == alone.examples
        assert Counter(one.sentiment for one in part.sentiments) == {"good": 2, "bad": 2}
        assert not texts(rest) & texts(part)
        tested.update(texts(part))
    assert tested == Counter(texts(both))
    _, part = held_out(FEELINGS, 0.2)
    assert Counter(one.sentiment for one in part.sentiments) == {"good": 2, "bad": 2}
    with pytest.raises(ProjectError, match="21 folds of 20"):
        list(folds(FEELINGS, 21))


def test_sentiments_alone_are_trained_and_judged_with_reasons_for_mistakes() -> None:
    train = PipelineTrainer(config=a_config("JiebaTokenizer", "SentimentClassifier"))
    splits = list(folds(MOODS, 2))
    told: list[int] = []
    validated = cross_validate(train, splits, progress=told.append)
    assert sum(told) == effort(splits)
    results = validated.together()
    assert Counter(one.text for one in results.sentiments) == Counter(
        one.text for one in MOODS.sentiments
    )
    assert results.intent_report() is None
    report = results.sentiment_report()
    assert report is not None
    assert 0.3 < report.accuracy < 1
    assert not any(one.reasons for one in results.sentiments if one.is_right)
    assert any(one.reasons for one in results.sentiments if not one.is_right)
    assert not any(one.was_seen for one in results.sentiments)
    assert all(one.sentiment_report().accuracy > 0.9 for one in validated.train)


async def test_paths_in_settings_start_at_the_project(tmp_path) -> None:
    tmp_path.joinpath("words").mkdir()
    tmp_path.joinpath("words", "own.txt").write_text("橙意商城\n", "utf-8")
    jieba = component("JiebaTokenizer", dictionary_path="words")
    train = PipelineTrainer(config=a_config(jieba, "DIETClassifier"), root=tmp_path)
    parsed = await train(nlu_data(SHOP)).parse("橙意商城在哪")
    assert parsed["text_tokens"][0] == [0, 4]
