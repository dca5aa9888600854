from collections import Counter

import pytest

from kefu.errors import ProjectError
from kefu.evaluation.cross_validation import cross_validate, folds
from kefu.project.nlu_data import Example, NluData

EXAMPLES = [Example(text=f"{name}{number}", intent=name) for name in "abc" for number in range(10)]


def test_every_example_is_tested_once_and_never_in_its_own_training() -> None:
    tested: Counter[str] = Counter()
    for rest, part in folds(EXAMPLES, 5, seed=1):
        assert not {e.text for e in rest} & {e.text for e in part}
        assert len(rest) + len(part) == len(EXAMPLES)
        tested.update(e.text for e in part)
    assert tested == Counter(e.text for e in EXAMPLES)


def test_intents_are_spread_evenly() -> None:
    for _, part in folds(EXAMPLES, 5, seed=1):
        assert Counter(e.intent for e in part) == {"a": 2, "b": 2, "c": 2}


def test_the_same_seed_gives_the_same_folds() -> None:
    assert list(folds(EXAMPLES, 3, seed=7)) == list(folds(EXAMPLES, 3, seed=7))
    assert list(folds(EXAMPLES, 3, seed=7)) != list(folds(EXAMPLES, 3, seed=8))


@pytest.mark.parametrize("count", [0, 1, 31])
def test_an_impossible_number_of_folds_is_refused(count: int) -> None:
    with pytest.raises(ProjectError, match="folds"):
        list(folds(EXAMPLES, count, seed=1))


class Memory:
    """Knows only what it was trained on."""

    def __init__(self, data: NluData) -> None:
        self.known = {example.text: example.intent for example in data.examples}

    async def parse(self, text, metadata=None):
        return {"intent": {"name": self.known.get(text, "a"), "confidence": 1.0}}

    async def close(self):
        self.known.clear()


async def test_seen_and_unseen_examples_are_scored_apart() -> None:
    async def train(data: NluData) -> Memory:
        return Memory(data)

    result = await cross_validate(NluData(examples=tuple(EXAMPLES)), train, fold_count=5)
    accuracies = [part.intent_report().accuracy for part in result.train]
    assert result.spread(accuracies) == (1.0, 0.0)
    assert result.together().intent_report().accuracy == pytest.approx(1 / 3)
    assert len(result.together().intents) == len(EXAMPLES)
