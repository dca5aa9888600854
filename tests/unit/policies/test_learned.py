"""The learned policy."""

import numpy as np
import pytest

from kefu.core.events import UserUttered
from kefu.policies.ensemble import load_ensemble
from kefu.policies.learned import training
from kefu.policies.learned.features import features_of
from kefu.policies.learned.fitting import Sample, fit, loss_of_unseen
from kefu.policies.learned.model import LinearModel
from kefu.policies.situation import Situation, UserView
from kefu.policies.training import train_policies
from tests.unit.policies.builders import (
    a_config,
    a_domain,
    a_story,
    a_tracker,
    predicted,
    story_data,
    trained,
)

STORIES = (
    a_story("/greet", "utter_greet", "/order", "utter_order", "/yes", "utter_done", name="yes"),
    a_story("/greet", "utter_greet", "/order", "utter_order", "/no", "utter_help", name="no"),
    a_story("/order", "utter_order", "/yes", "utter_done", "/bye", "utter_bye", name="short"),
    a_story("/chat", "utter_chat", "/bye", "utter_bye", name="chat"),
)


def test_an_unseen_history_is_understood_from_what_it_shares_with_stories():
    ensemble = trained(*STORIES, policies=("TEDPolicy",))
    words = ("/chat", "utter_chat", "action_listen", "/order", "utter_order", "action_listen")
    action, policy, confidence = predicted(ensemble, *words, "/no")
    assert (action, policy) == ("utter_help", "TEDPolicy")
    assert confidence > 0.5
    assert predicted(ensemble, *words, "/yes")[0] == "utter_done"
    assert predicted(ensemble, *words, "/yes", "utter_done")[0] == "action_listen"


def test_confidences_are_probabilities():
    ensemble = trained(*STORIES, policies=("TEDPolicy",))
    scores = ensemble.predict(a_tracker("/greet", domain=ensemble.domain)).scores
    assert sum(scores.values()) == pytest.approx(1.0, abs=0.01)


def test_slots_decide_where_stories_branch_on_them():
    ensemble = trained(
        a_story("/order", "vip=true", "utter_done"),
        a_story("/order", "vip=false", "utter_help", name="other"),
        policies=("TEDPolicy",),
    )
    said = ("/chat", "action_listen", "/order")
    assert predicted(ensemble, *said, "vip=true")[0] == "utter_done"
    assert predicted(ensemble, *said, "vip=false")[0] == "utter_help"


def test_the_text_of_a_message_counts_where_stories_have_texts():
    ensemble = trained(
        a_story('"where is my parcel', "utter_order"),
        a_story("/greet", "utter_greet", name="intent"),
        policies=("TEDPolicy",),
    )
    tracker = a_tracker(domain=ensemble.domain)
    tracker.append(UserUttered(text="where is my parcel please", intent={"name": "chat"}))
    prediction = ensemble.predict(tracker)
    assert (prediction.action_name, prediction.is_end_to_end) == ("utter_order", True)


def test_an_unfamiliar_text_does_not_count():
    ensemble = trained(
        a_story('"where is my parcel', "utter_order"),
        a_story("/greet", "utter_greet", name="intent"),
        policies=("TEDPolicy",),
    )
    tracker = a_tracker(domain=ensemble.domain)
    tracker.append(UserUttered(text="zzz qqq", intent={"name": "greet"}))
    prediction = ensemble.predict(tracker)
    assert (prediction.action_name, prediction.is_end_to_end) == ("utter_greet", False)


def test_without_stories_it_predicts_nothing():
    ensemble = trained(policies=("TEDPolicy",))
    assert predicted(ensemble, "/greet") == ("action_listen", "TEDPolicy", 0.0)


def test_it_keeps_the_name_that_the_configuration_gives_it():
    ensemble = trained(*STORIES, policies=("KerasPolicy",))
    assert predicted(ensemble, "/greet")[1] == "KerasPolicy"


def test_the_same_stories_give_the_same_bytes():
    def parts():
        return train_policies(a_config("TEDPolicy"), story_data(*STORIES), a_domain()).parts

    first, second = parts(), parts()
    assert first.keys() == second.keys()
    for name, part in first.items():
        if isinstance(part, np.ndarray):
            assert part.tobytes() == second[name].tobytes()
        else:
            assert part == second[name]


def test_features_have_unit_length_and_do_not_depend_on_forgotten_turns():
    turns = [
        Situation(UserView("greet"), None, "action_listen", None),
        Situation(UserView("greet"), None, "utter_greet", None),
    ]
    features = features_of(turns)
    assert sum(weight**2 for weight in features.values()) == pytest.approx(1.0)
    assert features == features_of(list(turns))
    assert features != features_of(turns[1:])


def test_a_model_comes_back_from_its_parts_nearly_unchanged():
    samples = [Sample({1: 0.8, 2: 0.6}, "a"), Sample({2: 0.6, 3: 0.8}, "b")]
    model = fit(samples, ridge=0.02, seed=1)
    loaded = LinearModel.load(model.save())
    assert loaded.labels == ("a", "b")
    assert loaded.scores({1: 1.0}) == pytest.approx(model.scores({1: 1.0}), abs=1e-3)


def test_weights_that_do_not_fit_are_refused():
    parts = fit([Sample({1: 1.0}, "a")], ridge=0.02, seed=1).save()
    with pytest.raises(ValueError, match="do not fit"):
        LinearModel.load({**parts, "weights": np.zeros((3, 3), dtype=np.float16)})


