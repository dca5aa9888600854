"""Loading a model: from an archive to what understands and decides."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from kefu import __version__
from kefu.clock import Clock, SystemClock
from kefu.core.domain import Domain
from kefu.core.parts import Parts, under
from kefu.errors import ModelError
from kefu.knowledge.source import ArticleSource
from kefu.logs import fields
from kefu.model.archive import read_archive
from kefu.model.location import find_model
from kefu.model.metadata import ModelMetadata
from kefu.nlu.component import Surroundings
from kefu.nlu.interpreter import Interpreter, load_interpreter
from kefu.nlu.pipeline import Pipeline
from kefu.policies.ensemble import Ensemble, load_ensemble

__all__ = ["Model", "build_model", "load_model"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A trained model, ready for use."""

    path: Path
    metadata: ModelMetadata
    domain: Domain
    interpreter: Interpreter
    """Understands messages; knows only messages like ``/greet`` when no NLU was trained."""
    ensemble: Ensemble
    """Decides what to do next; only ever listens when no policies were trained."""
    knowledge: ArticleSource | None = None
    """Answers from the project's articles; None: it has none."""


def load_model(path: Path, *, clock: Clock | None = None) -> Model:
    """Load the model at ``path``, or the newest one in that folder.

    Nothing of the archive is written to disk or run.

    Raises:
        ModelError: There is no model, or it is damaged, foreign or of a newer version.
    """
    archive = find_model(path)
    metadata, parts = read_archive(archive)
    if metadata.kefu_version != __version__:
        log.warning(
            "the model was trained by another version of Kefu; training takes seconds",
            extra=fields(model=str(archive), trained_by=metadata.kefu_version, this=__version__),
        )
    try:
        return build_model(archive, metadata, parts, clock=clock)
    except ModelError as error:
        raise ModelError(f"{archive}: cannot load this model: {error} — train it again") from error
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ModelError(
            f"{archive}: cannot load this model: its content does not fit this version of Kefu"
            f" ({type(error).__name__}: {error}) — train the model again"
        ) from error


def build_model(
    path: Path,
    metadata: ModelMetadata,
    parts: Parts,
    *,
    clock: Clock | None = None,
    pipeline: Pipeline | None = None,
) -> Model:
    """Build a model from the content of an archive, whether that is on disk or not.

    Args:
        path: Where the archive is, or will be.
        metadata: What it says of itself.
        parts: The content.
        clock: The time for articles and entities.
        pipeline: The trained pipeline, where it need not be built from ``parts``.
    """
    domain = Domain.from_dict(cast("dict[str, Any]", parts["domain"]))
    articles = under("knowledge", parts)
    knowledge = ArticleSource(articles, clock) if articles else None
    if pipeline is None:
        interpreter = load_interpreter(
            under("nlu", parts), domain=domain, clock=clock, knowledge=knowledge
        )
    else:
        surroundings = Surroundings(
            language=metadata.language, clock=clock or SystemClock(), knowledge=knowledge
        )
        interpreter = Interpreter(pipeline.within(surroundings), domain=domain)
    return Model(
        path=path,
        metadata=metadata,
        domain=domain,
        interpreter=interpreter,
        ensemble=load_ensemble(under("policies", parts), domain),
        knowledge=knowledge,
    )
