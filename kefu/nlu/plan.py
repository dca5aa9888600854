"""From the pipeline as configured to the steps that will run, with everything that is odd."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from kefu.nlu.outside import spacy_entity_problems, why_no_language_model, why_no_spacy_model
from kefu.nlu.registry import COMPONENTS, ComponentEntry, replacement_for
from kefu.project.problems import Problem
from kefu.project.settings import ComponentConfig, ModelConfig

__all__ = ["Plan", "Step", "default_pipeline", "plan_pipeline"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A component to build. ``config.name`` is a name of the registry."""

    config: ComponentConfig
    entry: ComponentEntry
    is_implied: bool = False
    """Nobody wrote it down; it gives way to whatever does the same."""


@dataclass(slots=True, kw_only=True)
class Plan:
    """What a configured pipeline comes to."""

    language: str = "en"
    root: Path = field(default_factory=Path)
    """The project's folder; relative paths in settings start here."""
    named: frozenset[str] = frozenset()
    """All names in the configuration."""
    steps: list[Step] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was replaced by what, for the trainer's eyes."""
    problems: list[Problem] = field(default_factory=list)


def default_pipeline(language: str) -> tuple[ComponentConfig, ...]:
    """Return the pipeline of a project that leaves the choice to us."""
    tokenizer = "JiebaTokenizer" if language.lower().startswith("zh") else "WhitespaceTokenizer"
    names = [
        tokenizer,
        "RegexFeaturizer",
        "LexicalSyntacticFeaturizer",
        "CountVectorsFeaturizer",
        "DIETClassifier",
        "EntitySynonymMapper",
        "ResponseSelector",
    ]
    fallback = ComponentConfig(
        name="FallbackClassifier", settings={"threshold": 0.3, "ambiguity_threshold": 0.1}
    )
    return (*(ComponentConfig(name=name) for name in names), fallback)


def plan_pipeline(
    config: ModelConfig, *, allow_missing_components: bool = False, root: Path | None = None
) -> Plan:
    """Resolve every component of a pipeline.

    Problems of severity error mean that the pipeline cannot be trained as it is; with
    ``allow_missing_components`` what is missing is replaced and reported as a warning.
    """
    plan = Plan(language=config.language, root=root or Path())
    pipeline = config.pipeline if config.has_pipeline else default_pipeline(config.language)
    plan.named = frozenset(_known_name(component.name) for component in pipeline)
    for component in pipeline:
        _add(plan, component, allow_missing=allow_missing_components)
    _add_embeddings(plan)
    return plan


def _add_embeddings(plan: Plan) -> None:
    """Let English be understood by more than its letters, unless a pipeline says otherwise."""
    readers = [number for number, step in enumerate(plan.steps) if step.entry.needs_vectors]
    is_wanted = plan.language.lower().startswith("en") and bool(readers)
    if is_wanted and _EMBEDDINGS not in plan.named:
        config = ComponentConfig(name=_EMBEDDINGS)
        step = Step(config=config, entry=COMPONENTS[_EMBEDDINGS], is_implied=True)
        plan.steps.insert(readers[0], step)


def _add(plan: Plan, config: ComponentConfig, *, allow_missing: bool) -> None:
    name = _known_name(config.name)
    entry = COMPONENTS.get(name)
    if entry is None:
        _add_unknown(plan, config, allow_missing=allow_missing)
        return
    reason = entry.missing or _why_not_here(plan, name, config)
    if reason:
        _add_replacement(plan, config, reason, entry.replacement, allow_missing=allow_missing)
        return
    plan.problems += _odd_settings(config, entry)
    if _is_too_late(plan, config, entry):
        return
    if name == "SpacyEntityExtractor":
        plan.problems += spacy_entity_problems(
            config, _spacy_settings(plan), plan.language, plan.root
        )
    if entry.stands_in:
        plan.notes.append(f"{config.name} → {entry.stands_in}")
    plan.steps.append(Step(config=replace(config, name=name), entry=entry))


def _known_name(name: str) -> str:
    if name.startswith("rasa."):
        return name.rpartition(".")[2]
    return _FORMER_NAMES.get(name, name)


