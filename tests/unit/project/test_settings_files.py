from __future__ import annotations

import pytest

from kefu.project.config_file import read_config
from kefu.project.credentials_file import read_credentials
from kefu.project.endpoints_file import read_endpoints
from kefu.project.problems import Place, Report
from kefu.project.settings import CoordinationEndpoint
from kefu.project.yaml import parse
from tests.unit.project.builder import document, told


def config(text):
    read, report = document(text, "config.yml")
    return read_config(read, report), report


def endpoints(text, **environment):
    report = Report()
    read = parse(text, "endpoints.yml", report, expand_quoted=True, environment=environment)
    return read_endpoints(read, report), report


def test_components_have_settings_and_places():
    read, report = config(
        "language: zh\nassistant_id: shop\npipeline:\n- name: JiebaTokenizer\n"
        "- name: DIETClassifier\n  epochs: 5\npolicies:\n- name: RulePolicy\n"
    )
    assert not report.sorted()
    assert read.language == "zh"
    assert [component.name for component in read.pipeline] == ["JiebaTokenizer", "DIETClassifier"]
    assert read.pipeline[1].settings == {"epochs": 5}
    assert read.pipeline[1].place == Place("config.yml", 5, 9)
    assert (read.has_pipeline, read.has_policies) == (True, True)


def test_an_empty_pipeline_leaves_the_choice_to_kefu():
    read, _ = config("language: en\npipeline:\npolicies:\n")
    assert not read.has_pipeline
    assert not read.has_policies


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("language: en\nrecipe: graph.v1", "config.unknown-recipe"),
        ("language: en\npipeline: supervised_embeddings", "config.former-pipeline"),
        ("language: en\npipeline: x", "config.wrong-type"),
        ("language: en\npolicies:\n- RulePolicy", "config.wrong-type"),
        ("language: en\npolicies:\n- nam: RulePolicy", "config.no-name"),
        ("language: 5", "config.wrong-type"),
        ("- a", "config.wrong-type"),
    ],
)
def test_a_configuration_that_cannot_be_read_is_an_error(text, code):
    _, report = config(text)
    (problem,) = told(report, code)
    assert problem.severity == "error"


def test_actions_run_inside_the_process_or_elsewhere():
    inside, _ = endpoints("action_endpoint: {actions_module: actions}")
    elsewhere, _ = endpoints(
        "action_endpoint:\n  url: http://localhost:5055/webhook\n  token: ${TOKEN}\n"
        "  basic_auth: {username: a, password: '${PASSWORD}'}\n  timeout: 3\n",
        TOKEN="t",
        PASSWORD="p",
    )
    assert inside.action.module == "actions"
    assert elsewhere.action.url == "http://localhost:5055/webhook"
    assert elsewhere.action.params == {"token": "t"}
    assert elsewhere.action.basic_auth == ("a", "p")
    assert elsewhere.action.timeout_seconds == 3
    assert "'p'" not in repr(elsewhere.action)


def test_an_action_endpoint_without_an_address_is_an_error():
    read, report = endpoints("action_endpoint: {}")
    assert read.action is None
    assert told(report, "endpoints.no-address")


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("url: not a url", "endpoints.bad-address"),
        ("timeout: .inf", "endpoints.wrong-type"),
        ("basic_auth: x", "endpoints.wrong-type"),
        ("headers: [a]", "endpoints.wrong-type"),
    ],
)
def test_what_no_action_endpoint_can_have_is_told_with_its_line(text, code):
    _, report = endpoints(f"action_endpoint:\n  actions_module: actions\n  {text}\n")
    assert [(problem.code, problem.place.line) for problem in report.sorted()] == [(code, 3)]


