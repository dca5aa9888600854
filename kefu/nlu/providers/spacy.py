"""spaCy's view of a text, for projects that name it; needs the extra ``spacy``."""

from __future__ import annotations

import re
import threading
import weakref
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np

from kefu.core.parts import JsonValue, Parts
from kefu.errors import ModelError, ProjectError
from kefu.nlu.component import Component, Lesson, Surroundings
from kefu.nlu.featurizers.space import Floats
from kefu.nlu.message import Message
from kefu.nlu.providers.spacy_models import BLANK, SpacyModel, find_spacy_model
from kefu.nlu.segmentation import chinese_words
from kefu.nlu.stored import stored_json
from kefu.nlu.text import without_surrogates
from kefu.nlu.tokens import Token
from kefu.project.settings import ComponentConfig

__all__ = ["ANALYSIS", "Analyser", "Analysis", "SpacyNLP"]

ANALYSIS = "spacy"
"""Where the analysis is kept in ``Message.extra``, and the analyser in ``Lesson.shared``."""
LONGEST_RUN = 100
"""Longer runs without white space are cut: spaCy takes the square of the time for twice the signs,
a minute for 16,000 emoji."""
LONGEST = 4000
"""Behind so many characters a text is only split into words, which takes no time to speak of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Analysis:
    """What spaCy says about a text; none of spaCy's own objects, so that it may forget the text."""

    words: list[Token]
    """White space is left out."""
    entities: list[tuple[str, int, int]]
    """(kind, start, end)"""
    mean: Floats | None
    """Mean of the vectors of words that have one; None where the model has no vectors."""
    highest: Floats | None
    """The highest value of each column of these vectors."""


class Analyser:
    """A loaded model; one thread at a time uses it.

    Args:
        language: spaCy's object.
        title: What the model is called, with its version.
    """

    def __init__(self, language: Any, *, title: str) -> None:
        self.title = title
        self._language = language
        self._lock = threading.Lock()
        self._cuts_runs = hasattr(language.tokenizer, "infix_finditer")
        self._has_table = language.vocab.vectors.size > 0
        self.width = self._vector_width()

    def analyse(self, text: str) -> Analysis:
        """Return words, entities and vectors, with offsets that index ``text``."""
        text = without_surrogates(text)
        with self._lock, self._language.memory_zone():
            doc = self._language(self._split(text[:LONGEST]))
            words = list(_words(doc, 0))
            if len(text) > LONGEST:
                words += _words(self._split(text[LONGEST:]), LONGEST)
            entities = [(ent.label_, ent.start_char, ent.end_char) for ent in doc.ents]
            vectors = self._vectors(doc)
        vectors = vectors[vectors.any(axis=1)] if self.width else vectors
        mean = highest = None
        if self.width:
            some = len(vectors) > 0
            mean = vectors.mean(axis=0) if some else np.zeros(self.width, np.float32)
            highest = vectors.max(axis=0) if some else np.zeros(self.width, np.float32)
        return Analysis(words=words, entities=entities, mean=mean, highest=highest)

    def _split(self, text: str) -> Any:
        """Return spaCy's document of a text, with its words alone."""
        pieces = list(_pieces(text)) if self._cuts_runs else [text]
        docs = [self._language.make_doc(piece) for piece in pieces]
        return docs[0] if len(docs) == 1 else type(docs[0]).from_docs(docs, ensure_whitespace=False)

    def _vectors(self, doc: Any) -> Floats:
        if not self.width or not len(doc):
            return np.zeros((0, self.width), np.float32)
        if self._has_table:
            return np.stack([word.vector for word in doc]).astype(np.float32)
        return np.asarray(doc.tensor, np.float32)

    def _vector_width(self) -> int:
        if self._has_table:
            return int(self._language.vocab.vectors_length)
        tensor = self._language("a b").tensor
        return int(tensor.shape[1]) if getattr(tensor, "ndim", 0) == 2 else 0


