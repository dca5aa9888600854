from kefu.evaluation.mislabelled import likely_mislabelled
from tests.unit.evaluation.results import ranked, result

GOOD = [ranked("a", a=0.8, b=0.1), ranked("a", a=0.9, b=0.05), ranked("b", b=0.7, a=0.2)]


def test_an_example_that_another_label_fits_as_well_as_its_own_examples_is_suspect():
    wrong = ranked("b", "looks like a", a=0.95, b=0.02)
    (found,) = likely_mislabelled([*GOOD, wrong])
    assert (found.number, found.label) == (3, "a")
    assert (found.confidence, found.own_confidence) == (0.95, 0.02)


def test_an_ordinary_mistake_is_not():
    # The mean confidence in "a" on its own examples is 0.85; 0.5 is not sure of it.
    assert likely_mislabelled([*GOOD, ranked("b", a=0.5, b=0.4)]) == []


def test_the_surest_comes_first():
    some = [*GOOD, ranked("b", "unsure", a=0.88, b=0.1), ranked("b", "sure", a=0.99, b=0.01)]
    assert [some[one.number].text for one in likely_mislabelled(some)] == ["sure", "unsure"]


def test_a_label_that_a_ranking_leaves_out_counts_as_impossible():
    (found,) = likely_mislabelled([*GOOD, ranked("b", a=0.95)])
    assert found.own_confidence == 0.0


def test_without_rankings_the_answer_alone_is_looked_at():
    some = [result("a", "a", 1.0), result("b", "b", 1.0), result("b", "a", 1.0)]
    assert [one.number for one in likely_mislabelled(some)] == [2]


def test_what_is_known_by_heart_does_not_raise_the_bar():
    by_heart = result("a", "a", 0.99, was_seen=True, ranking=(("a", 0.99),))
    unseen = ranked("a", a=0.6, b=0.3)
    (found,) = likely_mislabelled([*[by_heart] * 9, unseen, ranked("b", a=0.7, b=0.1)])
    assert found.number == 10
