"""Models from a server and from a bucket: fetched once, refused when damaged, never half."""

import pytest
from aiohttp import web

from kefu.app.assembly import open_app
from kefu.app.model_sources import ModelPuller, fetch_from_bucket, server_settings
from kefu.app.settings import AppSettings
from kefu.errors import ModelError
from kefu.model.load import load_model
from kefu.project.models_section import ModelServerSettings
from kefu.project.settings import MEMORY, Endpoints
from tests.contract.test_attachments import ACCESS, SECRET, bucket
from tests.unit.app.test_assembly import a_model, said
from tests.unit.app.test_following_models import until

__all__ = ["bucket"]


class Serving:
    """Notes what is put into service."""

    def __init__(self):
        self.served = []

    async def serve(self, path, by):
        assert by == "model server"
        load_model(path)
        self.served.append(path.name)


class Shop:
    """A model server."""

    def __init__(self):
        self.content = None
        self.etag = "1"
        self.headers = {}
        self.status = 200
        self.asked = []

    async def serve(self, request):
        self.asked.append((request.headers.get("If-None-Match"), dict(request.query)))
        if self.content is None:
            return web.Response(status=204)
        if request.headers.get("If-None-Match") == self.etag:
            return web.Response(status=304)
        return web.Response(
            status=self.status, body=self.content, headers={"ETag": self.etag, **self.headers}
        )