_EMBEDDINGS = "StaticEmbeddingFeaturizer"
_FORMER_NAMES = {
    "DucklingHTTPExtractor": "DucklingEntityExtractor",
    "EmbeddingIntentClassifier": "DIETClassifier",
}


def _why_not_here(plan: Plan, name: str, config: ComponentConfig) -> str:
    """Return why a component that needs a model from outside cannot be had; empty: it can."""
    if name == "LanguageModelFeaturizer":
        return why_no_language_model(config.settings, plan.root)
    if name == "SpacyNLP":
        return why_no_spacy_model(config.settings, plan.language, plan.root)
    if not name.startswith("Spacy") or _spacy_settings(plan) is not None:
        return ""
    return "it needs SpacyNLP before it"


def _spacy_settings(plan: Plan) -> Mapping[str, Any] | None:
    steps = [step for step in plan.steps if step.config.name == "SpacyNLP"]
    return steps[-1].config.settings if steps else None


def _is_too_late(plan: Plan, config: ComponentConfig, entry: ComponentEntry) -> bool:
    """Whether a featurizer stands where nothing reads it any more; report and leave out if so."""
    first = next((step.config.name for step in plan.steps if step.entry.needs_vectors), None)
    if entry.role != "featurizer" or not entry.target or first is None:
        return False
    plan.problems.append(
        Problem(
            place=config.place,
            severity="warning",
            code="config.featurizer-too-late",
            message=f"{config.name} stands behind {first}, so its features are not used",
            advice=f"move it up before {first}",
        )
    )
    return True


def _add_unknown(plan: Plan, config: ComponentConfig, *, allow_missing: bool) -> None:
    if "." in config.name:
        reason = "components of other people's code, written for Rasa, do not run here"
        _add_replacement(
            plan, config, reason, replacement_for(config.name), allow_missing=allow_missing
        )
        return
    near = difflib.get_close_matches(config.name, COMPONENTS, 1)
    plan.problems.append(
        Problem(
            place=config.place,
            severity="error",
            code="config.unknown-component",
            message=f"there is no component {config.name!r}",
            advice=f"did you mean {near[0]}?" if near else "see docs/reference/components.md",
        )
    )


def _add_replacement(
    plan: Plan,
    config: ComponentConfig,
    reason: str,
    replacement: str | None,
    *,
    allow_missing: bool,
) -> None:
    if _is_covered(plan, replacement):
        replacement = None
    instead = f"{replacement} takes its place" if replacement else "the pipeline works without it"
    advice = f"with --allow-missing-components {instead}"
    plan.problems.append(
        Problem(
            place=config.place,
            severity="warning" if allow_missing else "error",
            code="config.missing-component",
            message=f"{config.name} cannot be used: {reason}",
            advice=instead if allow_missing else advice,
        )
    )
    if not allow_missing:
        return
    plan.notes.append(f"{config.name} → {replacement or 'left out'}")
    if replacement:
        substitute = ComponentConfig(name=replacement, place=config.place)
        plan.steps.append(Step(config=substitute, entry=COMPONENTS[replacement]))


def _is_covered(plan: Plan, replacement: str | None) -> bool:
    """Whether another component of the pipeline does what a replacement would do."""
    present = plan.named | {step.config.name for step in plan.steps}
    if replacement in _TOKENIZERS:
        return bool(present & {"WhitespaceTokenizer", "JiebaTokenizer"})
    if replacement == "CRFEntityExtractor":
        return bool(present & {"CRFEntityExtractor", "DIETClassifier"})
    return replacement in present


_TOKENIZERS = {name for name, entry in COMPONENTS.items() if entry.role == "tokenizer"}


def _odd_settings(config: ComponentConfig, entry: ComponentEntry) -> Iterator[Problem]:
    known = entry.settings | entry.ignored
    for key in config.settings:
        if key in known:
            continue
        near = difflib.get_close_matches(key, known, 1)
        yield Problem(
            place=config.place,
            severity="warning",
            code="config.unknown-setting",
            message=f"{config.name} has no setting {key!r}; it is ignored",
            advice=f"did you mean {near[0]}?" if near else "remove it",
        )
