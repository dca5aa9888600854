from kefu.core.domain import Domain
from kefu.project.nlu_data import Example, NluData
from kefu.project.problems import Place
from kefu.project.project import Project
from kefu.project.story_data import ActionStep, OrStep, Story, StoryData, UserStep
from kefu.training.story_examples import with_story_examples

HERE = Place("stories.yml", 1)


def user(text, intent, **more):
    return UserStep(place=HERE, text=text, intent=intent, **more)


def examples_of(*steps, nlu=()):
    story = Story(name="s", place=HERE, steps=steps)
    project = Project(
        domain=Domain.from_dict({}),
        nlu=NluData(examples=nlu),
        stories=StoryData(stories=(story,)),
    )
    return [(e.text, e.full_intent) for e in with_story_examples(project).nlu.examples]


def test_labelled_sentences_of_stories_are_examples():
    steps = (
        user("hi there", "greet"),
        ActionStep(place=HERE, name="utter_hi"),
        OrStep(place=HERE, alternatives=(user("yes", "affirm"), user("sure", "affirm"))),
        user("when?", "faq", full_retrieval_intent="faq/when"),
    )
    assert examples_of(*steps) == [
        ("hi there", "greet"),
        ("yes", "affirm"),
        ("sure", "affirm"),
        ("when?", "faq/when"),
    ]


def test_intents_without_sentence_and_sentences_without_intent_are_none():
    assert examples_of(user(None, "greet"), user("just text", None)) == []


def test_known_sentences_are_not_added_again():
    known = Example(text="hi", intent="greet")
    steps = (user("hi", "greet"), user("hi", "bye"), user("hi", "bye"))
    assert examples_of(*steps, nlu=(known,)) == [("hi", "greet"), ("hi", "bye")]


def test_entities_keep_their_place():
    entity = {"entity": "city", "value": "Rome", "start": 3, "end": 7, "role": "to"}
    story = Story(name="s", place=HERE, steps=(user("to Rome", "go", entities=(entity,)),))
    project = Project(domain=Domain.from_dict({}), stories=StoryData(stories=(story,)))
    (example,) = with_story_examples(project).nlu.examples
    (annotation,) = example.entities
    assert (annotation.start, annotation.end, annotation.role) == (3, 7, "to")