@pytest.mark.parametrize(
    ("text", "url"),
    [
        ("type: SQL\n  dialect: sqlite\n  db: chat.db", "sqlite:///chat.db"),
        (
            "{type: SQL, dialect: postgresql, url: db, port: 5433, username: u, password: a@b}",
            "postgresql://u:a%40b@db:5433/rasa",
        ),
        ("type: sql\n  url: postgresql://u@h/d", "postgresql://u@h/d"),
        ("type: InMemory", "memory:"),
        ("type: mongod", None),
    ],
)
def test_the_store_of_conversations_is_given_as_a_url(text, url):
    read, _ = endpoints(f"tracker_store:\n  {text}")
    assert read.storage_url == url


def test_other_sections_are_kept_as_written_and_slips_are_told():
    read, report = endpoints("human_queue: {name: a.B}\nevent_brokr: {type: sql}\n")
    assert read.extra["human_queue"] == {"name": "a.B"}
    assert "event_broker" in told(report, "endpoints.unknown-key")[0].advice


def test_a_channel_needs_no_settings():
    read, report = document("rest:\ncallback:\n  url: http://x\n", "credentials.yml")
    credentials = read_credentials(read, report)
    assert credentials.channels == {"rest": {}, "callback": {"url": "http://x"}}


def test_settings_of_a_channel_must_be_a_mapping():
    read, report = document("rest: 5\n", "credentials.yml")
    assert not read_credentials(read, report).channels
    assert told(report, "credentials.wrong-type")


@pytest.mark.parametrize("name", ["tracing"])
def test_a_section_without_effect_is_told(name):
    _, report = endpoints(f"{name}:\n  url: http://x\n")
    (problem,) = told(report, "endpoints.unused-section")
    assert problem.severity == "warning"
    assert repr(name) in problem.message


def test_a_model_server_is_asked_every_hundred_seconds_unless_told_otherwise():
    read, report = endpoints("models: {url: 'http://m/latest', token: s3cret}\n")
    assert read.models.wait_seconds == 100
    assert read.models.section["token"] == "s3cret"
    assert "s3cret" not in repr(read)
    assert report.sorted() == ()
    read, _ = endpoints("models: {url: 'http://m', wait_time_between_pulls: 5}\n")
    assert read.models.wait_seconds == 5
    read, _ = endpoints("models: {url: 'http://m', wait_time_between_pulls: null}\n")
    assert read.models.wait_seconds is None


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("models: {token: x}\n", "endpoints.no-address"),
        ("models: {url: nowhere}\n", None),
        ("models: {url: 'http://m', wait_time_between_pull: 5}\n", "endpoints.unknown-setting"),
        ("models: {url: 'http://m', wait_time_between_pulls: soon}\n", None),
        ("models: 5\n", None),
    ],
)
def test_what_is_wrong_with_a_model_server_is_told_with_its_line(text, code):
    _, report = endpoints(text)
    problems = told(report, code) if code else report.sorted()
    assert problems
    assert all(problem.place.line == 1 and problem.advice for problem in problems)


def coordination(text):
    read, report = endpoints(text)
    return read.coordination, report


def test_processes_get_along_by_redis():
    found, report = coordination("coordination: {type: redis, url: 'redis://r:1/2'}\n")
    assert (found.url, found.prefix) == ("redis://r:1/2", "kefu:")
    assert report.sorted() == ()
    assert "r:1" not in repr(found)


def test_rasas_lock_store_says_the_same_in_parts():
    found, report = coordination(
        "lock_store: {type: redis, url: r, port: 1, db: 3, username: u, password: 'p:w', "
        "key_prefix: x, socket_timeout: 5}\n"
    )
    assert (found.url, found.prefix) == ("redis://u:p%3Aw@r:1/3", "x")
    assert report.sorted() == ()
    found, _ = coordination("lock_store: {type: redis, use_ssl: true}\n")
    assert found.url == "rediss://localhost:6379/0"


def test_processes_may_get_along_by_the_database_alone():
    found, _ = coordination("coordination: {type: database}\n")
    assert found.url is None
    assert coordination("lock_store: {type: in_memory}\n")[0] is None


