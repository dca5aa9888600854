from __future__ import annotations

import pytest

from tests.unit.project.builder import CONFIG, DOMAIN, NLU, RULES, project, told


def only(loaded, code):
    (problem,) = told(loaded, code)
    return problem


def test_a_sound_project_has_no_problems():
    loaded = project()
    assert loaded.problems == ()
    assert loaded.project is not None
    assert not loaded.has_errors


@pytest.mark.parametrize(
    ("step", "code", "severity", "advice"),
    [
        ("intent: gret", "story.unknown-intent", "warning", "'greet'"),
        ("action: utter_gret", "story.unknown-response", "error", "'utter_greet'"),
        ("action: action_nothing", "story.unknown-action", "error", "'actions'"),
        ("slot_was_set:\n    - nummber: 1", "story.unknown-slot", "error", "'number'"),
        ("active_loop: form", "story.unknown-form", "error", "'forms'"),
    ],
)
def test_a_name_that_the_domain_lacks_is_told_with_the_nearest(step, code, severity, advice):
    loaded = project(stories=f"{RULES}- rule: x\n  steps:\n  - intent: greet\n  - {step}\n")
    problem = only(loaded, code)
    assert problem.severity == severity
    assert problem.place.line >= 12
    assert advice in problem.advice
    assert loaded.has_errors == (severity == "error")
    assert loaded.project is not None


def test_handing_over_needs_no_declaration_and_reviews_are_no_steps_of_stories():
    steps = "- rule: x\n  steps:\n  - intent: nlu_fallback\n  - action: action_{}\n"
    assert project(stories=RULES + steps.format("handoff")).problems == ()
    problem = only(project(stories=RULES + steps.format("review")), "story.unknown-action")
    assert "'action_review'" in problem.message
    problem = only(project(stories=RULES + steps.format("handof")), "story.unknown-action")
    assert "'action_handoff'" in problem.advice


LATER = "utter_later"


def test_what_is_said_of_a_handoff_is_in_use_and_has_its_variables():
    said = "".join(
        f"  {name}:\n  - text: 第 {{position}} 位，{{waiting}} {{wait}} {{hours}}\n"
        for name in (
            "utter_handoff",
            "utter_handoff_waiting",
            "utter_handoff_closed",
            "utter_later",
        )
    )
    config = CONFIG + "- name: HandoffPolicy\n  when_nobody: utter_later\n"
    assert project(domain=DOMAIN + said, config=config).problems == ()
    loaded = project(domain=DOMAIN + said)
    assert only(loaded, "domain.unused-response").message.startswith("the response 'utter_later'")
    assert len(told(loaded, "response.unknown-variable")) == 4


def test_an_unknown_name_used_often_is_told_once_with_its_places():
    rules = "".join(f"- rule: r{i}\n  steps:\n  - intent: nope{i % 1}\n" for i in range(4))
    problem = only(project(stories=RULES + rules), "story.unknown-intent")
    assert "3 more times" in problem.message
    assert len(problem.related) == 3


def test_names_in_alternatives_conditions_and_checkpoints_are_looked_at():
    loaded = project(
        stories=RULES + "- rule: x\n  condition:\n  - slot_was_set:\n    - ghost_a: 1\n"
        "  steps:\n  - or:\n    - intent: greet\n    - intent: ghost_b\n  - action: utter_greet\n"
        "stories:\n- story: y\n  steps:\n  - checkpoint: c\n    slot_was_set:\n    - ghost_c: 1\n"
        "  - intent: greet\n"
    )
    assert len(told(loaded, "story.unknown-slot")) == 2
    assert told(loaded, "story.unknown-intent")


def test_a_text_that_two_intents_share_is_a_warning_with_both_places():
    loaded = project(nlu=NLU.replace("    - 查订单", "    - 你好"))
    problem = only(loaded, "nlu.duplicate-in-intents")
    assert problem.severity == "warning"
    assert (problem.place.line, problem.related[0].line) == (10, 5)


