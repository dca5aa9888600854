"""Checks config.yml against the rest of the project."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from kefu.core.names import ACTION_ANSWER_FROM_KNOWLEDGE, DEFAULT_INTENTS, INTENT_KNOWLEDGE
from kefu.project.problems import Report
from kefu.project.project import Project

__all__ = ["check_config"]

_UNSPACED: Final = frozenset(("zh", "ja", "th", "lo", "km"))
_UNSPACED_LETTERS: Final = re.compile("[\u0e00-\u0eff\u1780-\u17ff\u3040-\u30ff\u3400-\u9fff]")
_LETTERS: Final = re.compile(r"[^\W\d_]")
READ: Final = 2000
"""So many examples, evenly taken, tell which language they are in."""
FEWEST_LETTERS: Final = 200
MOSTLY: Final = 0.5
HARDLY: Final = 0.05


def check_config(project: Project, report: Report) -> None:
    """Report what the configuration lacks for this project's data."""
    config, place = project.config, project.places.config
    names = {policy.name.rpartition(".")[2] for policy in config.policies}
    if config.has_policies and "RulePolicy" not in names and project.domain.forms:
        report.error(
            "config.forms-without-rule-policy",
            place,
            f"the domain has forms ({', '.join(list(project.domain.forms)[:3])}), "
            "but the policies lack RulePolicy, which runs them",
            "add '- name: RulePolicy' to 'policies'",
        )
    _check_language(project, report)
    _check_knowledge(project, report)
    _check_questions(project, report)
    tokenizers = [item for item in config.pipeline if item.name.endswith("Tokenizer")]
    for extra in tokenizers[1:]:
        report.error(
            "config.two-tokenizers",
            extra.place,
            f"{extra.name} is the second tokenizer of the pipeline, after {tokenizers[0].name}",
            "keep one of the two",
            tokenizers[0].place,
        )
    for component in config.pipeline:
        if component.name == "WhitespaceTokenizer" and config.language[:2].lower() in _UNSPACED:
            report.note(
                "config.tokenizer-for-spaces",
                component.place,
                f"WhitespaceTokenizer with language {config.language}: text without spaces is "
                "divided into words all the same",
                "JiebaTokenizer says what is meant",
            )


def _check_knowledge(project: Project, report: Report) -> None:
    """Report what keeps articles from answering."""
    names = [component.name for component in project.config.pipeline]
    if _SELECTOR not in names:
        return
    at = names.index(_SELECTOR)
    place = project.config.pipeline[at].place
    if "FallbackClassifier" in names[at:]:
        report.warning(
            "config.knowledge-too-early",
            place,
            f"{_SELECTOR} stands before FallbackClassifier, so it does not see nlu_fallback",
            "move it behind FallbackClassifier",
        )
    if project.domain.data and INTENT_KNOWLEDGE not in project.domain.intents:
        report.warning(
            "config.no-knowledge-intent",
            place,
            f"{_SELECTOR} gives messages the intent {INTENT_KNOWLEDGE!r}, which the domain lacks",
            f"declare it, and answer it by a rule: {ACTION_ANSWER_FROM_KNOWLEDGE}",
        )


def _check_questions(project: Project, report: Report) -> None:
    """Report intents of the splitter that there are none of: a slip of the pen is silent."""
    for component in project.config.pipeline:
        if component.name != _SPLITTER or not project.domain.data:
            continue
        for key in ("answered_intents", "ignored_intents"):
            named = component.settings.get(key)
            for name in named if isinstance(named, list) else ():
                if name not in (*project.domain.intents, *DEFAULT_INTENTS):
                    report.warning(
                        "config.questions-unknown-intent",
                        component.place,
                        f"{_SPLITTER}: {key} names the intent {name!r}, which the domain lacks",
                        "declare it, or write it as the domain does",
                    )


_SELECTOR: Final = "KnowledgeSelector"
_SPLITTER: Final = "QuestionSplitter"


def _check_language(project: Project, report: Report) -> None:
    """Compare the language with the script of the examples."""
    language, examples = project.config.language, project.nlu.examples
    step = max(1, len(examples) // READ)
    letters, unspaced = _counted(example.text for example in examples[::step])
    if letters < FEWEST_LETTERS:
        return
    share = unspaced / letters
    is_unspaced = language[:2].lower() in _UNSPACED
    if is_unspaced and share < HARDLY:
        message = (
            f"language is {language}, but {share:.0%} of the examples' letters are of its script"
        )
        advice = "write the language of the examples, such as language: en"
    elif not is_unspaced and share > MOSTLY:
        message = (
            f"language is {language}, but {share:.0%} of the examples' letters are of scripts "
            "without spaces, such as Chinese"
        )
        advice = "write the language of the examples, such as language: zh"
    else:
        return
    report.warning(
        "config.other-language",
        project.places.config,
        message,
        f"{advice}; it decides what is known of words besides the examples",
    )


def _counted(texts: Iterable[str]) -> tuple[int, int]:
    """Return how many letters there are, and how many of scripts without spaces."""
    letters = unspaced = 0
    for text in texts:
        letters += len(_LETTERS.findall(text))
        if not text.isascii():
            unspaced += len(_UNSPACED_LETTERS.findall(text))
    return letters, unspaced
