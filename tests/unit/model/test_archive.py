import gzip
import io
import tarfile
from pathlib import Path

import numpy as np
import pytest

from kefu.errors import ModelError
from kefu.model.archive import pack, read_archive, read_metadata, unpack, write_archive
from kefu.model.metadata import ModelMetadata

METADATA = ModelMetadata(
    fingerprint="f" * 64,
    language="zh",
    assistant_id="shop",
    counts={"examples": 3},
)


def packed(**parts: object) -> bytes:
    buffer = io.BytesIO()
    pack(buffer, parts)
    return buffer.getvalue()


def unpacked(content: bytes, **options: int) -> dict[str, object]:
    return dict(unpack(io.BytesIO(content), **options))


def tar(*members: tarfile.TarInfo, compress: bool = True) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz" if compress else "w") as archive:
        for member in members:
            archive.addfile(member, io.BytesIO(b"x" * member.size))
    return buffer.getvalue()


def member(name: str, kind: bytes = tarfile.REGTYPE, size: int = 1, link: str = "") -> bytes:
    info = tarfile.TarInfo(name)
    info.type, info.size, info.linkname = kind, size, link
    return tar(info)


def test_parts_come_back_as_they_were() -> None:
    content = unpacked(
        packed(
            table={"词": [1, 2.5, None, True], "b": "é"},
            raw=b"\x00\xff",
            weights=np.arange(6, dtype=np.float32).reshape(2, 3),
        )
    )
    assert content["table"] == {"词": [1, 2.5, None, True], "b": "é"}
    assert content["raw"] == b"\x00\xff"
    np.testing.assert_array_equal(content["weights"], np.arange(6, dtype=np.float32).reshape(2, 3))


def test_order_of_keys_survives() -> None:
    assert list(unpacked(packed(slots={"b": 1, "a": 2}))["slots"]) == ["b", "a"]


def test_same_parts_in_another_order_give_the_same_bytes() -> None:
    assert packed(a=1, b=b"2", c=[3]) == packed(c=[3], b=b"2", a=1)


def test_objects_in_arrays_are_refused() -> None:
    with pytest.raises(ValueError, match="Object arrays"):
        packed(array=np.array([object()]))


@pytest.mark.parametrize(
    "content",
    [
        member("../../etc/cron.d/x.json"),
        member("/etc/passwd.json"),
        member("a/./b.json"),
        member("a\\b.json"),
        member("x.json", tarfile.SYMTYPE, 0, "/etc/passwd"),
        member("x.json", tarfile.LNKTYPE, 0, "y.json"),
        member("x", tarfile.DIRTYPE, 0),
        member("x.json", tarfile.FIFOTYPE, 0),
        member("run.pkl"),
        member("run.py"),
        member("a" * 300 + ".json"),
    ],
    ids=[
        "parent",
        "absolute",
        "dot",
        "backslash",
        "symbolic-link",
        "hard-link",
        "folder",
        "pipe",
        "pickle",
        "code",
        "long-name",
    ],
)
def test_members_that_no_model_holds_are_refused(content: bytes) -> None:
    with pytest.raises(ModelError):
        unpacked(content)


def test_pickled_arrays_are_refused() -> None:
    buffer = io.BytesIO()
    np.save(buffer, np.array([{"a": 1}], dtype=object), allow_pickle=True)
    info = tarfile.TarInfo("x.npy")
    info.size = len(buffer.getvalue())
    raw = info.tobuf(tarfile.USTAR_FORMAT) + buffer.getvalue()
    raw += b"\0" * (-len(raw) % 512 + 1024)
    with pytest.raises(ModelError, match="damaged"):
        unpacked(gzip.compress(raw))


def test_an_array_must_be_as_large_as_it_says() -> None:
    buffer = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        buffer, {"descr": "<f8", "fortran_order": False, "shape": (10**15,)}
    )
    info = tarfile.TarInfo("x.npy")
    info.size = len(buffer.getvalue())
    raw = info.tobuf(tarfile.USTAR_FORMAT) + buffer.getvalue()
    raw += b"\0" * (-len(raw) % 512 + 1024)
    with pytest.raises(ModelError, match="damaged"):
        unpacked(gzip.compress(raw))


@pytest.mark.parametrize("array", [np.zeros((0, 3)), np.array(5), np.array(["a", "词"])])
def test_odd_arrays_come_back(array: np.ndarray) -> None:
    found = unpacked(packed(x=array))["x"]
    assert found.shape == array.shape
    np.testing.assert_array_equal(found, array)