def test_texts_that_differ_only_in_punctuation_or_width_are_noted():
    loaded = project(nlu=NLU.replace("    - 查订单", "    - 你好！"))
    assert only(loaded, "nlu.near-duplicate").severity == "note"


def test_an_example_annotated_in_two_ways_is_noted():
    loaded = project(nlu=NLU.replace("    - 查订单", "    - 查 A1"))
    assert only(loaded, "nlu.annotated-differently")


def test_entities_and_roles_that_are_not_declared_are_noted():
    loaded = project(
        nlu=NLU.replace(
            "    - 查订单", '    - 查 [B](nummer)\n    - [C]{"entity": "number", "role": "r"}'
        )
    )
    assert "'number'" in only(loaded, "nlu.unknown-entity").advice
    assert only(loaded, "nlu.unknown-role-or-group")


def test_intents_of_examples_must_be_in_the_domain():
    loaded = project(nlu=NLU + "- intent: ordr\n  examples: |\n    - 甲\n    - 乙\n")
    problem = only(loaded, "nlu.unknown-intent")
    assert problem.severity == "warning"
    assert "'order'" in problem.advice


def test_a_retrieval_intent_needs_its_answer():
    loaded = project(
        domain=DOMAIN.replace("[greet, order]", "[greet, order, faq]"),
        nlu=NLU + "- intent: faq/ask_prise\n  examples: |\n    - 多少钱\n    - 价格\n"
        "responses:\n  utter_faq/ask_price:\n  - text: 十元\n",
        stories=RULES + "- rule: faq\n  steps:\n  - intent: faq\n  - action: utter_faq\n",
    )
    assert "faq/ask_price" in only(loaded, "nlu.no-answer").advice
    assert only(loaded, "nlu.answer-without-examples").severity == "note"
    assert not loaded.has_errors


FORM = """
forms:
  order_form:
    required_slots: [number]
"""


def test_a_form_needs_a_question_for_each_slot():
    problem = only(project(domain=DOMAIN + FORM), "domain.no-question")
    assert problem.severity == "warning"
    assert "utter_ask_number" in problem.advice


@pytest.mark.parametrize("name", ["utter_ask_number", "utter_ask_order_form_number"])
def test_a_response_can_be_the_question(name):
    domain = DOMAIN + f"  {name}:\n  - text: 号码？\n" + FORM
    assert not told(project(domain=domain), "domain.no-question")


def test_an_action_can_be_the_question():
    domain = DOMAIN + "actions: [action_ask_number]\n" + FORM
    assert not told(project(domain=domain), "domain.no-question")


def test_a_form_cannot_ask_for_a_slot_that_is_not_there():
    loaded = project(domain=DOMAIN + FORM.replace("[number]", "[nmber]"))
    problem = only(loaded, "domain.form-unknown-slot")
    assert problem.severity == "error"
    assert "'number'" in problem.advice


@pytest.mark.parametrize(
    ("mapping", "code", "severity"),
    [
        ("from_entity, entity: nummer", "domain.mapping-unknown-entity", "warning"),
        ("from_text, intent: ordr", "domain.mapping-unknown-intent", "warning"),
        ("from_text, not_intent: [ordr]", "domain.mapping-unknown-intent", "note"),
        ("custom, action: action_x", "domain.mapping-unknown-action", "warning"),
        (
            "from_entity, entity: number, role: r",
            "domain.mapping-unknown-role-or-group",
            "note",
        ),
        (
            "from_text, conditions: [{active_loop: ghost}]",
            "domain.condition-unknown-form",
            "error",
        ),
        (
            "from_text, conditions: [{active_loop: order_form}]",
            "domain.condition-slot-not-in-form",
            "error",
        ),
    ],
)
def test_slot_mappings_name_only_what_exists(mapping, code, severity):
    domain = DOMAIN.replace(
        "slots:\n", f"slots:\n  other:\n    type: text\n    mappings:\n    - {{type: {mapping}}}\n"
    )
    assert only(project(domain=domain + FORM), code).severity == severity


