"""Cutting stories at checkpoints and choices."""

from kefu.policies.story_graph import cut, without_circles
from kefu.project.story_data import ActionStep, UserStep
from tests.unit.policies.builders import a_rule, a_story


def _words(piece):
    return [
        step.intent if isinstance(step, UserStep) else getattr(step, "name", "?")
        for step in piece.steps
    ]


def test_a_plain_story_is_one_piece():
    (piece,) = cut([a_story("/greet", "utter_greet")])
    assert _words(piece) == ["greet", "utter_greet"]
    assert not piece.ends
    assert [start.name for start in piece.starts] == [""]


def test_a_choice_gives_a_piece_for_each_alternative_and_one_for_the_rest():
    pieces = cut([a_story("/greet|/bye", "utter_greet")])
    assert [_words(piece) for piece in pieces] == [["greet"], ["bye"], ["utter_greet"]]
    assert {end.name for end in pieces[0].ends} == {start.name for start in pieces[2].starts}


def test_a_choice_that_nothing_follows_drops_its_story():
    assert cut([a_story("/order", "utter_order", "/yes|/no")]) == []


def test_the_same_choice_in_two_stories_does_not_join_them():
    pieces = cut([a_story("/yes|/no", "utter_yes"), a_story("/yes|/no", "utter_no")])
    ends = [end.name for piece in pieces for end in piece.ends]
    assert len(set(ends)) == 2


def test_a_checkpoint_in_the_middle_cuts_the_story():
    first, second = cut([a_story("/greet", ">met", "utter_greet")])
    assert [end.name for end in first.ends] == ["met"]
    assert [start.name for start in second.starts] == ["met"]


def test_two_checkpoints_in_a_row_lead_on_from_both():
    pieces = cut([a_story("/greet", ">one", ">two", "utter_greet")])
    assert sorted(end.name for piece in pieces for end in piece.ends) == ["one", "two"]
    assert sorted(start.name for start in pieces[-1].starts) == ["one", "two"]


def test_a_rule_is_open_at_its_beginning_and_closed_at_its_end():
    (piece,) = cut([a_rule("/greet", "utter_greet")])
    assert _words(piece) == ["...", "greet", "utter_greet"]


def test_a_rule_that_does_not_wait_is_open_at_its_end():
    (piece,) = cut([a_rule("/greet", "utter_greet", waits_for_user_input=False)])
    assert _words(piece)[-1] == "..."


def test_a_rule_for_the_start_of_a_conversation_is_closed_at_its_beginning():
    (piece,) = cut([a_rule("/greet", "utter_greet", is_conversation_start=True)])
    assert not isinstance(piece.steps[0], ActionStep)


def test_pieces_come_after_those_that_lead_to_them():
    last = a_story(">met", "/bye", "utter_bye", name="last")
    first = a_story("/greet", "utter_greet", ">met", name="first")
    ordered, resume = without_circles(cut([last, first]))
    assert [piece.story.name for piece in ordered] == ["first", "last"]
    assert resume == {}


def test_a_circle_of_checkpoints_is_opened():
    stories = [
        a_story("/greet", ">again", name="in"),
        a_story(">again", "/yes", "utter_yes", ">again", name="round"),
        a_story(">again", "/no", "utter_no", name="out"),
    ]
    ordered, resume = without_circles(cut(stories))
    assert len(resume) == 1
    assert {piece.story.name for piece in ordered} == {"in", "round", "out"}


def test_a_story_without_steps_gives_nothing():
    assert cut([a_story(), a_rule()]) == []