def test_many_samples_are_fitted_in_chunks(monkeypatch):
    from kefu.policies.learned import fitting

    monkeypatch.setattr(fitting, "CHUNK", 20)
    samples = [Sample({n % 7: 0.8, 100 + n: 0.6}, f"l{n % 7}") for n in range(70)]
    model = fit(samples, ridge=0.02, seed=3)
    for n in range(7):
        assert model.labels[int(model.scores({n: 1.0}).argmax())] == f"l{n}"


def test_common_and_rare_features_count_alike(monkeypatch):
    from kefu.policies.learned import fitting

    samples = [Sample({n % 5: 0.8, 100 + n: 0.6}, f"l{n % 5}") for n in range(60)]
    as_common = fit(samples, ridge=0.02, seed=3)
    monkeypatch.setattr(fitting, "_COMMON", 2)
    as_rare = fit(samples, ridge=0.02, seed=3)
    assert as_rare.weights == pytest.approx(as_common.weights, abs=1e-3)


def test_after_an_intent_that_no_story_has_it_is_unsure():
    ensemble = trained(*STORIES, policies=("TEDPolicy",))
    said = ("/order", "utter_order", "action_listen")
    known = predicted(ensemble, *said, "/yes")[2]
    unknown = predicted(ensemble, *said, "/restart")[2]
    assert unknown <= 0.5 < known


def decided_by(monkeypatch, *, far):
    """Train on stories in which a message five situations ago decides, or the last one."""
    monkeypatch.setattr(training, "FEWEST_STORIES", 5)
    stories = []
    for number in range(24):
        first = ("/yes", "/no")[number % 2]
        between = ("/greet", "/chat", "/bye")[number // 2 % 3]
        last = "/order" if far else ("/order", "/help")[number % 2]
        done = ("utter_done", "utter_help")[number % 2]
        start = first if far else ("/yes", "/no")[number // 6 % 2]
        stories.append(
            a_story(start, "utter_chat", between, "utter_greet", last, done, name=f"s{number}")
        )
    config = a_config("TEDPolicy")
    parts = train_policies(config, story_data(*stories), a_domain(), augmentation=10).parts
    return parts["0.TEDPolicy/learned"]["window"]


def test_the_history_is_as_long_as_unseen_stories_need_it(monkeypatch):
    assert decided_by(monkeypatch, far=True) == 5
    assert decided_by(monkeypatch, far=False) < 5


def test_few_stories_leave_the_history_as_long_as_it_may_be():
    config = a_config("TEDPolicy")
    parts = train_policies(config, story_data(*STORIES), a_domain()).parts
    assert parts["0.TEDPolicy/learned"]["window"] == 8


def test_what_several_stories_share_is_known_when_one_of_them_is_left_out():
    rare = [Sample({1: 1.0}, "a", frozenset("x")), Sample({2: 1.0}, "b", frozenset("y"))]
    shared = [Sample({1: 1.0}, "a"), Sample({2: 1.0}, "b")]
    assert loss_of_unseen(shared, ridge=0.02) < 0.1 < loss_of_unseen(rare, ridge=0.02)


def test_what_occurs_often_counts_often():
    def samples(count):
        return [
            Sample({1: 1.0}, "a", frozenset(), count),
            Sample({2: 1.0}, "b", frozenset("y"), 1),
        ]

    assert loss_of_unseen(samples(9), ridge=0.02) < loss_of_unseen(samples(1), ridge=0.02)


def test_confidence_is_judged_by_written_stories_and_not_by_glued_ones():
    written = [Sample({n: 1.0}, f"l{n % 2}", frozenset(f"s{n}")) for n in range(8)]
    easy = [
        Sample({100 + n % 2: 1.0}, f"l{n % 2}", frozenset(f"s{n % 8}"), is_glued=True)
        for n in range(60)
    ]
    alone, beside = (fit(samples, ridge=0.02, seed=1) for samples in (written, written + easy))
    assert beside.temperature == alone.temperature


def test_a_policy_that_goes_on_keeps_what_is_dear_to_find_out(monkeypatch):
    config = a_config("TEDPolicy")
    before = train_policies(config, story_data(*STORIES), a_domain(), augmentation=5).parts
    monkeypatch.setattr(training, "_best_window", None)  # not to be called
    again = train_policies(
        config, story_data(*STORIES), a_domain(), augmentation=5, before=before
    ).parts
    assert again["0.TEDPolicy/learned"] == before["0.TEDPolicy/learned"]
    assert again["0.TEDPolicy/model"] == before["0.TEDPolicy/model"]
    assert again["0.TEDPolicy/weights"].tobytes() == before["0.TEDPolicy/weights"].tobytes()


def test_a_policy_that_goes_on_learns_new_stories():
    config = a_config("TEDPolicy")
    before = train_policies(config, story_data(*STORIES), a_domain()).parts
    new = a_story("/help", "utter_help", name="new")
    parts = train_policies(config, story_data(*STORIES, new), a_domain(), before=before).parts
    ensemble = load_ensemble(parts, a_domain())
    assert predicted(ensemble, "/help")[0] == "utter_help"


def test_other_settings_begin_anew():
    other = a_config(("TEDPolicy", {"max_history": 3}))
    before = train_policies(a_config("TEDPolicy"), story_data(*STORIES), a_domain()).parts
    parts = train_policies(other, story_data(*STORIES), a_domain(), before=before).parts
    fresh = train_policies(other, story_data(*STORIES), a_domain()).parts
    assert parts["0.TEDPolicy/learned"] == fresh["0.TEDPolicy/learned"]