@pytest.mark.parametrize(
    ("mappings", "is_told"),
    [
        ("[]", True),
        ("[{type: from_entity, entity: silent}]", True),
        ("[{type: custom}]", False),
        ("[{type: from_text}]", False),
        ("[{type: from_entity, entity: number}]", False),
    ],
)
def test_slots_that_nothing_can_fill_are_noted(mappings, is_told):
    domain = DOMAIN.replace("[number]", "[number, silent]").replace(
        "slots:\n", f"slots:\n  other: {{type: text, mappings: {mappings}}}\n"
    )
    assert bool(told(project(domain=domain), "domain.unfillable-slot")) is is_told


def test_what_nothing_uses_is_noted():
    domain = DOMAIN.replace("[greet, order]", "[greet, order, bye]")
    domain += "  utter_bye:\n  - text: 再见\n"
    loaded = project(domain=domain)
    codes = {problem.code: problem for problem in loaded.problems}
    assert set(codes) == {
        "domain.intent-without-examples",
        "domain.unused-intent",
        "domain.unused-response",
    }
    assert {problem.severity for problem in loaded.problems} == {"note"}
    assert codes["domain.unused-intent"].place.line == 3


def test_buttons_and_conditions_of_responses_name_only_what_exists():
    domain = DOMAIN + (
        "  utter_x:\n  - text: '{numbr}'\n    buttons:\n"
        "    - {title: a, payload: '/ordr{\"a\": 1}'}\n"
        "    condition:\n    - {type: slot, name: ghost, value: 1}\n"
    )
    loaded = project(domain=domain)
    assert "'order'" in only(loaded, "response.button-unknown-intent").advice
    assert only(loaded, "response.condition-unknown-slot")
    assert "'number'" in only(loaded, "response.unknown-variable").advice


def test_braces_of_other_kinds_are_no_variables():
    domain = DOMAIN + '  utter_x:\n  - text: ok\n    custom: {a: \'{"b": {"c": 1}}\'}\n'
    assert not told(project(domain=domain), "response.unknown-variable")


def test_forms_need_the_rule_policy():
    config = CONFIG.replace("RulePolicy", "MemoizationPolicy")
    loaded = project(config=config, domain=DOMAIN + FORM)
    assert only(loaded, "config.forms-without-rule-policy").severity == "error"


def test_a_pipeline_has_one_tokenizer():
    config = CONFIG.replace("- name: JiebaTokenizer", "- name: A.Tokenizer\n- name: JiebaTokenizer")
    assert only(project(config=config), "config.two-tokenizers").severity == "error"


def test_articles_are_asked_behind_the_fallback_and_their_intent_is_declared():
    lines = "- name: KnowledgeSelector\n- name: FallbackClassifier\npolicies:"
    early = project(config=CONFIG.replace("policies:", lines))
    assert only(early, "config.knowledge-too-early").place.line == 6
    assert "action_answer_from_knowledge" in only(early, "config.no-knowledge-intent").advice
    lines = "- name: FallbackClassifier\n- name: KnowledgeSelector\npolicies:"
    domain = DOMAIN.replace("[greet, order]", "[greet, order, knowledge]")
    rule = (
        "- rule: articles\n  steps:\n  - intent: knowledge\n"
        "  - action: action_answer_from_knowledge\n"
    )
    loaded = project(config=CONFIG.replace("policies:", lines), domain=domain, stories=RULES + rule)
    assert [str(problem) for problem in loaded.problems] == []


CHINESE = "我想查一下订单什么时候能到北京"
ENGLISH = "where is the parcel that I ordered last week"


