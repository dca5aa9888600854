"""The workbench's files as they are served: its page for its own addresses, and what it may do."""

import gzip

import pytest

from kefu.server import desk_page
from tests.serving import running_server
from tests.staffing import a_staff

HTML = {"Accept": "text/html,*/*"}


@pytest.fixture(autouse=True)
def built(tmp_path, monkeypatch):
    """A folder with files as the build makes them, so that these tests need no Node."""
    folder = tmp_path / "desk"
    (folder / "assets").mkdir(parents=True)
    (folder / ".vite").mkdir()
    folder.joinpath("index.html").write_text("<!doctype html><title>desk</title>", "utf-8")
    folder.joinpath("icon.svg").write_text("<svg/>", "utf-8")
    folder.joinpath("assets", "index-a1b2.js").write_text("// code" * 40, "utf-8")
    folder.joinpath("assets", "index-a1b2.css").write_text("a{}" * 40, "utf-8")
    folder.joinpath(".vite", "manifest.json").write_text("{}", "utf-8")
    monkeypatch.setattr(desk_page, "STATIC", folder)
    return folder


@pytest.fixture
async def server(tmp_path, settings, credentials, built):
    staff, _, _ = a_staff()
    async with running_server(
        tmp_path, settings=settings, credentials=credentials, staff=staff
    ) as served:
        yield served


@pytest.mark.parametrize(
    "path", ["/desk", "/desk/", "/desk/login", "/desk/inbox/mine/web-1", "/desk/index.html"]
)
async def test_every_address_of_the_workbench_answers_with_its_page(ask, path):
    status, headers, body = await ask("GET", path, headers=HTML)
    assert (status, body) == (200, "<!doctype html><title>desk</title>")
    assert headers["Cache-Control"] == "no-cache"
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert policy.count("unsafe") == 1  # styles, by which components place their menus
    assert "frame-ancestors 'none'" in policy
    assert headers["Referrer-Policy"] == "no-referrer"


async def test_files_are_kept_for_good_and_packed(ask):
    wanted = {"Accept-Encoding": "gzip"}
    status, headers, body = await ask("GET", "/desk/assets/index-a1b2.js", headers=wanted)
    assert (status, body) == (200, "// code" * 40)
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"
    assert "immutable" in headers["Cache-Control"]
    assert headers["Content-Encoding"] == "gzip"
    assert headers["Content-Length"] == str(len(gzip.compress(body.encode(), 9, mtime=0)))
    headers = (await ask("GET", "/desk/assets/index-a1b2.css"))[1]
    assert headers["Content-Type"] == "text/css; charset=utf-8"
    assert (await ask("GET", "/desk/icon.svg"))[1]["Content-Type"] == "image/svg+xml"


async def test_a_page_that_is_known_is_not_sent_again(ask):
    etag = (await ask("GET", "/desk/", headers=HTML))[1]["ETag"]
    status, _, body = await ask("GET", "/desk/", headers={**HTML, "If-None-Match": etag})
    assert (status, body) == (304, "")


@pytest.mark.parametrize(
    "path",
    [
        "/desk/assets/index-0000.js",
        "/desk/assets/../../../settings.py",
        "/desk/assets/..%2F..%2Fsettings.py",
    ],
)
async def test_a_file_of_another_build_is_missed_not_answered_with_the_page(ask, path):
    status, _, body = await ask("GET", path)
    assert status == 404
    assert "<!doctype" not in body


@pytest.mark.parametrize("path", ["/desk/.vite/manifest.json", "/desk/../page.py"])
async def test_nothing_but_what_is_meant_to_be_served_is(ask, path):
    body = (await ask("GET", path))[2]
    assert body != "{}"
    assert "import" not in body


class TestNotBuilt:
    @pytest.fixture
    def built(self, tmp_path, monkeypatch):
        monkeypatch.setattr(desk_page, "STATIC", tmp_path / "nothing")

    @pytest.mark.parametrize("path", ["/desk", "/desk/login"])
    async def test_browsers_are_told_what_to_run(self, ask, path):
        status, headers, body = await ask("GET", path, headers=HTML)
        assert (status, body) == (503, desk_page.NOT_BUILT)
        assert headers["Content-Type"].startswith("text/plain")
