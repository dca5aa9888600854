"""Reads NLU training data: intents with examples, synonyms, regular expressions, lookup tables."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from kefu.core.names import RETRIEVAL_DELIMITER
from kefu.project.annotations import AnnotatedText, AnnotationError, read_annotations
from kefu.project.nlu_data import Example, NluData, SentimentExample
from kefu.project.problems import Place, Report, suggestion
from kefu.project.responses import read_responses
from kefu.project.sections import accepts_version
from kefu.project.shape import Shape
from kefu.project.yaml import Document, Mark, YamlList, YamlMap, plain

__all__ = ["NluCollector"]

_STRIPPED: Final = "\n\r "
ITEM_KEYS: Final[dict[str, tuple[str, ...]]] = {
    "intent": ("intent", "examples", "metadata"),
    "synonym": ("synonym", "examples"),
    "regex": ("regex", "examples"),
    "lookup": ("lookup", "examples"),
    "sentiment": ("sentiment", "examples"),
    "unlabeled": ("unlabeled", "examples"),
}


@dataclass(slots=True)
class NluCollector:
    """Gathers the NLU data of all files of a project, in the order in which they are given."""

    report: Report
    uses_regexes: bool = False
    """Whether the pipeline reads regular expressions, so that each must compile."""
    examples: list[Example] = field(default_factory=list)
    synonyms: dict[str, str] = field(default_factory=dict)
    regexes: list[tuple[str, str]] = field(default_factory=list)
    lookups: dict[str, list[str]] = field(default_factory=dict)
    sentiments: list[SentimentExample] = field(default_factory=list)
    unlabeled: dict[str, None] = field(default_factory=dict)
    responses: dict[str, Any] = field(default_factory=dict)
    response_places: dict[str, Place] = field(default_factory=dict)
    parts: dict[tuple[str, str], tuple[Place, ...]] = field(default_factory=dict)
    """Where the variations of each response stand."""
    intent_places: dict[str, Place] = field(default_factory=dict)
    """Where each intent, named as written, has its first examples."""
    lookup_places: dict[str, Place] = field(default_factory=dict)
    regex_places: dict[str, Place] = field(default_factory=dict)
    synonym_places: dict[str, Place] = field(default_factory=dict)
    sentiment_places: dict[str, Place] = field(default_factory=dict)
    """Where each sentiment has its first examples."""
    _distinct: set[tuple[Any, ...]] = field(default_factory=set)

    def add(self, document: Document) -> None:
        """Read one file that has ``nlu`` or ``responses``."""
        root = document.root
        if not isinstance(root, YamlMap) or not accepts_version(document, root, self.report):
            return
        shape = Shape(document, self.report, "nlu")
        items = shape.section(root, "nlu")
        if items is not None:
            reader = _ItemReader(document, shape, self)
            for index, item in enumerate(items):
                reader.read(item, document.item(items, index))
        for response in read_responses(document, root, self.report):
            self.responses[response.name] = response.content
            self.response_places.setdefault(response.name, response.place)
            self.parts.setdefault(("responses", response.name), response.parts)

    def keep(self, example: Example) -> None:
        """Add an example unless the very same one is there already."""
        metadata = repr(example.metadata) if example.metadata else ""
        key = (example.text, example.intent, example.response_key, example.entities, metadata)
        if key not in self._distinct:
            self._distinct.add(key)
            self.examples.append(example)

    def keep_sentiment(self, example: SentimentExample) -> None:
        """Add an example of a sentiment unless the very same one is there already."""
        self.sentiment_places.setdefault(example.sentiment, example.place)
        key = (example.text, example.sentiment)
        if key not in self._distinct:
            self._distinct.add(key)
            self.sentiments.append(example)

    def add_synonym(self, variant: str, value: str, place: Place) -> None:
        """Note that ``variant`` stands for ``value``; the later statement wins."""
        known = self.synonyms.get(variant)
        if known is not None and known != value:
            self.report.note(
                "nlu.synonym-conflict",
                place,
                f"{variant!r} is a synonym of {value!r} here, and of {known!r} elsewhere",
                "keep one of the two; the last one read is used",
                self.synonym_places[variant],
            )
        self.synonyms[variant] = value
        self.synonym_places[variant] = place

    def take(self, other: NluCollector) -> None:
        """Add what was gathered from other files, as if they had been read now."""
        for example in other.examples:
            self.keep(example)
        for one in other.sentiments:
            self.keep_sentiment(one)
        for variant, value in other.synonyms.items():
            self.add_synonym(variant, value, other.synonym_places[variant])
        self.regexes += other.regexes
        for name, words in other.lookups.items():
            self.lookups.setdefault(name, []).extend(words)
        self.unlabeled |= other.unlabeled
        self.responses |= other.responses
        for mine, theirs in (
            (self.response_places, other.response_places),
            (self.intent_places, other.intent_places),
            (self.lookup_places, other.lookup_places),
            (self.regex_places, other.regex_places),
        ):
            mine |= {name: place for name, place in theirs.items() if name not in mine}
        self.parts |= {name: place for name, place in other.parts.items() if name not in self.parts}

    def data(self) -> NluData:
        """Return everything gathered."""
        return NluData(
            examples=tuple(self.examples),
            synonyms=self.synonyms,
            regexes=tuple(self.regexes),
            lookups={name: tuple(words) for name, words in self.lookups.items()},
            responses={name: tuple(variations) for name, variations in self.responses.items()},
            sentiments=tuple(self.sentiments),
            unlabeled=tuple(self.unlabeled),
        )


@dataclass(slots=True)
class _ItemReader:
    """Reads the items of the ``nlu`` list of one file."""

    document: Document
    shape: Shape
    into: NluCollector

    def read(self, item: Any, place: Place) -> None:
        node = self.shape.as_map(item, place, "an item of 'nlu'")
        if node is None:
            if item is None:
                self.shape.wrong(place, "an item of 'nlu'", "a mapping", item)
            return
        for kind, read in self._readers().items():
            if kind in node:
                self.shape.known_keys(node, ITEM_KEYS[kind], f"an item with {kind!r}")
                name = self._name(node, kind)
                if name:
                    read(node, name)
                return
        key = next(iter(node), "")
        self.shape.report.error(
            "nlu.unknown-item",
            place,
            f"an item of 'nlu' has none of the keys {', '.join(ITEM_KEYS)}, but {key!r}",
            suggestion(str(key), ITEM_KEYS, "use one of them"),
        )

    def _readers(self) -> Mapping[str, Callable[[YamlMap, str], None]]:
        return {
            "intent": self._read_intent,
            "synonym": self._read_synonym,
            "regex": self._read_regex,
            "lookup": self._read_lookup,
            "sentiment": self._read_sentiment,
            "unlabeled": self._read_unlabeled,
        }

    def _name(self, node: YamlMap, kind: str) -> str:
        name = self.shape.text_at(node, kind, f"the name of the {kind}")
        if name:
            return name
        if node[kind] is None or name == "":
            self.shape.report.note(
                "nlu.no-name",
                self.document.key(node, kind),
                f"the {kind} has no name, it is skipped",
                f"write it behind '{kind}:'",
            )
        return ""

    # intents

    def _read_intent(self, node: YamlMap, full_name: str) -> None:
        name_place = self.document.value(node, "intent")
        name, _, key = full_name.partition(RETRIEVAL_DELIMITER)
        if RETRIEVAL_DELIMITER in key:
            self.shape.report.error(
                "nlu.two-slashes",
                name_place,
                f"the intent name {full_name!r} is invalid, it cannot contain more than one '/'",
                f"write for example {name}/{key.replace('/', '_')}",
            )
            return
        self.into.intent_places.setdefault(full_name, name_place)
        metadata = node.get("metadata")
        for source, own_metadata, place in self._examples(node, "intent", full_name):
            self._add_example(source, (name, key or None), (metadata, own_metadata), place)

    def _examples(self, node: YamlMap, kind: str, name: str) -> Iterator[tuple[str, Any, Place]]:
        """Yield text, metadata and place of the examples of an item; report if there are none."""
        examples = node.get("examples")
        if isinstance(examples, YamlList):
            found = self._listed_examples(examples)
        elif isinstance(examples, str):
            what = name.partition(RETRIEVAL_DELIMITER)[0]
            found = ((text, None, at) for text, at in self._lines(node, f"{kind} {what!r}"))
        else:
            found = iter(())
            if examples is not None:
                place = self.document.value(node, "examples")
                self.shape.wrong(
                    place, "'examples'", "text, each line starting with '- '", examples
                )
        count = 0
        for example in found:
            count += 1
            yield example
        if not count and (examples is None or isinstance(examples, str | YamlList)):
            self.shape.report.note(
                "nlu.no-examples",
                self.document.value(node, kind),
                f"the {kind} {name!r} has no examples",
                "add some",
            )

    def _add_example(
        self,
        source: str,
        intent: tuple[str, str | None],
        metadata: tuple[Any, Any],
        place: Place,
    ) -> None:
        annotated = self._annotated(source, place)
        if annotated is None:
            return
        text = annotated.text
        for entity in annotated.entities:
            marked = text[entity.start : entity.end]
            if marked != entity.value:
                self.into.add_synonym(marked, entity.value, place)
        of_intent, own = metadata
        about = {} if of_intent is None else {"intent": plain(of_intent)}
        if own is not None:
            about["example"] = plain(own)
        self.into.keep(
            Example(
                text=text,
                intent=intent[0],
                response_key=intent[1],
                entities=annotated.entities,
                metadata=about,
                place=place,
            )
        )

    def _annotated(self, source: str, place: Place) -> AnnotatedText | None:
        try:
            annotated = read_annotations(source)
        except AnnotationError as error:
            at = Place(place.file, place.line, place.column + error.column)
            self.shape.report.error("nlu.bad-annotation", at, error.message, error.advice)
            return None
        if annotated.nested_at >= 0:
            self.shape.report.warning(
                "nlu.nested-annotation",
                Place(place.file, place.line, place.column + annotated.nested_at),
                "an annotation stands inside another one; its bracket becomes part of the text",
                "annotate the whole or the part, or write \\[ for a bracket that annotates nothing",
            )
        return annotated

    def _listed_examples(self, examples: YamlList) -> Iterator[tuple[str, Any, Place]]:
        for index, item in enumerate(examples):
            place = self.document.item(examples, index)
            if not isinstance(item, YamlMap):
                self.shape.report.error(
                    "nlu.example-not-text",
                    place,
                    "an item of 'examples' must be a mapping with 'text'",
                    "write '- text: …', or write 'examples: |' and one example a line behind '- '",
                )
                continue
            self.shape.known_keys(item, ("text", "metadata"), "an example")
            text = self.shape.text_at(item, "text", "the text of an example")
            if text is not None:
                at = self._first_line(self.document.value(item, "text"), text)
                yield text.strip(_STRIPPED), item.get("metadata"), at

    # everything else

    def _read_sentiment(self, node: YamlMap, name: str) -> None:
        for source, _, place in self._examples(node, "sentiment", name):
            annotated = self._annotated(source, place)
            if annotated is not None:
                self.into.keep_sentiment(
                    SentimentExample(text=annotated.text, sentiment=name, place=place)
                )

    def _read_unlabeled(self, node: YamlMap, name: str) -> None:
        for text, _ in self._lines_of(node, "unlabeled", name):
            if text:
                self.into.unlabeled[text] = None

    def _read_synonym(self, node: YamlMap, name: str) -> None:
        for variant, place in self._lines_of(node, "synonym", name):
            self.into.add_synonym(variant, name, place)

    def _read_regex(self, node: YamlMap, name: str) -> None:
        for pattern, place in self._lines_of(node, "regex", name):
            self.into.regex_places.setdefault(name, place)
            try:
                re.compile(pattern)
            except re.error as error:
                at = Place(place.file, place.line, place.column + (error.pos or 0))
                report = self.shape.report
                tell = report.error if self.into.uses_regexes else report.warning
                tell(
                    "nlu.bad-regex",
                    at,
                    f"the regular expression {pattern!r} does not compile: {error.msg}",
                    "correct it; put a backslash before a character that is meant as it is",
                )
                continue
            self.into.regexes.append((name, pattern))

    def _read_lookup(self, node: YamlMap, name: str) -> None:
        words = self.into.lookups.setdefault(name, [])
        for word, place in self._lines_of(node, "lookup", name):
            self.into.lookup_places.setdefault(name, place)
            words.append(word)
        if not words:
            del self.into.lookups[name]

    def _lines_of(self, node: YamlMap, kind: str, name: str) -> Iterator[tuple[str, Place]]:
        what = f"{kind} {name!r}"
        if isinstance(self.shape.text_at(node, "examples", "'examples'"), str) and node["examples"]:
            yield from self._lines(node, what)
        elif node.get("examples") in (None, ""):
            place = self.document.value(node, kind)
            message = f"the {what} has no examples"
            self.shape.report.note(
                "nlu.item-without-examples", place, message, "add some, or delete it"
            )

    def _lines(self, node: YamlMap, what: str) -> Iterator[tuple[str, Place]]:
        """Yield the lines of a block of examples without their dash."""
        text: str = node["examples"]
        mark = self._mark(node, "examples")
        file = self.document.file
        line, step, indent = self._block_layout(mark, text)
        for content in text.splitlines():
            if content.startswith("-"):
                example = content[1:].lstrip(_STRIPPED)
                column = indent + len(content) - len(example)
                yield example.rstrip(_STRIPPED), Place(file, line, column)
            elif content.strip():
                self.shape.report.note(
                    "nlu.no-dash",
                    Place(file, line, indent),
                    f"a line among the examples of {what} does not start with '-', it is skipped: "
                    f"{content.strip()[:40]!r}",
                    "write '- ' before it, in line with the other examples",
                )
            line += step

    def _mark(self, node: YamlMap, key: str) -> Mark:
        return node.marks[2 * list(node).index(key) + 1]

    def _block_layout(self, mark: Mark, text: str) -> tuple[int, int, int]:
        """Return line of the first example, lines from one to the next, and the column."""
        header = self.document.lines[mark.line][mark.column :]
        if not header.startswith(("|", ">")):
            return mark.line + 1, 0, mark.column + 2
        first = self.document.lines[mark.line + 1] if text else ""
        indent = len(first) - len(first.lstrip(" "))
        return mark.line + 2, int(header.startswith("|")), indent + 1

    def _first_line(self, place: Place, text: str) -> Place:
        source = self.document.lines[place.line - 1][place.column - 1 :]
        if not source.startswith(("|", ">")) or not text:
            return place
        line = self.document.lines[place.line]
        return Place(place.file, place.line + 1, len(line) - len(line.lstrip(" ")) + 1)