@pytest.mark.parametrize(
    ("language", "texts", "said"),
    [
        ("en", [CHINESE] * 20, "100% of the examples' letters are of scripts without spaces"),
        ("en", [CHINESE] * 5 + [ENGLISH] * 20, None),
        ("zh", [ENGLISH] * 20, "0% of the examples' letters are of its script"),
        ("zh", [CHINESE] * 20, None),
        ("zh", [CHINESE] * 6 + [ENGLISH] * 20, None),
        ("zh", [ENGLISH] * 2, None),
        ("de", [ENGLISH] * 20, None),
    ],
)
def test_a_language_that_the_examples_are_not_in_is_told(language, texts, said):
    listed = "".join(f"    - {text} {number}\n" for number, text in enumerate(texts))
    nlu = f"nlu:\n- intent: greet\n  examples: |\n{listed}"
    config = CONFIG.replace("language: zh", f"language: {language}")
    assert f"language: {language}" in config
    found = told(project(config=config, nlu=nlu), "config.other-language")
    assert [problem.severity for problem in found] == (["warning"] if said else [])
    assert all(said in problem.message for problem in found)


def test_stories_of_one_name_are_noted_once():
    rules = RULES + "- rule: greet\n  steps:\n  - intent: greet\n  - action: utter_greet\n" * 2
    assert "3 rules" in only(project(stories=rules), "story.duplicate-name").message


def test_a_category_that_is_not_listed_is_noted():
    domain = DOMAIN.replace(
        "slots:\n",
        "slots:\n  size:\n    type: categorical\n    values: [大, 小]\n    mappings:\n"
        "    - type: custom\n    initial_value: 中\n",
    )
    rules = RULES + "- rule: x\n  condition:\n  - slot_was_set:\n    - size: 特大\n"
    rules += "  - slot_was_set:\n    - size\n  steps:\n  - intent: greet\n"
    loaded = project(domain=domain, stories=rules)
    assert only(loaded, "story.unknown-category")
    assert only(loaded, "story.slot-without-value")
    assert only(loaded, "domain.initial-value-not-listed")


def test_a_syntax_error_does_not_make_names_seem_missing():
    loaded = project(domain=DOMAIN.replace("您好", "%您好"))
    assert [problem.code for problem in loaded.problems] == ["yaml.syntax"]
    assert loaded.project is None
    assert loaded.draft is not None


def test_parts_that_were_not_read_are_not_missed():
    loaded = project(domain="", parts={"config", "nlu"})
    assert not loaded.has_errors
    assert not told(loaded, "nlu.unknown-intent")


@pytest.mark.parametrize(
    "domain",
    [
        DOMAIN.replace("    type: text", "    type: unicorn"),
        DOMAIN.replace("from_entity", "from_nowhere"),
        DOMAIN.replace("  - text: 您好", "    text: 您好"),
        DOMAIN.replace("[greet, order]", "[{greet: }, order]"),
        DOMAIN + FORM.replace("required_slots: [number]", "required_slots: number"),
    ],
)
def test_a_wrong_declaration_does_not_make_its_name_seem_missing(domain):
    loaded = project(domain=domain)
    assert len(loaded.problems) == 1, loaded.problems
    assert loaded.project is None


def test_problems_of_mappings_variations_and_required_slots_stand_where_they_are():
    domain = (
        "intents: [greet, order]\nentities: [number]\n"
        "slots:\n  number:\n    type: text\n    mappings:\n"
        "    - type: from_entity\n      entity: number\n"
        "    - type: from_entity\n      entity: numbr\n"
        "forms:\n  f:\n    required_slots:\n    - number\n    - nmber\n"
        "responses:\n  utter_ask_number:\n  - text: a\n  - text: b {numbr}\n"
        "  utter_greet:\n  - text: c\n  utter_order:\n  - text: d\n"
    )
    loaded = project(domain=domain)
    assert only(loaded, "domain.mapping-unknown-entity").place.line == 9
    assert only(loaded, "domain.form-unknown-slot").place.line == 15
    assert only(loaded, "response.unknown-variable").place.line == 19