@pytest.fixture
async def shop():
    served = Shop()
    app = web.Application()
    app.router.add_get("/models/latest", served.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    served.url = f"http://127.0.0.1:{port}/models/latest"
    yield served
    await runner.cleanup()


@pytest.fixture
def trained(tmp_path):
    return {name: a_model(tmp_path / "shop", name, name).read_bytes() for name in ("one", "two")}


def puller(shop, folder, **more):
    serving = Serving()
    settings = ModelServerSettings(section={"url": shop.url, **more})
    return ModelPuller(settings, folder, serving), serving


async def test_a_model_is_fetched_once_and_again_when_there_is_another(shop, trained, tmp_path):
    folder = tmp_path / "models"
    pulling, serving = puller(shop, folder, token="s3cret")
    assert not await pulling.pull()
    shop.content, shop.headers = trained["one"], {"filename": "one.tar.gz"}
    assert await pulling.pull()
    assert not await pulling.pull()
    shop.content, shop.etag, shop.headers = trained["two"], "2", {}
    assert await pulling.pull()
    assert serving.served[0] == "one.tar.gz"
    assert serving.served[1].startswith("server-")
    assert [tag for tag, _ in shop.asked] == [None, None, "1", "1"]
    assert shop.asked[0][1] == {"token": "s3cret"}


async def test_a_restart_does_not_fetch_it_again(shop, trained, tmp_path):
    shop.content = trained["one"]
    first, _ = puller(shop, tmp_path / "models")
    assert await first.pull()
    second, serving = puller(shop, tmp_path / "models")
    assert not await second.pull()
    assert serving.served == []


async def test_a_truncated_model_is_refused_and_not_asked_for_again(shop, trained, tmp_path):
    folder = tmp_path / "models"
    pulling, serving = puller(shop, folder)
    shop.content = trained["one"][:200]
    with pytest.raises(ModelError, match="damaged or incomplete"):
        await pulling.pull()
    assert not await pulling.pull()
    assert serving.served == []
    assert list(folder.glob("*.tar.gz")) == []
    assert list(folder.glob("*.unfinished")) == []
    shop.content, shop.etag = trained["one"], "2"
    assert await pulling.pull()


@pytest.mark.parametrize("name", ["../../evil.tar.gz", ".hidden.tar.gz", "x.zip", "a/b.tar.gz", ""])
async def test_a_name_leads_nowhere_else(shop, trained, tmp_path, name):
    shop.content = trained["one"]
    shop.headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    pulling, serving = puller(shop, tmp_path / "models")
    assert await pulling.pull()
    found = [path.name for path in tmp_path.rglob("*.tar.gz") if path.parent.name != "shop"]
    assert found == serving.served
    assert (tmp_path / "models" / serving.served[0]).is_file()


async def test_a_server_that_refuses_or_is_not_there_is_told(shop, trained, tmp_path):
    pulling, _ = puller(shop, tmp_path)
    shop.content, shop.status = trained["one"], 500
    with pytest.raises(ModelError, match="status 500"):
        await pulling.pull()
    shop.url = "http://127.0.0.1:1/"
    pulling, _ = puller(shop, tmp_path)
    with pytest.raises(ModelError, match="does not answer"):
        await pulling.pull()


@pytest.mark.parametrize(
    "section",
    [{}, {"url": 5}, {"url": "ftp://x"}, {"url": "http://x", "wait_time_between_pulls": "a"}],
)
def test_a_request_that_describes_no_server_is_refused(section):
    with pytest.raises(ModelError):
        server_settings(section)


@pytest.fixture
def variables(monkeypatch):
    monkeypatch.setenv("BUCKET_NAME", "shop")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", ACCESS)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    monkeypatch.setenv("REMOTE_STORAGE_PATH", "bots")
    return monkeypatch


async def test_a_model_comes_from_a_bucket(bucket, variables, trained, tmp_path):
    variables.setenv("AWS_ENDPOINT_URL", bucket.url)
    bucket.objects["/shop/bots/one.tar.gz"] = trained["one"]
    path = await fetch_from_bucket("aws", "one.tar.gz", tmp_path)
    assert path.read_bytes() == trained["one"]
    before = path.stat().st_mtime_ns
    await fetch_from_bucket("aws", "one.tar.gz", tmp_path)
    assert path.stat().st_mtime_ns == before
    with pytest.raises(ModelError, match=r"there is no 'two\.tar\.gz' in the bucket"):
        await fetch_from_bucket("aws", "two.tar.gz", tmp_path)
    bucket.objects["/shop/bots/two.tar.gz"] = trained["two"][:300]
    with pytest.raises(ModelError, match=r"two\.tar\.gz in the bucket: .*damaged"):
        await fetch_from_bucket("aws", "two.tar.gz", tmp_path)
    assert [path.name for path in tmp_path.glob("*tar.gz*")] == ["one.tar.gz"]


async def test_without_a_name_it_is_the_one_put_there_last(bucket, variables, trained, tmp_path):
    variables.setenv("AWS_ENDPOINT_URL", bucket.url)
    bucket.objects["/shop/bots/one.tar.gz"] = trained["one"]
    bucket.objects["/shop/bots/two.tar.gz"] = trained["two"]
    rows = "".join(
        f"<Contents><Key>bots/{name}</Key><LastModified>2026-11-2{day}T10:00:00.000Z</LastModified>"
        "<ETag>1</ETag><Size>9</Size></Contents>"
        for name, day in (("one.tar.gz", 9), ("two.tar.gz", 8), ("notes.txt", 9))
    )
    told = f"<ListBucketResult><IsTruncated>false</IsTruncated>{rows}</ListBucketResult>"
    bucket.objects["/shop"] = bucket.objects["/shop/"] = told.encode()
    path = await fetch_from_bucket("aws", None, tmp_path)
    assert path.name == "one.tar.gz"


async def test_a_bucket_that_refuses_is_told(bucket, variables, tmp_path):
    variables.setenv("AWS_ENDPOINT_URL", bucket.url)
    bucket.is_broken = True
    with pytest.raises(ModelError, match="a model could not be read in the S3 store"):
        await fetch_from_bucket("aws", "one.tar.gz", tmp_path)


@pytest.mark.parametrize("kind", ["gcs", "azure"])
async def test_other_stores_say_what_to_use_instead(kind, tmp_path):
    with pytest.raises(ModelError, match="one that speaks S3"):
        await fetch_from_bucket(kind, None, tmp_path)


async def test_an_unknown_store_and_one_without_a_bucket_are_refused(monkeypatch, tmp_path):
    with pytest.raises(ModelError, match="known is: aws"):
        await fetch_from_bucket("ftp", None, tmp_path)
    monkeypatch.delenv("BUCKET_NAME", raising=False)
    with pytest.raises(ModelError, match="set BUCKET_NAME"):
        await fetch_from_bucket("aws", None, tmp_path)


def watching_app(root, model=None, **endpoints):
    return open_app(
        AppSettings(
            root=root,
            model=model,
            models_folder=root / "models",
            storage_url=MEMORY,
            has_channels=False,
            endpoints=Endpoints(**endpoints),
        )
    )


async def test_an_app_answers_with_what_the_model_server_has(shop, trained, tmp_path):
    shop.content = trained["one"]
    models = ModelServerSettings(section={"url": shop.url}, wait_seconds=0.1)
    async with watching_app(tmp_path, models=models) as app:
        await until(lambda: app.models.current is not None)
        assert await said(app) == ["one"]
        shop.content, shop.etag = trained["two"][:300], "2"
        asked = len(shop.asked)
        await until(lambda: len(shop.asked) >= asked + 3)
        assert await said(app) == ["one"]
        shop.content, shop.etag = trained["two"], "3"
        file = app.models.current.file
        await until(lambda: app.models.current.file != file)
        assert await said(app) == ["two"]


async def test_a_request_can_name_a_server_or_a_bucket(shop, bucket, variables, trained, tmp_path):
    variables.setenv("AWS_ENDPOINT_URL", bucket.url)
    bucket.objects["/shop/bots/two.tar.gz"] = trained["two"]
    async with watching_app(tmp_path) as app:
        models = app.services().models
        shop.content = trained["one"]
        await models.load_from_server({"url": shop.url, "wait_time_between_pulls": None})
        assert await said(app) == ["one"]
        await models.load_from_bucket("aws", "two.tar.gz")
        assert await said(app) == ["two"]
        with pytest.raises(ModelError, match="needs a 'url'"):
            await models.load_from_server({})
        with pytest.raises(ModelError, match="there is no 'x' in the bucket"):
            await models.load_from_bucket("aws", "x")
        assert await said(app) == ["two"]
