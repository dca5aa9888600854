"""spaCy models on this machine, described from their files; spaCy itself is not imported."""

from __future__ import annotations

import configparser
import importlib.util
import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kefu.errors import ModelError
from kefu.nlu.providers.places import places_of

__all__ = ["BLANK", "SpacyModel", "find_spacy_model"]

BLANK = "blank:"
"""``blank:zh`` is a model of spaCy that only splits texts; nothing is downloaded for it."""

_RULERS = frozenset(("entity_ruler", "span_ruler"))
_FINDERS = frozenset(("ner", "beam_ner")) | _RULERS
_GRAMMAR = frozenset(
    ("tagger", "morphologizer", "lemmatizer", "trainable_lemmatizer", "attribute_ruler")
)
"""What rules for entities may refer to, and nothing else here."""
_UNREAD = frozenset(
    [
        "parser",
        "beam_parser",
        "senter",
        "sentencizer",
        "textcat",
        "textcat_multilabel",
        "spancat",
        "spancat_singlelabel",
        "span_finder",
    ]
)
"""What nothing here reads."""
_KNOWN = _FINDERS | _GRAMMAR | _UNREAD | {"tok2vec", "transformer", "curated_transformer"}


@dataclass(frozen=True, slots=True, kw_only=True)
class SpacyModel:
    """A model that can be loaded."""

    name: str
    """For ``spacy.load``: a package or an absolute folder; or ``blank:<language>``."""
    folder: Path | None = None
    """Where its files are; None for a blank one."""
    factories: Mapping[str, str] = field(default_factory=dict)
    """Name of each component -> what it is made by, in order."""
    labels: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Labels of components that have a fixed list of them."""

    @property
    def finds_entities(self) -> bool:
        """Whether a component marks entities; one of a kind nobody here knows might."""
        return any(made in _FINDERS or made not in _KNOWN for made in self.factories.values())

    @property
    def entity_labels(self) -> frozenset[str] | None:
        """Kinds of entities it can find; None where that cannot be told."""
        finders = [name for name, made in self.factories.items() if made in _FINDERS]
        is_strange = any(made not in _KNOWN for made in self.factories.values())
        if is_strange or any(name not in self.labels for name in finders):
            return None
        return frozenset(label for name in finders for label in self.labels[name])

    @property
    def unread(self) -> list[str]:
        """Components whose results nothing here reads; they need not be loaded."""
        made_by = set(self.factories.values())
        if made_by - _KNOWN:
            return []
        skipped = _UNREAD if made_by & _RULERS else _UNREAD | _GRAMMAR
        return [name for name, made in self.factories.items() if made in skipped]


def find_spacy_model(written: object, *, language: str, root: Path, known: str = "") -> SpacyModel:
    """Find a model by what the settings say; nothing: a blank one of the project's language.

    Args:
        written: A package, a folder or ``blank:<language>``.
        language: Of the project.
        root: Where relative folders start.
        known: Absolute path of the folder in training.

    Raises:
        ModelError: It is not on this machine; the text says what to install.
    """
    found = importlib.util.find_spec("spacy")
    if found is None or not found.submodule_search_locations:
        raise ModelError("spaCy is not installed (pip install 'kefu[spacy]')")
    name = str(written or "")
    if not name or name.startswith(BLANK):
        code = name.removeprefix(BLANK) if name else re.split("[-_]", language)[0]
        return _blank(code.strip().lower(), Path(found.submodule_search_locations[0]))
    if name.isidentifier() and not (root / name).is_dir():
        return _package(name)
    for place in places_of(name, root, known):
        if (place / "config.cfg").is_file():
            return _described(str(place.resolve()), place)
    place = root / name
    if place.is_dir():
        raise ModelError(f"{place.as_posix()} is no spaCy model: config.cfg is not there")
    raise ModelError(f"there is no spaCy model in {place.as_posix()}")


def _blank(code: str, spacy: Path) -> SpacyModel:
    if not code.isalpha() or not (spacy / "lang" / code).is_dir():
        raise ModelError(f"spaCy knows no language {code!r}; xx stands for any (model: blank:xx)")
    return SpacyModel(name=f"{BLANK}{code}")


def _package(name: str) -> SpacyModel:
    found = importlib.util.find_spec(name)
    if found is None or not found.submodule_search_locations:
        raise ModelError(
            f"the spaCy model {name} is not installed (python -m spacy download {name})"
        )
    folder = Path(found.submodule_search_locations[0])
    inner = [path.parent for path in sorted(folder.glob("*/config.cfg"))]
    if not inner:
        raise ModelError(f"the package {name} is no spaCy model: config.cfg is not there")
    return _described(name, inner[-1])


def _described(name: str, folder: Path) -> SpacyModel:
    try:
        labels = json.loads((folder / "meta.json").read_text("utf-8")).get("labels") or {}
        factories = dict(_factories(folder / "config.cfg"))
    except (OSError, ValueError, AttributeError, configparser.Error) as error:
        raise ModelError(f"the spaCy model in {folder.as_posix()} is damaged: {error}") from error
    listed = {part: tuple(map(str, names)) for part, names in labels.items()}
    return SpacyModel(name=name, folder=folder, factories=factories, labels=listed)


def _factories(path: Path) -> Iterator[tuple[str, str]]:
    config = configparser.ConfigParser(interpolation=None)
    config.read_string(path.read_text("utf-8"))
    names = json.loads(config.get("nlp", "pipeline"))
    disabled = json.loads(config.get("nlp", "disabled", fallback="[]"))
    for name in names:
        if name not in disabled:
            yield name, json.loads(config.get(f"components.{name}", "factory", fallback='""'))
