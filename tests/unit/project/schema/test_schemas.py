"""The schemas accept what the reader accepts, and refuse of its refusals what a schema can say."""

from pathlib import Path

import pytest
from jsonschema import Draft7Validator

from kefu.app.schemas import project_schemas
from kefu.project import files
from kefu.project.config_file import read_config
from kefu.project.credentials_file import read_credentials
from kefu.project.desk_file import read_desk
from kefu.project.domain_file import DomainCollector
from kefu.project.endpoints_file import read_endpoints
from kefu.project.load import load_project
from kefu.project.nlu_file import NluCollector
from kefu.project.problems import Report
from kefu.project.schema import KINDS, file_patterns
from kefu.project.schema.parts import closed
from kefu.project.stories_file import StoryCollector
from kefu.project.yaml import parse, plain

ROOT = Path(__file__).parents[4]
PROJECTS = sorted(
    {
        path.parent
        for pattern in (
            "domain.yml",
            "examples/**/domain.yml",
            "kefu/cli/templates/*/domain.yml",
            "tests/conformance/cases*/*/domain.yml",
        )
        for path in ROOT.glob(pattern)
        if "node_modules" not in path.parts
    }
)


@pytest.fixture(scope="module")
def validators():
    found = project_schemas(None)
    for schema in found.values():
        Draft7Validator.check_schema(schema)
    return {kind: Draft7Validator(schema) for kind, schema in found.items()}


def as_json(value):
    if isinstance(value, dict):
        return {str(key): as_json(item) for key, item in value.items()}
    return [as_json(item) for item in value] if isinstance(value, list) else value


def read_with_reader(kind, text):
    """Return the content of a file of a kind, and whether the reader alone refuses it."""
    report = Report()
    expands = kind in {"endpoints", "credentials", "desk"}
    document = parse(text, f"{kind}.yml", report, expand_quoted=expands, environment={})
    match kind:
        case "domain":
            DomainCollector(report).add(document)
        case "nlu" | "training":
            NluCollector(report).add(document)
            if kind == "training":
                StoryCollector(report).add(document)
        case "stories" | "rules" | "tests":
            StoryCollector(report).add(document, is_test=kind == "tests")
        case "config":
            read_config(document, report)
        case "endpoints":
            read_endpoints(document, report)
        case "credentials":
            read_credentials(document, report)
        case "desk":
            read_desk(document, report)
    return document.root and as_json(plain(document.root)), [str(one) for one in report
                                                            if one.severity == "error"]  # fmt: skip


def kind_of(path, project):
    if path.stem in KINDS and path.parent == project:
        return path.stem
    relative = path.relative_to(project)
    if relative.parts[0] == "data":
        return "training"
    if relative.parts[0] == "domain":
        return "domain"
    return "tests" if relative.parts[0] == "tests" and path.name.startswith("test_") else None


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_what_the_reader_accepts_passes(project, validators):
    seen = 0
    for path in files.data_files([project], root=project).files:
        kind = kind_of(path, project)
        if kind is None or path.suffix not in files.YAML_SUFFIXES:
            continue
        content, refusals = read_with_reader(kind, path.read_text("utf-8"))
        seen += 1
        if not refusals:
            errors = [f"{list(e.absolute_path)}: {e.message[:200]}"
                      for e in validators[kind].iter_errors(content)]  # fmt: skip
            assert not errors, path
    assert seen


