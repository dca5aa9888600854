"""What each training step reads, as fingerprints: a step is repeated when its own changed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import kefu
from kefu.core.domain import Domain
from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.model.metadata import FORMAT_VERSION
from kefu.project.named_files import named_contents
from kefu.project.nlu_data import NluData
from kefu.project.project import Project
from kefu.project.settings import ModelConfig
from kefu.project.story_data import StoryData
from kefu.training.fingerprint import fingerprint

__all__ = ["core_fingerprint", "knowledge_fingerprint", "model_fingerprint", "nlu_fingerprint"]


def nlu_fingerprint(
    config: ModelConfig, data: NluData, domain: Domain, options: Mapping[str, Any], *, root: Path
) -> str:
    """Fingerprint of what the pipeline is trained from.

    Of the domain only the answers to retrieval intents count, and the entities.
    """
    answers = {
        name: variations
        for name, variations in domain.responses.items()
        if RETRIEVAL_DELIMITER in name
    }
    return fingerprint(
        "nlu",
        _code_fingerprint("core", "nlu"),
        (config.language, config.pipeline, config.has_pipeline),
        tuple(named_contents(config.pipeline, root)),
        data,
        domain.entities,
        answers,
        options,
    )


def knowledge_fingerprint(project: Project) -> str:
    """Fingerprint of what the search in articles is trained from."""
    from kefu.knowledge.training import read_of  # noqa: PLC0415 - few projects have articles

    return fingerprint(
        "knowledge",
        _code_fingerprint("core", "nlu", "knowledge"),
        read_of(project.articles, project.nlu, project.stories.rules, project.domain),
    )


def core_fingerprint(
    config: ModelConfig, stories: StoryData, domain: Domain, options: Mapping[str, Any]
) -> str:
    """Fingerprint of what the policies are trained from: not the wording of responses."""
    shape = {key: value for key, value in domain.data.items() if key != "session_config"}
    shape["responses"] = sorted(domain.responses)
    return fingerprint(
        "core",
        _code_fingerprint("core", "policies"),
        (config.policies, config.has_policies),
        stories,
        shape,
        options,
    )


def model_fingerprint(*steps: str, config: ModelConfig, domain: Domain) -> str:
    """Fingerprint of a whole model."""
    settings = (config.language, config.assistant_id)
    return fingerprint("model", FORMAT_VERSION, kefu.__version__, steps, settings, domain.data)


@cache
def _code_fingerprint(*packages: str) -> str:
    """Fingerprint of code that trains, so that a changed learner learns again."""
    digest = hashlib.sha256()
    root = Path(kefu.__file__).parent
    for package in packages:
        for path in sorted(root.joinpath(package).rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode())
            digest.update(path.read_bytes())
    return digest.hexdigest()