@pytest.mark.parametrize(
    "text",
    [
        "coordination: {type: zookeeper}",
        "coordination: {type: [redis]}",
        "coordination: {}",
        "coordination: {url: 'redis://r'}",
        "lock_store: {type: my.Lock}",
        "lock_store: {url: r}",
        "lock_store: {}",
    ],
)
def test_other_ways_to_get_along_are_told_and_nobody_goes_on_alone_by_mistake(text):
    found, report = coordination(f"{text}\n")
    assert found == CoordinationEndpoint()
    (problem,) = report.sorted()
    assert (problem.code, problem.severity) == ("endpoints.unknown-coordination", "error")
    assert "redis, database" in problem.advice


@pytest.mark.parametrize(
    "text", ["type: redis, hots: a", "type: redis, ssl_key: k", "type: database, url: r, x: 1"]
)
def test_settings_that_do_nothing_are_told(text):
    _, report = coordination(f"coordination: {{{text}}}\n")
    assert told(report, "endpoints.unknown-setting")


def test_a_port_that_is_given_twice_has_to_be_the_same():
    found, report = coordination("coordination: {type: redis, url: 'r:1', port: 1}\n")
    assert (found.url, report.sorted()) == ("redis://r:1/0", ())
    _, report = coordination("coordination:\n  type: redis\n  url: r:1\n  port: 2\n")
    (problem,) = report.sorted()
    assert (problem.code, problem.place.line) == ("endpoints.bad-address", 4)


@pytest.mark.parametrize("port", ["abc", "0", "99999", "[1]", "true"])
def test_what_is_no_port_is_named_with_its_line(port):
    _, report = coordination(f"lock_store:\n  type: redis\n  url: r\n  port: {port}\n")
    (problem,) = report.sorted()
    assert (problem.code, problem.place.line) == ("endpoints.wrong-type", 4)


def test_an_empty_section_and_a_lock_store_are_nothing_to_tell():
    _, report = endpoints("event_broker:\nlock_store: {type: redis, url: localhost}\n")
    assert report.sorted() == ()


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("localhost:6380", "redis://localhost:6380/0"),
        ("redis://r", "redis://r:6379/0"),
        ("rediss://u:p@r:1/2", "rediss://u:p@r:1/2"),
        ("'[::1]'", "redis://[::1]:6379/0"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_redis_is_named_by_host_port_or_whole_address(url, expected):
    found, report = coordination(f"coordination:\n  type: redis\n  url: {url}\n")
    assert (found.url, report.sorted()) == (expected, ())


@pytest.mark.parametrize("url", ["http://r", "'redis://[::1'", "redis://r:abc", "redis://", "a b"])
def test_what_is_no_address_is_named_with_its_line(url):
    _, report = coordination(f"coordination:\n  type: redis\n  url: {url}\n")
    (problem,) = report.sorted()
    assert (problem.code, problem.place.line) == ("endpoints.bad-address", 3)


def test_an_address_is_told_without_its_password():
    _, report = coordination("coordination: {type: redis, url: 'redis://u:geheim@r:abc'}\n")
    assert "geheim" not in str(report.sorted()[0].message)


def test_safety_is_not_taken_by_halves():
    _, report = coordination("coordination: {type: redis, use_ssl: 'yes'}\n")
    assert told(report, "endpoints.wrong-type")
    _, report = coordination("coordination: {type: redis, url: 'redis://r', use_ssl: true}\n")
    assert told(report, "endpoints.bad-address")
    _, report = coordination("lock_store: {type: redis, ssl_keyfile: k}\n")
    assert told(report, "endpoints.wrong-value")
    found, report = coordination(
        "lock_store: {type: redis, use_ssl: true, ssl_keyfile: k, ssl_certfile: c, "
        "ssl_ca_certs: a/b}\n"
    )
    assert report.sorted() == ()
    assert found.url == (
        "rediss://localhost:6379/0?ssl_keyfile=k&ssl_certfile=c&ssl_ca_certs=a%2Fb"
    )