REFUSED = {
    "domain": [
        "intents: greet",
        "intents: [[greet]]",
        "intents: [{greet: }]",
        "actions: [{a: {send_domane: true}}]",
        "actions: [{a: {send_domain: perhaps}}]",
        "slots: {size: text}",
        "slots: {size: {type: text}}",
        "slots: {size: {mappings: []}}",
        "slots: {size: {type: txt, mappings: []}}",
        "slots: {size: {type: text, mappings: [{type: from_txt}]}}",
        "slots: {size: {type: text, mappings: [{type: from_entity}]}}",
        "slots: {size: {type: text, mappings: [], values: [a]}}",
        "slots: {size: {type: any, mappings: [], influence_conversation: true}}",
        "slots: {size: {type: float, mappings: [], max_value: high}}",
        "slots: {size: {type: text, mappings: [{type: from_text, conditions: [{loop: f}]}]}}",
        "forms: {f: {required_slots: name}}",
        "forms: {f: {ignored_intents: [a]}}",
        "forms: {f: {required_slots: [a], extra: 1}}",
        "responses: {utter_a: hello}",
        "responses: {utter_a: [hello]}",
        "responses: {utter_a: [{txt: hello}]}",
        "responses: {utter_a: [{text: 5}]}",
        "responses: {utter_a: [{image: a.png}]}",
        "responses: {utter_a: [{text: a, buttons: [{title: 5}]}]}",
        "responses: {utter_a: [{text: a, condition: [{typ: slot}]}]}",
        "session_config: {session_expiration_time: -1}",
        "session_config: {carry_over_slots_to_new_session: 1}",
        "config: {store_entities_as_slots: 1}",
    ],
    "nlu": [
        "nlu: {intent: a}",
        "nlu: [text]",
        "nlu: [{intnt: a}]",
        "nlu: [{intent: a, exmples: b}]",
        "nlu: [{intent: 5, examples: b}]",
        "nlu: [{intent: a, examples: {b: c}}]",
        "nlu: [{intent: a, examples: [b]}]",
        "nlu: [{intent: a, examples: [{txt: b}]}]",
        "nlu: [{synonym: a, examples: [b]}]",
        "nlu: [{lookup: a, metadata: {}}]",
    ],
    "stories": [
        "stories: [{story: a, stps: []}]",
        "stories: [a]",
        "stories: [{story: a, steps: {intent: b}}]",
        "stories: [{story: a, steps: [b]}]",
        "stories: [{story: a, steps: [{intnt: b}]}]",
        "stories: [{story: a, steps: [{intent: 5}]}]",
        "stories: [{story: a, steps: [{intent: b, action: c}]}]",
        "stories: [{story: a, steps: [{action: [c]}]}]",
        "stories: [{story: a, steps: [{intent: b, entities: {c: d}}]}]",
        "stories: [{story: a, steps: [{or: [{action: b}]}]}]",
        "stories: [{story: a, steps: [{active_loop: 5}]}]",
        "stories: [{story: a, steps: [{slot_was_set: {b: c}}]}]",
    ],
    "rules": [
        "rules: [{rule: a, story: b}]",
        "rules: [{rule: a, steps: [{bot: hello}]}]",
        "rules: [{rule: a, steps: [{checkpoint: b}]}]",
        "rules: [{rule: a, steps: [{intent: b}], conversation_start: 1}]",
        "rules: [{rule: a, steps: [{intent: b}], condition: [{intent: c}]}]",
    ],
    "tests": ["stories: [{story: a, step: []}]", "test_cases: [{test_case: a, rule: b}]"],
    "config": [
        "recipe: default.v2",
        "language: [zh]",
        "pipeline: {name: A}",
        "pipeline: [JiebaTokenizer]",
        "policies: [{priority: 1}]",
    ],
    "credentials": ["rest: yes please", "[rest]"],
    "endpoints": [
        "action_endpoint: {token: a}",
        "action_endpoint: {url: 5}",
        "gateway: {max_waitng: 5}",
        "gateway: {merge_waiting: 5}",
        "gateway: {max_waiting: many}",
        "gateway: {flood: {sender: {bursts: 5}}}",
        "staff: {idle_hour: 5}",
        "attachments: {fold: a}",
        "customers: [a]",
        "tracker_store: SQL",
    ],
    "desk": [
        "routng: {}",
        "routing: {stratgy: a}",
        "routing: {overflow: [{grp: a}]}",
        "skills: {refund: money}",
        "skills: {refund: {skill: [a]}}",
        "tiers: {slots: a}",
        "handover: {grace: 5}",
        "handover: {default_max_sessions: many}",
        "ratings: {csat: 5}",
        "hours: {week: {}}",
        "hours: {holidays: [{day: 2026-01-01}]}",
        "orders: {uri: a}",
        "typing_preview: 5",
    ],
}


@pytest.mark.parametrize(
    ("kind", "text"), [(kind, text) for kind, texts in REFUSED.items() for text in texts]
)
def test_what_the_reader_refuses_is_refused(kind, text, validators):
    content, refusals = read_with_reader(kind, text)
    assert refusals
    assert not validators[kind].is_valid(content)


def keys_of(schema):
    """Return every key that a schema names, however deep."""
    if isinstance(schema, list):
        return {key for one in schema for key in keys_of(one)}
    if not isinstance(schema, dict):
        return set()
    own = {str(key) for key in schema.get("properties", {})}
    return own | {key for one in schema.values() for key in keys_of(one)}


def reader_tables():
    """Yield every table of keys of the readers of YAML files, found by its name."""
    elsewhere = {"article_file._KEYS", "config_file._OTHER_KEYS"}  # Markdown; Rasa's, unused
    for path in sorted((ROOT / "kefu" / "project").glob("*.py")):
        module = __import__(f"kefu.project.{path.stem}", fromlist=["_"])
        for name, value in vars(module).items():
            if f"{path.stem}.{name}" in elsewhere:
                continue
            if name.lstrip("_").endswith("KEYS") and isinstance(value, tuple | dict):
                tables = value.values() if isinstance(value, dict) else [value]
                yield f"{path.stem}.{name}", {str(key) for keys in tables for key in keys}


def test_every_key_of_the_reader_is_in_a_schema():
    known = keys_of(list(project_schemas(None).values()))
    tables = dict(reader_tables())
    assert len(tables) > 30
    missing = {name: keys - known for name, keys in tables.items()}
    assert {name: keys for name, keys in missing.items() if keys} == {}


def test_a_schema_cannot_name_what_the_reader_does_not_know():
    with pytest.raises(ValueError, match="colour"):
        closed(("size",), {"colour": {}})


def offered(schema):
    return [text for one in schema.get("anyOf", ()) for text in one.get("enum", ())]


def test_names_of_the_project_are_offered():
    loaded = load_project(ROOT / "kefu" / "cli" / "templates" / "en")
    text = str(project_schemas(loaded.draft))
    project = loaded.project
    for names in (project.domain.intents, project.domain.slots, project.domain.responses):
        assert names
        assert all(f"'{name}'" in text for name in names)


def test_unknown_names_pass_for_they_may_be_about_to_be_declared(validators):
    loaded = load_project(ROOT / "kefu" / "cli" / "templates" / "en")
    schema = Draft7Validator(project_schemas(loaded.draft)["stories"])
    assert schema.is_valid({"stories": [{"story": "a", "steps": [{"intent": "brand_new"}]}]})


@pytest.mark.parametrize("language", [".", "kefu/cli/templates/en", "kefu/cli/templates/zh"])
def test_vscode_is_wired_for_every_kind(language):
    import json

    settings = json.loads((ROOT / language / ".vscode" / "settings.json").read_text("utf-8"))
    wanted = {f"./.vscode/schemas/{kind}.json": found for kind, found in file_patterns().items()}
    assert settings["yaml.schemas"] == wanted
