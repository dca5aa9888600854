"""Checks config.yml against the rest of the project."""

from __future__ import annotations

from typing import Final

from kefu.project.problems import Report
from kefu.project.project import Project

__all__ = ["check_config"]

_UNSPACED: Final = frozenset(("zh", "ja", "th", "lo", "km"))


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