class SpacyNLP(Component):
    """Analyses a text once for all components that read it."""

    def __init__(self, analyser: Analyser, *, folder: str = "") -> None:
        self._analyser = analyser
        self._folder = folder

    @classmethod
    def train(cls, config: ComponentConfig, lesson: Lesson) -> Self:
        """Load the model named in the settings, or a blank one of the project's language."""
        language = lesson.surroundings.language
        try:
            model = find_spacy_model(
                config.settings.get("model"), language=language, root=lesson.root
            )
            analyser = _loaded(model)
        except ModelError as error:
            raise ProjectError(f"{config.place}: {config.name}: {error}") from error
        lesson.shared[ANALYSIS] = analyser
        lesson.summary.append(f"{config.name}: {analyser.title}")
        is_local = model.folder is not None and Path(model.name).is_absolute()
        return cls(analyser, folder=model.name if is_local else "")

    @classmethod
    def load(cls, config: ComponentConfig, parts: Parts, surroundings: Surroundings) -> Self:
        """Load the same model again."""
        saved = stored_json(parts, "model")
        try:
            model = find_spacy_model(
                config.settings.get("model"),
                language=surroundings.language,
                root=Path(),
                known=saved["folder"],
            )
            analyser = _loaded(model)
        except ModelError as error:
            raise ModelError(
                f"it was trained with spaCy, which is missing here: {error}"
            ) from error
        _check_same(saved, analyser)
        return cls(analyser, folder=saved["folder"])

    def save(self) -> Parts:
        """Keep which model it was."""
        return {"model": {"folder": self._folder} | _identity(self._analyser)}

    def process(self, message: Message) -> None:
        """Keep the analysis in the message."""
        message.extra[ANALYSIS] = self._analyser.analyse(message.text)


def _identity(analyser: Analyser) -> dict[str, JsonValue]:
    return {"title": analyser.title, "width": analyser.width}


def _check_same(saved: JsonValue, analyser: Analyser) -> None:
    here = _identity(analyser)
    if any(saved[key] != value for key, value in here.items()):
        raise ModelError(
            f"it was trained with the spaCy model {saved['title']} (vectors of {saved['width']}), "
            f"and here is {here['title']} (vectors of {here['width']})"
        )


def _pieces(text: str) -> Iterator[str]:
    """Yield a text as it is, or cut where runs without white space are too long."""
    start = 0
    for run in _RUN.finditer(text):
        for cut in range(run.start() + LONGEST_RUN, run.end(), LONGEST_RUN):
            yield text[start:cut]
            start = cut
    yield text[start:]


_RUN = re.compile(rf"\S{{{LONGEST_RUN + 1},}}")


def _words(doc: Any, offset: int) -> Iterator[Token]:
    for word in doc:
        if word.text.strip():
            start = offset + word.idx
            yield Token(word.text, start, start + len(word.text))


_in_use: weakref.WeakValueDictionary[tuple[str, float], Analyser] = weakref.WeakValueDictionary()
_in_use_lock = threading.Lock()


def _loaded(model: SpacyModel) -> Analyser:
    """Load a model, or take the one that is in use: some are hundreds of megabytes."""
    stamp = (model.folder / "meta.json").stat().st_mtime if model.folder else 0.0
    with _in_use_lock:
        analyser = _in_use.get((model.name, stamp))
        if analyser is None:
            analyser = _in_use[model.name, stamp] = _analyser(model)
        return analyser


def _analyser(model: SpacyModel) -> Analyser:
    import spacy

    try:
        if not model.name.startswith(BLANK):
            language = spacy.load(model.name, exclude=model.unread)
            meta = language.meta
            title = f"{meta['lang']}_{meta.get('name') or 'model'} {meta.get('version', '')}"
            return Analyser(language, title=title.strip())
        language = spacy.blank(model.name.removeprefix(BLANK))
    except (ImportError, OSError, ValueError, KeyError, TypeError) as error:
        reason = str(error).strip().partition("\n")[0]
        raise ModelError(f"the spaCy model {model.name} cannot be loaded: {reason}") from error
    if language.lang == "zh":
        language.tokenizer = _ChineseWords(language.vocab)
    return Analyser(language, title=model.name)


class _ChineseWords:
    """The words that JiebaTokenizer gives; a blank model has characters instead."""

    def __init__(self, vocab: Any) -> None:
        self._vocab = vocab

    def __call__(self, text: str) -> Any:
        from spacy.tokens import Doc
        from spacy.util import get_words_and_spaces

        words = [word for word, _, _ in chinese_words(text)]
        return Doc(self._vocab, *get_words_and_spaces(words, text))