WITH_SENTIMENTS = CONFIG.replace(
    "- name: JiebaTokenizer", "- name: JiebaTokenizer\n- name: SentimentClassifier"
)


def sentiments(**examples):
    items = [f"- sentiment: {name}\n  examples: |\n" for name in examples]
    lines = ["".join(f"    - {text}\n" for text in texts) for texts in examples.values()]
    return NLU + "".join(item + text for item, text in zip(items, lines, strict=True))


def test_sound_sentiments_have_no_problems():
    nlu = sentiments(negative=["太差", "你好"], neutral=["查单"], positive=["谢谢"])
    assert project(nlu=nlu, config=WITH_SENTIMENTS).problems == ()


@pytest.mark.parametrize(
    ("negative", "positive", "code", "severity"),
    [
        (["太好了"], ["太好了"], "nlu.duplicate-in-sentiments", "warning"),
        (["太好了！"], ["太好了"], "nlu.near-duplicate", "note"),
        (["？！"], ["？！"], "nlu.duplicate-in-sentiments", "warning"),
    ],
)
def test_a_text_of_two_sentiments_is_told_with_both_places(negative, positive, code, severity):
    nlu = sentiments(negative=negative, positive=positive)
    problem = only(project(nlu=nlu, config=WITH_SENTIMENTS), code)
    assert problem.severity == severity
    assert problem.place.line == problem.related[0].line + 3


def test_a_sentiment_that_nobody_understands_is_noted_with_the_nearest():
    loaded = project(nlu=sentiments(negativ=["太差"], neutral=["查单"]), config=WITH_SENTIMENTS)
    problem = only(loaded, "nlu.unknown-sentiment")
    assert (problem.severity, problem.place.line) == ("note", 13)
    assert "'negative'" in problem.advice


def test_sentiments_that_nothing_learns_from_are_noted():
    nlu = sentiments(negative=["太差"], positive=["谢谢"])
    problem = only(project(nlu=nlu), "nlu.unused-sentiments")
    assert problem.severity == "note"
    assert "SentimentClassifier" in problem.advice
    assert project(nlu=nlu, parts=("domain", "nlu", "stories")).problems == ()


VERIFYING = """
rules:
- rule: sensitive
  steps:
  - intent: greet
  - action: action_verify_customer
  - active_loop: action_verify_customer
"""
PROOFS = ("verification", "verified_phone", "verified_until", "code_phone", "customer_phone")


def _domain_with(slots, kind="custom"):
    lines = [f"  {name}: {{type: text, mappings: [{{type: {kind}}}]}}" for name in slots]
    return "intents: [greet]\nslots:\n" + "\n".join(lines) + "\n"


def test_verifying_needs_the_slots_that_it_sets():
    loaded = project(domain=_domain_with(PROOFS[1:3]), stories=VERIFYING)
    (problem,) = told(loaded, "story.verification-without-slots")
    assert problem.severity == "error"
    assert "'verification', 'code_phone'" in problem.message
    assert not told(loaded, "story.unknown-form")
    assert not told(loaded, "story.unknown-action")
    assert not told(
        project(domain=_domain_with(PROOFS), stories=VERIFYING), "story.verification-without-slots"
    )


def test_what_is_proven_cannot_be_said():
    loaded = project(domain=_domain_with(PROOFS, "from_text"), stories=VERIFYING)
    assert len(told(loaded, "domain.proof-can-be-said")) == len(PROOFS)
    assert not told(
        project(domain=_domain_with(PROOFS), stories=VERIFYING), "domain.proof-can-be-said"
    )
    # Without the built-in action the names mean what the project wants.
    own = _domain_with(PROOFS, "from_text") + "actions: [action_verify_customer]\n"
    assert not told(project(domain=own, stories=VERIFYING), "domain.proof-can-be-said")
