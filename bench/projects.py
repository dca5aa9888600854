"""The projects that are trained and served.

``mood`` and ``form`` have the shape of the two projects that Rasa was first measured on (moodbot of
``rasa init``: 7 intents, 68 examples, 3 stories, 2 rules; formbot: 9 intents, 286 examples with
entities, a form, 2 stories, 6 rules); their sentences are our own. ``shop`` is this repository.
"""

import shutil
from itertools import cycle, islice

from bench.engines import ROOT, WORK

PIPELINE = """
recipe: default.v1
assistant_id: bench
language: en
pipeline:
- name: WhitespaceTokenizer
- name: RegexFeaturizer
- name: LexicalSyntacticFeaturizer
- name: CountVectorsFeaturizer
- name: CountVectorsFeaturizer
  analyzer: char_wb
  min_ngram: 1
  max_ngram: 4
- name: DIETClassifier
  epochs: 100
  constrain_similarities: true
- name: EntitySynonymMapper
- name: ResponseSelector
  epochs: 100
  constrain_similarities: true
- name: FallbackClassifier
  threshold: 0.3
  ambiguity_threshold: 0.1
policies:
- name: MemoizationPolicy
- name: RulePolicy
- name: UnexpecTEDIntentPolicy
  max_history: 5
  epochs: 100
- name: TEDPolicy
  max_history: 5
  epochs: 100
  constrain_similarities: true
"""

MOOD = {
    "greet": """hello|hi there|hey|good morning|good evening folks|hello bot|hey there you
        |morning|good afternoon|hi|hiya|greetings""",
    "goodbye": """bye|goodbye now|see you|good night|bye for now|catch you later|farewell
        |see you around|I am off|have a nice day""",
    "affirm": "yes|indeed|of course|yes please|that sounds right|correct|sure|yep",
    "deny": "no|never|I do not think so|no way|not really|I would rather not|nope|do not",
    "mood_great": """perfect|I feel great|wonderful day|I am very happy|amazing|so good
        |I feel super|extremely well|life is lovely|on top of the world|could not be better
        |so so perfect|everything is fine""",
    "mood_unhappy": """my day was horrible|I am sad|not good at all|I feel miserable|very bad
        |I am disappointed|terrible|so sad|I am down|awful mood|I could cry|not my day
        |unhappy""",
    "bot_challenge": "are you a bot|are you human|am I talking to a machine|who are you really",
}

UNLIMITED = "\ngateway:\n  flood: false\n"
"""One client sends here what many customers do."""

MOOD_DOMAIN = """
version: "3.1"
intents: [greet, goodbye, affirm, deny, mood_great, mood_unhappy, bot_challenge]
responses:
  utter_greet:
  - text: Hey! How are you?
  utter_cheer_up:
  - text: "Here is something to cheer you up:"
    image: https://example.org/cub.jpg
  utter_did_that_help:
  - text: Did that help you?
  utter_happy:
  - text: Great, carry on!
  utter_goodbye:
  - text: Bye
  utter_iamabot:
  - text: I am a bot.
session_config:
  session_expiration_time: 60
  carry_over_slots_to_new_session: true
"""

MOOD_STORIES = """
version: "3.1"
rules:
- rule: Say goodbye anytime the user says goodbye
  steps:
  - intent: goodbye
  - action: utter_goodbye
- rule: Say I am a bot anytime the user challenges
  steps:
  - intent: bot_challenge
  - action: utter_iamabot
stories:
- story: happy path
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood_great
  - action: utter_happy
- story: sad path 1
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood_unhappy
  - action: utter_cheer_up
  - action: utter_did_that_help
  - intent: affirm
  - action: utter_happy
- story: sad path 2
  steps:
  - intent: greet
  - action: utter_greet
  - intent: mood_unhappy
  - action: utter_cheer_up
  - action: utter_did_that_help
  - intent: deny
  - action: utter_goodbye
"""

CUISINES = [
    "mexican",
    "italian",
    "chinese",
    "indian",
    "american",
    "greek",
    "thai",
    "french",
    "spanish",
    "korean",
]
NUMBERS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
PLACES = ["outside", "inside", "on the terrace", "at the window", "in the garden"]

FORM_TEMPLATES = {
    "greet": (20, ["hello {x}", "hi {x}", "hey {x}", "good day {x}"]),
    "thankyou": (20, ["thanks {x}", "thank you {x}", "cheers {x}", "many thanks {x}"]),
    "goodbye": (16, ["bye {x}", "see you {x}", "good night {x}", "farewell {x}"]),
    "chitchat": (20, ["how old are you {x}", "do you like {x}", "tell me about {x}"]),
    "affirm": (16, ["yes {x}", "sure {x}", "right {x}", "ok {x}"]),
    "deny": (16, ["no {x}", "not {x}", "never {x}", "rather not {x}"]),
    "stop": (12, ["stop {x}", "cancel that {x}", "forget about it {x}"]),
    "request_restaurant": (
        90,
        [
            "find me a [{c}](cuisine) restaurant",
            "I want [{c}](cuisine) food for [{n}](number) people",
            "a table for [{n}](number)",
            "book a [{c}](cuisine) place [{p}](seating)",
            "we are [{n}](number) and would like to sit [{p}](seating)",
            "somewhere to eat [{c}](cuisine) tonight",
        ],
    ),
    "inform": (
        76,
        [
            "[{c}](cuisine)",
            "[{n}](number) people",
            "[{p}](seating) please",
            "for [{n}](number)",
            "maybe [{c}](cuisine) food",
        ],
    ),
}