def test_a_bomb_is_refused_before_it_is_unpacked() -> None:
    content = packed(zeros=b"\0" * 5_000_000)
    assert len(content) < 20_000
    with pytest.raises(ModelError, match="more than 1 MB"):
        unpacked(content, limit=1 << 20)


def test_every_truncation_is_noticed() -> None:
    content = packed(a={"x": 1}, b=bytes(range(256)) * 10)
    for length in range(0, len(content) - 1, 7):
        with pytest.raises(ModelError):
            unpacked(content[:length])


def test_every_flipped_byte_is_noticed_or_harmless() -> None:
    parts = {"a": {"x": 1}, "b": bytes(range(256))}
    content = packed(**parts)
    for position in range(len(content)):
        damaged = bytearray(content)
        damaged[position] ^= 0xFF
        try:
            found = unpacked(bytes(damaged))
        except ModelError:
            continue
        assert found == parts


def test_a_model_is_written_and_read(tmp_path: Path) -> None:
    path = tmp_path / "models" / "m.tar.gz"
    write_archive(path, METADATA, {"domain": {"intents": ["问候"]}})
    metadata, parts = read_archive(path)
    assert metadata == METADATA == read_metadata(path)
    assert metadata.counts == {"examples": 3}
    assert parts == {"domain": {"intents": ["问候"]}}
    assert [item.name for item in path.parent.iterdir()] == ["m.tar.gz"]


def test_the_same_model_is_the_same_file(tmp_path: Path) -> None:
    for name in ("a.tar.gz", "b.tar.gz"):
        write_archive(tmp_path / name, METADATA, {"domain": {}, "x": np.ones(3)})
    assert (tmp_path / "a.tar.gz").read_bytes() == (tmp_path / "b.tar.gz").read_bytes()


def test_a_failed_write_keeps_the_old_model(tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    write_archive(path, METADATA, {"domain": {}})
    old = path.read_bytes()
    with pytest.raises(TypeError):
        write_archive(path, METADATA, {"domain": object()})
    assert path.read_bytes() == old
    assert [item.name for item in tmp_path.iterdir()] == ["m.tar.gz"]


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["./", "./metadata.json", "./components/train_DIETClassifier2/x"], "a model of Rasa 3"),
        (["components/x", "metadata.json"], "a model of Rasa 3"),
        (["core/policy", "fingerprint.json"], "a model of Rasa 1 or 2"),
        (["readme.txt"], "not a model of Kefu"),
    ],
)
def test_foreign_archives_are_named(tmp_path: Path, names: list[str], said: str) -> None:
    path = tmp_path / "m.tar.gz"
    members = []
    for name in names:
        info = tarfile.TarInfo(name)
        info.type, info.size = (tarfile.DIRTYPE, 0) if name.endswith("/") else (tarfile.REGTYPE, 1)
        members.append(info)
    path.write_bytes(tar(*members))
    with pytest.raises(ModelError, match=said):
        read_archive(path)


@pytest.mark.parametrize(
    "content", [b"", b"hello", b"PK\x03\x04zip", gzip.compress(b"not a tar", mtime=0)]
)
def test_files_of_another_kind_are_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "m.tar.gz"
    path.write_bytes(content)
    with pytest.raises(ModelError, match=r"m\.tar\.gz: cannot load this model"):
        read_metadata(path)


def test_a_model_of_a_newer_format_says_so(tmp_path: Path) -> None:
    path = tmp_path / "m.tar.gz"
    raw = METADATA.to_json() | {"format": 99, "kefu_version": "9.9"}
    path.write_bytes(packed(kefu=raw))
    with pytest.raises(ModelError, match=r"made by Kefu 9\.9 .*update Kefu"):
        read_metadata(path)


@pytest.mark.parametrize("raw", [[], {}, {"format": "1"}, {"format": 1, "fingerprint": 3}])
def test_damaged_descriptions_are_refused(tmp_path: Path, raw: object) -> None:
    path = tmp_path / "m.tar.gz"
    path.write_bytes(packed(kefu=raw))
    with pytest.raises(ModelError, match="damaged"):
        read_metadata(path)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"none\.tar\.gz: cannot read"):
        read_metadata(tmp_path / "none.tar.gz")
