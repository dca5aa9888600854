"""Records of attachments on every store, and their bytes in every place."""

import hashlib
import hmac
import re

import pytest
from aiohttp import web

from kefu.core.attachments import Kept
from kefu.errors import StorageError, Unavailable
from kefu.storage.files.local import LocalFiles
from kefu.storage.files.memory import MemoryFiles

NAME = "AbC-_0123456789xyz.png"
ACCESS, SECRET = "AKIDEXAMPLE", "wJalrXUtnFEMI/K7MDENG"


def a_record(number=1, **changes):
    return Kept(
        **{
            "attachment_id": f"id-{number}.png",
            "conversation_id": "web-1",
            "name": "照片.png",
            "content_type": "image/png",
            "size": 12,
            "created_at": 1000.0 + number,
            **changes,
        }
    )


async def test_a_record_is_found_by_its_id(storage):
    await storage.attachments.add(a_record())
    assert await storage.attachments.get("id-1.png") == a_record()
    assert await storage.attachments.get("id-2.png") is None


async def test_a_conversations_records_come_in_order(storage):
    for number in (3, 1, 2):
        await storage.attachments.add(a_record(number))
    await storage.attachments.add(a_record(4, conversation_id="web-2"))
    found = await storage.attachments.of_conversation("web-1")
    assert found == [a_record(1), a_record(2), a_record(3)]


class Bucket:
    """A small S3: signatures (version 4) are checked by a second implementation."""

    def __init__(self):
        self.objects = {}
        self.is_broken = False

    async def serve(self, request):
        if self.is_broken:
            return web.Response(status=403, text="<Error><Code>AccessDenied</Code></Error>")
        body = await request.read()
        if not self._is_signed(request):
            return web.Response(
                status=403, text="<Error><Code>SignatureDoesNotMatch</Code></Error>"
            )
        key = request.path
        if request.method == "PUT":
            self.objects[key] = body
            return web.Response(headers={"ETag": '"1"'})
        if "delete" in request.query:
            names = re.findall(r"<Key>(.*?)</Key>", body.decode())
            for name in names:
                self.objects.pop(f"{key.rstrip('/')}/{name}", None)
            found = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
            return web.Response(text=f"<DeleteResult>{found}</DeleteResult>")
        if key not in self.objects:
            return web.Response(status=404, text="<Error><Code>NoSuchKey</Code></Error>")
        headers = {"ETag": '"1"', "Last-Modified": "Sat, 28 Nov 2026 10:00:00 GMT"}
        return web.Response(body=self.objects[key], headers=headers)

    def _is_signed(self, request):
        kind, _, rest = request.headers["Authorization"].partition(" ")
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        scope = parts["Credential"].removeprefix(f"{ACCESS}/")
        names = parts["SignedHeaders"].split(";")
        headers = "".join(f"{name}:{request.headers[name].strip()}\n" for name in names)
        digest = request.headers["x-amz-content-sha256"]
        path, _, query = request.raw_path.partition("?")
        query = "&".join(part if "=" in part else f"{part}=" for part in query.split("&") if part)
        canonical = "\n".join(
            [request.method, path, query, headers, parts["SignedHeaders"], digest]
        )
        to_sign = "\n".join(
            [
                kind,
                request.headers["x-amz-date"],
                scope,
                hashlib.sha256(canonical.encode()).hexdigest(),
            ]
        )
        key = f"AWS4{SECRET}".encode()
        for part in scope.split("/"):
            key = hmac.digest(key, part.encode(), "sha256")
        return hmac.digest(key, to_sign.encode(), "sha256").hex() == parts["Signature"]


@pytest.fixture
async def bucket():
    served = Bucket()
    app = web.Application(client_max_size=1 << 24)
    app.router.add_route("*", "/{path:.*}", served.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    served.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
    yield served
    await runner.cleanup()


def s3_files(bucket):
    from kefu.storage.files.s3 import S3Files

    return S3Files(
        "kefu-bucket",
        endpoint=bucket.url,
        access_key=ACCESS,
        secret_key=SECRET,
        prefix="chat/",
    )


@pytest.fixture(params=["memory", "local", "s3"])
def files(request, tmp_path):
    match request.param:
        case "memory":
            return MemoryFiles()
        case "local":
            return LocalFiles(tmp_path / "attachments")
        case _:
            return s3_files(request.getfixturevalue("bucket"))


async def test_a_file_comes_back_as_it_was(files):
    data = bytes(range(256)) * 4000
    await files.put(NAME, data)
    assert await files.get(NAME) == data
    assert await files.get("other-name.png") is None
    await files.delete(NAME)
    await files.delete(NAME)
    assert await files.get(NAME) is None


async def test_a_file_lies_below_the_prefix_of_the_bucket(bucket):
    await s3_files(bucket).put(NAME, b"data")
    assert bucket.objects == {f"/kefu-bucket/chat/{NAME}": b"data"}


async def test_a_store_that_refuses_is_unavailable_and_no_secret_is_told(bucket):
    bucket.is_broken = True
    with pytest.raises(Unavailable) as refused:
        await s3_files(bucket).put(NAME, b"data")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "", ".png", "x" * 5 + "\0", "a.b.c"])
async def test_names_that_would_leave_the_folder_are_refused(tmp_path, name):
    files = LocalFiles(tmp_path)
    assert await files.get(name) is None
    with pytest.raises(StorageError):
        await files.put(name, b"data")


async def test_a_folder_that_cannot_be_written_to_is_unavailable(tmp_path):
    tmp_path.joinpath("file").write_text("no folder")
    with pytest.raises(Unavailable, match="cannot be kept"):
        await LocalFiles(tmp_path / "file").put(NAME, b"data")
