"""The widget's files as they are served: who may load them, and what they may do."""

import hashlib

import pytest

from kefu.server import page

PAGE = """<!doctype html>
<link rel="icon" href="../widget/icon.svg">
<script defer src="../widget.js" data-mode="page"></script>
"""


@pytest.fixture(autouse=True)
def built(tmp_path, monkeypatch):
    """A folder with files as the build makes them, so that these tests need no Node."""
    folder = tmp_path / "widget"
    folder.mkdir()
    folder.joinpath("index.html").write_text(PAGE, "utf-8")
    for name in ("widget.js", "more.js", "sw.js"):
        folder.joinpath(name).write_text(f"// {name}" * 40, "utf-8")
    folder.joinpath("more.js.br").write_bytes(b"as small as it gets")
    folder.joinpath("icon.svg").write_text("<svg/>", "utf-8")
    monkeypatch.setattr(page, "STATIC", folder)
    return folder


@pytest.fixture
def credentials():
    return {"web": {"secret": "0123456789abcdef", "allowed_origins": ["https://shop.example"]}}


HTML = {"Accept": "text/html,*/*"}


@pytest.mark.parametrize("path", ["/", "/widget/", "/widget/frame"])
async def test_a_browser_gets_the_page_with_a_strict_policy(ask, path):
    status, headers, body = await ask("GET", path, headers=HTML)
    assert status == 200
    assert body.startswith("<!doctype html>")
    policy = headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert policy.count("unsafe") == 1  # styles, for browsers that cannot adopt style sheets
    assert headers["X-Content-Type-Options"] == "nosniff"


async def test_the_page_at_the_root_names_its_files_from_there(ask):
    assert 'src="./widget.js"' in (await ask("GET", "/", headers=HTML))[2]
    assert 'src="../widget.js"' in (await ask("GET", "/widget/", headers=HTML))[2]


async def test_only_the_frame_may_be_framed_by_others(ask):
    async def ancestors(path):
        policy = (await ask("GET", path, headers=HTML))[1]["Content-Security-Policy"]
        return policy.split("frame-ancestors ")[1]

    assert await ancestors("/widget/") == "'self'"
    assert await ancestors("/widget/frame") == "'self' https://shop.example"


async def test_the_frame_is_the_page_and_knows_whom_it_may_speak_to(ask):
    _, _, page_text = await ask("GET", "/widget/", headers=HTML)
    _, _, frame_text = await ask("GET", "/widget/frame", headers=HTML)
    assert 'data-mode="frame" data-parents="https://shop.example"' in frame_text
    assert frame_text.replace('frame" data-parents="https://shop.example', "page") == page_text


async def test_a_program_gets_a_line_of_text(ask):
    assert (await ask("GET", "/"))[2].startswith("Hello from Kefu")


async def test_pages_of_other_sites_may_load_the_script(ask):
    for path in ("/widget.js", "/widget/more.js"):
        _, headers, body = await ask("GET", path)
        assert body.startswith("// ")
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["Content-Type"].startswith("text/javascript")


async def test_the_service_worker_is_never_old(ask):
    headers = (await ask("GET", "/widget/sw.js"))[1]
    assert headers["Cache-Control"] == "no-cache"
    assert headers["Service-Worker-Allowed"] == "/"


async def test_what_is_fetched_later_is_kept_for_good_under_the_name_of_its_contents(ask, built):
    version = hashlib.sha256((built / "more.js").read_bytes()).hexdigest()[:8]

    async def kept(query):
        return (await ask("GET", f"/widget/more.js{query}"))[1]["Cache-Control"]

    assert "immutable" in await kept(f"?{version}")
    assert await kept("?00000000") == await kept("") == "public, max-age=300"
    # The script tag's own address stays the same while what it holds changes.
    _, headers, _ = await ask("GET", f"/widget.js?{version}")
    assert headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize(
    ("accepted", "sent"),
    [("gzip, deflate, br", "br"), ("gzip, br;q=0", "gzip"), ("GZIP", "gzip"), ("x-brotli", None)],
)
async def test_the_smallest_form_that_a_browser_can_unpack_is_sent(server, accepted, sent):
    headers = {"Accept-Encoding": accepted}
    options = {"headers": headers, "auto_decompress": False}
    async with server.session.request("GET", "/widget/more.js", **options) as response:
        assert response.headers.get("Content-Encoding") == sent
        body = await response.read()
    assert (body == b"as small as it gets") == (sent == "br")


async def test_what_a_browser_can_unpack_is_sent_packed(server):
    raw = server.session.request("GET", "/widget.js", headers={"Accept-Encoding": "gzip"})
    async with raw as response:
        assert response.headers["Content-Encoding"] == "gzip"
    plain = server.session.request("GET", "/widget.js", headers={"Accept-Encoding": "identity"})
    async with plain as response:
        assert "Content-Encoding" not in response.headers
        assert await response.read() == b"// widget.js" * 40


@pytest.mark.parametrize("path", ["/", "/widget.js", "/widget/icon.svg", "/widget/sw.js"])
async def test_files_are_checked_for_change_not_sent_again(ask, path):
    status, headers, body = await ask("GET", path, headers=HTML)
    assert (status, bool(body)) == (200, True)
    again = {**HTML, "If-None-Match": headers["ETag"]}
    status, _, body = await ask("GET", path, headers=again)
    assert (status, body) == (304, "")


@pytest.mark.parametrize("path", ["/widget/../app.py", "/widget/%2e%2e/app.py", "/widget/x.js"])
async def test_no_other_file_is_served(ask, path):
    assert (await ask("GET", path))[0] == 404


class TestNotBuilt:
    @pytest.fixture(autouse=True)
    def _empty(self, built):
        (built / "widget.js").unlink()

    @pytest.mark.parametrize("path", ["/", "/widget.js", "/widget/"])
    async def test_it_is_said_what_to_run(self, ask, path):
        status, _, body = await ask("GET", path, headers=HTML)
        assert status == 503
        assert "make web" in body

    async def test_programs_are_answered_as_ever(self, ask):
        assert (await ask("GET", "/"))[2].startswith("Hello from Kefu")