FORM_DOMAIN = """
version: "3.1"
intents: [greet, thankyou, goodbye, chitchat, affirm, deny, stop, request_restaurant, inform]
entities: [cuisine, number, seating]
slots:
  cuisine:
    type: text
    mappings: [{type: from_entity, entity: cuisine}]
  num_people:
    type: text
    mappings: [{type: from_entity, entity: number}]
  seating:
    type: text
    mappings: [{type: from_entity, entity: seating}]
forms:
  restaurant_form:
    required_slots: [cuisine, num_people, seating]
responses:
  utter_ask_cuisine: [{text: "What cuisine?"}]
  utter_ask_num_people: [{text: "How many people?"}]
  utter_ask_seating: [{text: "Where do you want to sit?"}]
  utter_submit: [{text: "All done!"}]
  utter_greet: [{text: "Hello!"}]
  utter_noworries: [{text: "You are welcome."}]
  utter_goodbye: [{text: "Bye!"}]
  utter_chitchat: [{text: "Let us talk about food."}]
  utter_ask_continue: [{text: "Do you want to continue?"}]
  utter_ok: [{text: "OK."}]
"""

FORM_STORIES = """
version: "3.1"
rules:
- rule: greet
  steps:
  - intent: greet
  - action: utter_greet
- rule: thank
  steps:
  - intent: thankyou
  - action: utter_noworries
- rule: bye
  steps:
  - intent: goodbye
  - action: utter_goodbye
- rule: chitchat
  steps:
  - intent: chitchat
  - action: utter_chitchat
- rule: activate
  steps:
  - intent: request_restaurant
  - action: restaurant_form
  - active_loop: restaurant_form
- rule: submit
  condition:
  - active_loop: restaurant_form
  steps:
  - action: restaurant_form
  - active_loop: null
  - slot_was_set:
    - requested_slot: null
  - action: utter_submit
stories:
- story: stop and go on
  steps:
  - intent: request_restaurant
  - action: restaurant_form
  - active_loop: restaurant_form
  - intent: stop
  - action: utter_ask_continue
  - intent: affirm
  - action: restaurant_form
  - active_loop: null
  - action: utter_submit
- story: stop for good
  steps:
  - intent: request_restaurant
  - action: restaurant_form
  - active_loop: restaurant_form
  - intent: stop
  - action: utter_ask_continue
  - intent: deny
  - action: action_deactivate_loop
  - active_loop: null
  - action: utter_ok
"""

FILLERS = """there|everyone|again|my friend|a lot|so much|then|now|later|pizza|the weather|football
    |music|of course|indeed|at all|please|for today|really|this time""".replace("\n", " ")


def _words(text):
    return [word.strip() for word in text.replace("\n", " ").split("|")]


def _form_examples():
    fillers, cuisines = cycle(_words(FILLERS)), cycle(CUISINES)
    numbers, places = cycle(NUMBERS), cycle(PLACES)
    for intent, (count, templates) in FORM_TEMPLATES.items():
        lines = (
            template.format(x=next(fillers), c=next(cuisines), n=next(numbers), p=next(places))
            for template in cycle(templates)
        )
        yield intent, list(islice(lines, count))


def _nlu(examples):
    blocks = ['version: "3.1"', "nlu:"]
    for intent, lines in examples:
        blocks += [f"- intent: {intent}", "  examples: |", *(f"    - {line}" for line in lines)]
    return "\n".join(blocks) + "\n"


def _write(name, nlu, domain, stories):
    folder = WORK / "projects" / name
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "data").mkdir(parents=True)
    (folder / "config.yml").write_text(PIPELINE, "utf-8")
    (folder / "domain.yml").write_text(domain, "utf-8")
    (folder / "data" / "nlu.yml").write_text(nlu, "utf-8")
    (folder / "data" / "stories.yml").write_text(stories, "utf-8")
    (folder / "endpoints.yml").write_text(UNLIMITED, "utf-8")
    (folder / "credentials.yml").write_text("rest:\n", "utf-8")
    return folder


def mood():
    """Write the small project and return its folder."""
    examples = [(intent, _words(lines)) for intent, lines in MOOD.items()]
    return _write("mood", _nlu(examples), MOOD_DOMAIN, MOOD_STORIES)


def form():
    """Write the project with a form and return its folder."""
    return _write("form", _nlu(_form_examples()), FORM_DOMAIN, FORM_STORIES)


def shop():
    """Copy the assistant of this repository and return its folder."""
    folder = WORK / "projects" / "shop"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in ("data", "actions", "bench/rasa"):
        shutil.copytree(ROOT / name, folder / name)
    for name in ("domain.yml", "config.yml", "endpoints.yml", "credentials.yml"):
        shutil.copy(ROOT / name, folder / name)
    with (folder / "endpoints.yml").open("a", encoding="utf-8") as file:
        file.write(UNLIMITED)
    return folder


def mood_sentences():
    """Return sentences that customers of the small project write; none was trained on."""
    return [f"well {line} then" for lines in MOOD.values() for line in _words(lines)]
