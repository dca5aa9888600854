"""Reads a whole project, or parts of it, and reports everything that is wrong with it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Literal

from kefu.core.domain import Domain
from kefu.core.names import RETRIEVAL_DELIMITER, UTTER_PREFIX
from kefu.project import files
from kefu.project.article_file import ArticleCollector, is_article
from kefu.project.config_file import read_config
from kefu.project.credentials_file import read_credentials
from kefu.project.desk_file import read_desk
from kefu.project.desk_options import DeskOptions
from kefu.project.domain_file import DomainCollector
from kefu.project.endpoints_file import read_endpoints
from kefu.project.files import Paths, as_paths, has_keys, shown
from kefu.project.garbage import collection_paused
from kefu.project.known_files import KnownFile, KnownFiles
from kefu.project.nlu_data import NluData
from kefu.project.nlu_file import NluCollector
from kefu.project.nlu_json import add_json
from kefu.project.problems import CONVERTER, Place, Problem, Report, nearest
from kefu.project.project import LoadedProject, Places, Project
from kefu.project.sections import DOMAIN_KEYS, NLU_KEYS, STORY_KEYS
from kefu.project.settings import Credentials, Endpoints, ModelConfig
from kefu.project.stories_file import StoryCollector
from kefu.project.story_data import BotStep, StoryData
from kefu.project.story_examples import examples_in
from kefu.project.validation import validate
from kefu.project.yaml import Document, read

__all__ = [
    "Part",
    "load_credentials",
    "load_desk",
    "load_endpoints",
    "load_project",
    "load_test_stories",
]

Part = Literal["domain", "config", "nlu", "stories"]
_HAS_DATA: Final = re.compile(
    r"^\s*[\"']?(?:nlu|responses|stories|rules)[\"']?\s*[:：]", re.MULTILINE
)
"""What a file must have to be looked at; any other YAML file is none of our business."""
_TOP_LEVEL_KEY: Final = re.compile(r"^(\w+)\s*:", re.MULTILINE)
ALL_PARTS: Final[frozenset[Part]] = frozenset(("domain", "config", "nlu", "stories"))


def load_project(  # noqa: PLR0913 - one for each place where a project can have its parts
    root: Path | str = ".",
    *,
    domain: Paths | None = None,
    config: Path | str | None = None,
    data: Paths | None = None,
    endpoints: Path | str | None = None,
    credentials: Path | str | None = None,
    desk: Path | str | None = None,
    parts: Iterable[Part] = ALL_PARTS,
    known: KnownFiles | None = None,
) -> LoadedProject:
    """Read and check a project.

    Args:
        root: Folder of the project; everything not given otherwise is looked for in it.
        domain: Files and folders, instead of ``domain.yml`` or ``domain/``.
        config: Instead of ``config.yml``.
        data: Files and folders with training data, instead of ``data/``.
        endpoints: Read as well when given.
        credentials: Read as well when given.
        desk: Read as well when given, and compared with the domain.
        parts: What to read. Without ``domain`` nothing is compared with it.
        known: Files of training data that need not be read again; completed.

    Returns:
        The project with all problems; None in its place when the files cannot be read as they are.
    """
    with collection_paused():
        loader = _Loader(Path(root), frozenset(parts), known=known)
        loader.read_config(config)
        loader.read_domain(domain)
        loader.read_data(data)
        if endpoints is not None:
            loader.read_endpoints(Path(endpoints))
        if credentials is not None:
            loader.read_credentials(Path(credentials))
        if desk is not None:
            loader.read_desk(Path(desk))
        return loader.result()


def load_endpoints(path: Path | str) -> tuple[Endpoints, tuple[Problem, ...]]:
    """Read endpoints.yml; without the file there are no endpoints."""
    report = Report()
    document = _settings_document(Path(path), report)
    return (read_endpoints(document, report) if document else Endpoints()), report.sorted()


def load_credentials(path: Path | str) -> tuple[Credentials, tuple[Problem, ...]]:
    """Read credentials.yml; without the file there are no channels."""
    report = Report()
    document = _settings_document(Path(path), report)
    return (read_credentials(document, report) if document else Credentials()), report.sorted()


def load_desk(path: Path | str) -> tuple[DeskOptions, tuple[Problem, ...]]:
    """Read desk.yml; without the file everything has its default."""
    report = Report()
    document = _settings_document(Path(path), report)
    return (read_desk(document, report) if document else DeskOptions()), report.sorted()


def load_test_stories(
    paths: Paths, *, root: Path | str = "."
) -> tuple[StoryData, tuple[Problem, ...]]:
    """Read test stories: files and folders with ``stories``, ``rules`` or ``test_cases``.

    In a folder the files whose name starts with ``test_`` are taken, or all when there is none.
    """
    report = Report()
    collector = StoryCollector(report)
    with collection_paused():
        given = as_paths(paths)
        found = files.data_files(given, root=Path(root))
        files.report_missing(found.missing, "file or folder of test stories", "--stories", report)
        candidates = [path for path in found.files if path.suffix in files.YAML_SUFFIXES]
        named = {path.absolute() for path in given}
        tests = [path for path in candidates if path.name.startswith("test_") or path in named]
        for path in tests or candidates:
            document = read(path, shown(path), report)
            if document and has_keys(document.root, (*STORY_KEYS, "test_cases")):
                collector.add(document, is_test=True)
    return collector.data(), report.sorted()


def _settings_document(
    path: Path, report: Report, known: KnownFiles | None = None
) -> Document | None:
    if not path.exists():
        return None
    source = path if known is None else known.source(path)
    return read(source, shown(path), report, expand_quoted=True)


@dataclass(slots=True)
class _Loader:
    root: Path
    parts: frozenset[Part]
    known: KnownFiles | None = None
    report: Report = field(default_factory=Report)
    config: ModelConfig = field(default_factory=ModelConfig)
    endpoints: Endpoints = field(default_factory=Endpoints)
    credentials: Credentials = field(default_factory=Credentials)
    desk: DeskOptions = field(default_factory=DeskOptions)
    domain: DomainCollector = field(init=False)
    nlu: NluCollector = field(init=False)
    articles: ArticleCollector = field(init=False)
    stories: StoryCollector = field(init=False)
    read_files: list[Path] = field(default_factory=list)
    domain_place: Place = field(default=Place("domain.yml"))
    config_place: Place = field(default=Place("config.yml"))
    data_place: Place = field(default=Place("data"))
    is_whole: bool = True
    """False when syntax errors hide part of a file, so that names may seem to be missing."""

    def __post_init__(self) -> None:
        self.domain = DomainCollector(self.report)
        self.nlu = NluCollector(self.report)
        self.articles = ArticleCollector(self.root, self.report)
        self.stories = StoryCollector(self.report)

    @property
    def _data_option(self) -> str:
        """The option by which commands that read these parts take the data."""
        wanted = self.parts & {"nlu", "stories"}
        return "--data" if len(wanted) == 2 else "".join(f"--{part}" for part in wanted)

    def read_config(self, given: Path | str | None) -> None:
        if "config" not in self.parts:
            return
        path = Path(given) if given is not None else self._first(files.DEFAULT_CONFIG)
        self.config_place = Place(shown(path))
        if not path.is_file():
            self.config = ModelConfig(has_policies=False)
            self.report.error(
                "project.no-config",
                self.config_place,
                "there is no configuration",
                "check --config, or run: kefu init",
            )
            return
        document = self._read(path)
        if document is not None:
            self.config = read_config(document, self.report)
            self.nlu.uses_regexes = any("Regex" in item.name for item in self.config.pipeline)

    def read_domain(self, given: Paths | None) -> None:
        if "domain" not in self.parts:
            return
        paths = (self._first(files.DEFAULT_DOMAINS),) if given is None else as_paths(given)
        self.domain_place = Place(shown(paths[0])) if paths else self.domain_place
        found = files.domain_files(paths, root=self.root)
        if found.missing:
            for path in found.missing:
                self.report.error(
                    "project.no-domain",
                    Place(shown(path)),
                    "there is no domain file or folder of that name",
                    "check --domain, or run: kefu init",
                )
            self.is_whole = False
        before = len(self.report)
        named = {path.absolute() for path in paths}
        for path in (*found.files, *self._new_below(paths)):
            document = self._read(path)
            if document is not None and (path in named or has_keys(document.root, DOMAIN_KEYS)):
                self.domain.add(document)
        if self.domain.is_empty and len(self.report) == before and self.is_whole:
            self.report.error(
                "domain.empty",
                self.domain_place,
                "the domain is empty",
                "declare intents, responses and actions in it",
            )

    def read_data(self, given: Paths | None) -> None:
        if not self.parts & {"nlu", "stories"}:
            return
        paths = (
            [self.root / name for name in files.DEFAULT_DATA] if given is None else as_paths(given)
        )
        self.data_place = Place(shown(paths[0])) if paths else self.data_place
        found = files.data_files(paths, root=self.root)
        if given is not None:
            files.report_missing(
                found.missing,
                "file or folder of training data",
                self._data_option,
                self.report,
            )
        foreign: list[tuple[Path, files.Format]] = []
        before = len(self.read_files)
        for path in (*found.files, *self._new_below(paths)):
            if path.suffix in files.YAML_SUFFIXES:
                self._read_data_file(path)
            elif is_article(path, self.root):
                self._read_article(path)
            else:
                kind = files.foreign_format(path)
                if kind == "rasa_json" and "nlu" in self.parts:
                    add_json(path, shown(path), self.nlu)
                    self.read_files.append(path)
                elif kind in {"markdown", "json"}:
                    foreign.append((path, kind))
        self._report_foreign(foreign, alone=len(self.read_files) == before)
        is_reported = foreign or (given is not None and found.missing)
        if not is_reported and len(self.read_files) == before:
            self._report_no_data(paths)

    def _new_below(self, paths: Iterable[Path]) -> list[Path]:
        """Return YAML files that stand in an editor and not on the disk yet."""
        new = [] if self.known is None else self.known.new_below(paths)
        return [path for path in new if path.suffix in files.YAML_SUFFIXES]

    def _read_data_file(self, path: Path) -> None:
        data, before = self._if_known(path), len(self.report)
        if data is None:
            return
        document = self._read(path, only_if=_HAS_DATA)
        if document is None:
            return
        if document.root is None:
            self._report_misspelled(document)
            return
        is_nlu = has_keys(document.root, NLU_KEYS) and "nlu" in self.parts
        is_stories = has_keys(document.root, STORY_KEYS)
        nlu = NluCollector(self.report, uses_regexes=self.nlu.uses_regexes) if data else self.nlu
        if is_nlu:
            nlu.add(document)
        if is_stories and "stories" in self.parts:
            self.stories.add(document)
        if is_nlu or is_stories:
            self.read_files.append(path)
        if data and self.known is not None:
            self.nlu.take(nlu)
            if document.is_whole and not self.report.has_noted_since(before):
                file = KnownFile(
                    document=document, nlu=nlu if is_nlu else None, has_stories=is_stories
                )
                self.known.put(path, data, file, uses_regexes=self.nlu.uses_regexes)

    def _if_known(self, path: Path) -> bytes | None:
        """Take what is known of a file and return None; otherwise what it has, for remembering."""
        if self.known is None or self.parts != ALL_PARTS:
            return b""
        try:
            data = self.known.source(path).read_bytes()
        except OSError:
            return b""
        file = self.known.get(path, data, uses_regexes=self.nlu.uses_regexes)
        if file is None:
            self.known.forget(path)
            return data
        if file.nlu is not None:
            self.nlu.take(file.nlu)
        if file.has_stories:
            self.stories.add(file.document)
        self.read_files.append(path)
        return None

    def _read_article(self, path: Path) -> None:
        if "nlu" in self.parts:
            self.articles.add(path)
            self.read_files.append(path)

    def _report_foreign(self, foreign: list[tuple[Path, files.Format]], *, alone: bool) -> None:
        names: dict[files.Format, str] = {
            "markdown": "Markdown training data of Rasa 1",
            "json": "training data of another tool in JSON",
        }
        tell = self.report.error if alone else self.report.warning
        for path, kind in foreign:
            tell(
                "project.old-format",
                Place(shown(path)),
                f"this is {names[kind]}; it is not read",
                f"convert it with: {CONVERTER}",
            )

    def _report_no_data(self, paths: Iterable[Path]) -> None:
        places = ", ".join(shown(path) for path in paths)
        self.report.error(
            "project.no-training-data",
            Place(places or "data"),
            f"No training data: there are no examples, stories or rules in {places}",
            f"put NLU data, stories or rules there, or check {self._data_option}",
        )

    def read_endpoints(self, path: Path) -> None:
        document = _settings_document(path, self.report, self.known)
        if document is not None:
            self.endpoints = read_endpoints(document, self.report)

    def read_credentials(self, path: Path) -> None:
        document = _settings_document(path, self.report, self.known)
        if document is not None:
            self.credentials = read_credentials(document, self.report)

    def read_desk(self, path: Path) -> None:
        document = _settings_document(path, self.report, self.known)
        if document is not None:
            self.desk = read_desk(document, self.report)
            self.read_files.append(path)

    def result(self) -> LoadedProject:
        """Put the parts together, and check how they fit."""
        stories = self.stories.data()
        if "nlu" in self.parts:
            for example in examples_in(stories):
                self.nlu.keep(example)
        nlu = self.nlu.data()
        domain = self._domain(nlu, stories)
        draft = Project(
            root=self.root,
            domain=domain,
            config=self.config,
            nlu=_with_domain_responses(nlu, domain),
            articles=self.articles.articles,
            stories=stories,
            endpoints=self.endpoints,
            credentials=self.credentials,
            desk=self.desk,
            places=self._places(),
            files=tuple(dict.fromkeys(self.read_files)),
        )
        is_readable = not self.report.has_errors
        if self.is_whole and self.domain.is_whole:
            self.report.extend(validate(draft, self.parts))
        problems = self.report.sorted()
        draft = _with_problems(draft, problems)
        project = draft if is_readable else None
        return LoadedProject(project=project, problems=problems, draft=draft)

    def _domain(self, nlu: NluData, stories: StoryData) -> Domain:
        retrieval = {
            example.intent: example.place
            for example in nlu.examples
            if example.intent and example.response_key
        }
        for text in sorted(_bot_texts(stories)):
            if text not in self.domain.e2e_actions:
                self.domain.e2e_actions.append(text)
        data = self.domain.merged(retrieval, self.nlu.responses)
        return Domain.from_dict(data)

    def _places(self) -> Places:
        return Places(
            declared=self.domain.places,
            intents=self.nlu.intent_places,
            sentiments=self.nlu.sentiment_places,
            responses=self.nlu.response_places,
            parts={**self.domain.parts, **self.nlu.parts},
            lookups=self.nlu.lookup_places,
            regexes=self.nlu.regex_places,
            domain=self.domain_place,
            config=self.config_place,
            data=self.data_place,
        )

    def _first(self, names: Iterable[str]) -> Path:
        candidates = [self.root / name for name in names]
        return next((path for path in candidates if path.exists()), candidates[0])

    def _report_misspelled(self, document: Document) -> None:
        """Tell of a file that is no training data only because of a slip of the pen."""
        for match in _TOP_LEVEL_KEY.finditer(document.text):
            near = nearest(match[1], ("nlu", "stories", "rules"), likeness=0.7)
            if near is not None and near != match[1]:
                line = document.text.count("\n", 0, match.start()) + 1
                self.report.warning(
                    "project.unknown-section",
                    Place(document.file, line, 1),
                    f"the file has no training data, but a section {match[1]!r}; it is not read",
                    f"did you mean {near!r}?",
                )

    def _read(self, path: Path, *, only_if: re.Pattern[str] | None = None) -> Document | None:
        source = path if self.known is None else self.known.source(path)
        document = read(source, shown(path), self.report, only_if=only_if)
        if document is None or not document.is_whole:
            self.is_whole = False
        if only_if is None:
            self.read_files.append(path)
        return document


def _bot_texts(stories: StoryData) -> Iterator[str]:
    for story in (*stories.stories, *stories.rules):
        for step in story.steps:
            if step.__class__ is BotStep:
                assert isinstance(step, BotStep)
                yield step.text


def _with_domain_responses(nlu: NluData, domain: Domain) -> NluData:
    """Add the answers of retrieval intents that stand in the domain."""
    in_domain = {
        name: variations
        for name, variations in domain.responses.items()
        if RETRIEVAL_DELIMITER in name and name.startswith(UTTER_PREFIX)
    }
    return NluData(
        examples=nlu.examples,
        synonyms=nlu.synonyms,
        regexes=nlu.regexes,
        lookups=nlu.lookups,
        responses={**nlu.responses, **in_domain},
        sentiments=nlu.sentiments,
        unlabeled=nlu.unlabeled,
    )


def _with_problems(project: Project, problems: tuple[Problem, ...]) -> Project:
    values = {name: getattr(project, name) for name in Project.__dataclass_fields__}
    return Project(**{**values, "problems": problems})
