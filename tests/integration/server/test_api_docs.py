"""The description of the HTTP API, for programs and for people."""

import re
from html.parser import HTMLParser

import pytest
from sanic import Sanic

from kefu.server.api_page import chinese
from kefu.server.settings import ServerSettings
from tests.integration.server.test_staff import a_desk

RASAS = {
    "/conversations/{conversation_id}/tracker": {"get"},
    "/conversations/{conversation_id}/tracker/events": {"post", "put"},
    "/conversations/{conversation_id}/messages": {"post"},
    "/conversations/{conversation_id}/predict": {"post"},
    "/conversations/{conversation_id}/execute": {"post"},
    "/conversations/{conversation_id}/trigger_intent": {"post"},
    "/conversations/{conversation_id}/story": {"get"},
    "/model": {"put", "delete"},
    "/model/parse": {"post"},
    "/model/predict": {"post"},
    "/model/train": {"post"},
    "/model/test/stories": {"post"},
    "/model/test/intents": {"post"},
    "/domain": {"get"},
    "/status": {"get"},
    "/version": {"get"},
}


async def described(ask):
    status, _, document = await ask("GET", "/docs/openapi.json", token=None)
    assert status == 200
    return document


async def test_all_of_rasas_api_is_described(ask):
    paths = (await described(ask))["paths"]
    assert {path: set(paths[path]) for path in RASAS} == RASAS
    train = paths["/model/train"]["post"]
    assert {one["name"] for one in train["parameters"]} >= {"callback_url", "force_training"}
    assert set(train["responses"]) == {"200", "204", "default"}
    tracker = paths["/conversations/{conversation_id}/tracker"]["get"]
    assert tracker["security"] == [{"token": []}, {"jwt": []}, {"query": []}]
    assert paths["/version"]["get"]["security"] == []


async def test_every_route_of_the_api_is_described_with_what_it_takes(ask):
    document = await described(ask)
    (app,) = Sanic._app_registry.values()
    for route in app.router.routes:
        path = re.sub(r"<(\w+)(:\w+)?>", r"{\1}", f"/{route.path}")
        if path.startswith(("/conversations", "/model", "/domain", "/status", "/api/")):
            for method in route.methods:
                assert document["paths"][path][method.lower()]["summary"], path
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if method in {"post", "put"} and path.startswith(("/conversations", "/model")):
                needs_none = path.endswith("/predict") and path.startswith("/conversations")
                assert ("requestBody" in operation) != needs_none, path


async def test_what_it_refers_to_is_there_and_names_are_its_own(ask):
    document = await described(ask)
    references = re.findall(r'"#/components/(\w+)/([\w.]+)"', str(document).replace("'", '"'))
    assert len(references) > 20
    for kind, name in references:
        assert name in document["components"][kind]
    names = [one["operationId"] for part in document["paths"].values() for one in part.values()]
    assert len(names) == len(set(names))


async def test_below_api_v1_nothing_of_rasas_is_described(ask):
    _, _, document = await ask("GET", "/api/v1/openapi.json", token=None)
    assert all(path.startswith("/api/v1/") for path in document["paths"])


class Page(HTMLParser):
    """What a page consists of."""

    def __init__(self):
        super().__init__()
        self.tags, self.links, self.ids = [], [], []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        self.tags.append(tag)
        self.links += [values[name] for name in ("href", "src") if name in values]
        self.ids += [values["id"]] if "id" in values else []


@pytest.mark.parametrize(
    ("query", "header", "words"),
    [
        ("", "zh-CN,zh;q=0.9", "HTTP 接口"),
        ("", "en-US", "Parameters"),
        ("?language=zh", "en", "请求体"),
        ("?language=en", "zh", "Body"),
    ],
)
async def test_people_read_it_in_their_language_without_a_network(ask, query, header, words):
    language = {"Accept-Language": header}
    status, headers, text = await ask("GET", f"/docs{query}", token=None, headers=language)
    assert status == 200
    assert headers["Content-Type"].startswith("text/html")
    assert "default-src 'none'" in headers["Content-Security-Policy"]
    assert words in text
    page = Page()
    page.feed(text)
    assert not {"script", "link", "img", "iframe"} & set(page.tags)
    assert all(link.startswith(("#", "?", "/docs/")) for link in page.links)
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert len(page.ids) == len(set(page.ids))
    for path in RASAS:
        assert f"<code>{path}</code>" in text


async def test_a_chinese_page_says_everything_in_chinese(ask):
    query = await described(ask)
    meaning = query["paths"]["/model/train"]["post"]["parameters"][-1]["description"]
    _, _, text = await ask("GET", "/docs?language=zh", token=None)
    assert meaning not in text
    assert chinese()[meaning] in text
    assert meaning in (await ask("GET", "/docs?language=en", token=None))[2]


async def test_it_is_there_for_the_staff_where_the_api_is_off_and_shows_what_is_served(tmp_path):
    async with a_desk(tmp_path, ServerSettings()) as desk:
        async with desk.server.session.get("/docs/openapi.json") as answer:
            paths = (await answer.json())["paths"]
        assert "/api/v1/login" in paths
        assert "/model" not in paths


async def test_all_of_the_desk_has_names_of_its_own_and_chinese_words(tmp_path):
    settings = ServerSettings(enable_api=True, auth_token="secret")
    async with (
        a_desk(tmp_path, settings) as desk,
        desk.server.session.get("/docs/openapi.json") as answer,
    ):
        document = await answer.json()
    operations = [one for part in document["paths"].values() for one in part.values()]
    names = [one["operationId"] for one in operations]
    assert len(names) == len(set(names)) > 60
    parameters = [one for operation in operations for one in operation["parameters"]]
    told = {one["summary"] for one in operations}
    told |= {one["description"] for one in parameters if "description" in one}
    # What a route says of itself has a line in kefu/server/api_page.zh.json.
    assert told - set(chinese()) == set()
