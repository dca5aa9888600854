"""Faulty projects and NLU files: what Kefu says of them, compared with what Rasa said.

A faulty project has four parts: the exit statuses of ``data validate``, of
``data validate --fail-on-warnings`` and of ``train``, and what the messages name.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import yaml

from kefu.errors import KefuError
from kefu.project.files import shown
from kefu.project.load import load_project
from kefu.project.nlu_data import EntityAnnotation, Example
from kefu.project.nlu_file import NluCollector
from kefu.project.problems import Problem, Report
from kefu.project.project import LoadedProject
from kefu.project.yaml import read
from kefu.training.train import TrainingOptions, train
from kefu.training.validation import find_problems
from tests.conformance.compare import LEVELS, Difference, PartResult, differences
from tests.conformance.runner import HERE, CaseResult, meant_differences

INVALID = HERE / "cases-invalid"
NLU_FORMAT = HERE / "nlu-format"


def invalid_folders() -> list[Path]:
    """Return the folders of all faulty projects."""
    return sorted(case.parent for case in INVALID.glob("*/expected_error.json"))


def nlu_files() -> list[Path]:
    """Return all NLU files."""
    return sorted(NLU_FORMAT.glob("*.yml"))


def reading_results(scratch: Path) -> Iterator[CaseResult]:
    """Run all faulty projects and NLU files."""
    for folder in invalid_folders():
        yield run_invalid(folder, scratch / folder.name)
    for file in nlu_files():
        yield run_nlu_file(file)


def run_invalid(folder: Path, scratch: Path) -> CaseResult:
    """Validate and train a copy of a faulty project."""
    project = scratch / "project"
    shutil.copytree(folder, project)
    expected = json.loads((folder / "expected_error.json").read_text("utf-8"))
    case = yaml.safe_load((folder / "case.yml").read_text("utf-8"))
    loaded = load_project(project)
    problems = find_problems(loaded)
    trained, message = _train(loaded, problems, scratch / "models")
    failing = {problem.severity for problem in problems}
    statuses = {
        "validate": ("error" in failing, expected["validate"]["exit_status"] != 0),
        "fail-on-warnings": (
            bool(failing & {"error", "warning"}),
            expected["validate_fail_on_warnings"]["exit_status"] != 0,
        ),
        "train": (not trained, not expected["train"]["model_written"]),
    }
    parts = [
        _part(name, [] if got == wanted else [("fails", wanted, got)])
        for name, (got, wanted) in statuses.items()
    ]
    parts.append(_part("messages", list(_not_named(case, problems, message, project))))
    name = f"cases-invalid/{folder.name}"
    return CaseResult(name, parts, meant_differences().get(name, {}))


def _train(loaded: LoadedProject, problems: Sequence[Problem], out: Path) -> tuple[bool, str]:
    if loaded.project is None or any(problem.severity == "error" for problem in problems):
        return False, ""
    try:
        result = train(loaded.project, TrainingOptions(out=out, cache_folder=None))
    except KefuError as error:
        return False, str(error)
    return result.path is not None and result.path.exists(), ""


def _not_named(
    case: dict[str, Any], problems: Sequence[Problem], message: str, project: Path
) -> Iterator[Difference]:
    said = "\n".join([*map(str, problems), message])
    for keyword in case["keywords"]:
        if str(keyword) not in said:
            yield ("keyword", keyword, said)
    if not case["keywords"]:
        return
    places = [place for problem in problems for place in (problem.place, *problem.related)]
    files = {place.file for place in places}
    file = shown(project / case["file"])
    if case["file"] and not any(file == name or file.startswith(f"{name}/") for name in files):
        yield ("file", file, sorted(files))


def run_nlu_file(file: Path) -> CaseResult:
    """Read one NLU file and compare what was understood."""
    expected = json.loads(file.with_suffix(".expected.json").read_text("utf-8"))
    report = Report()
    collector = NluCollector(report)
    document = read(file, file.name, report)
    if document is not None:
        collector.add(document)
    failed = report.has_errors
    if "error" in expected or failed:
        found = [] if failed == ("error" in expected) else [("fails", not failed, failed)]
        parts = [_part("error", found)]
    else:
        parts = list(_compare_data(expected, collector))
        odd = [str(problem) for problem in report.sorted()]
        silent = bool(expected["warnings"]) and not odd
        parts.append(_part("warnings", [("warnings", expected["warnings"], odd)] if silent else []))
    name = f"nlu-format/{file.stem}"
    return CaseResult(name, parts, meant_differences().get(name, {}))


def _compare_data(expected: dict[str, Any], collector: NluCollector) -> Iterator[PartResult]:
    data = collector.data()
    wanted = [_with_text_values(example) for example in expected["examples"]]
    yield _part("examples", list(differences(wanted, [_shown(e) for e in data.examples])))
    synonyms = {variant: str(value) for variant, value in expected["entity_synonyms"].items()}
    yield _part("synonyms", list(differences(synonyms, dict(data.synonyms))))
    regexes = sorted((regex["name"], regex["pattern"]) for regex in expected["regex_features"])
    yield _part("regexes", list(differences(regexes, sorted(data.regexes))))
    lookups = {table["name"]: table["elements"] for table in expected["lookup_tables"]}
    got = {name: list(words) for name, words in data.lookups.items()}
    yield _part("lookups", list(differences(lookups, got)))
    responses = {name: list(variations) for name, variations in data.responses.items()}
    yield _part("responses", list(differences(expected["responses"], responses)))


def _shown(example: Example) -> dict[str, Any]:
    shown: dict[str, Any] = {"text": example.text, "intent": example.intent}
    if example.response_key:
        shown["intent_response_key"] = example.full_intent
    if example.entities:
        shown["entities"] = [_shown_entity(entity) for entity in example.entities]
    if example.metadata:
        shown["metadata"] = dict(example.metadata)
    return shown


def _shown_entity(entity: EntityAnnotation) -> dict[str, Any]:
    given = {
        "start": entity.start,
        "end": entity.end,
        "value": entity.value,
        "entity": entity.entity,
        "role": entity.role,
        "group": entity.group,
    }
    return {key: value for key, value in given.items() if value is not None}


def _with_text_values(example: dict[str, Any]) -> dict[str, Any]:
    """Rasa keeps a number as the value of an annotation, and turns it into text when it learns."""
    entities = [{**entity, "value": str(entity["value"])} for entity in example.get("entities", [])]
    return {**example, "entities": entities} if entities else example


def _part(name: str, found: list[Difference]) -> PartResult:
    return PartResult(name, {level: list(found) for level in LEVELS})
