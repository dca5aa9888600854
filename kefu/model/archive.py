"""The archive of a trained model: a tar.gz that holds JSON, arrays and raw bytes only.

The same content always gives the same bytes: members are sorted and carry no times or owners.
Reading trusts nothing. Members are read one after the other into memory, only plain files with
harmless names are accepted, and the unpacked size is limited, so that an archive can neither
write files, nor run code, nor fill the memory.
"""

from __future__ import annotations

import gzip
import io
import math
import os
import tarfile
import threading
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import msgspec

from kefu.core.parts import Part, Parts
from kefu.errors import ModelError
from kefu.model.foreign import describe_foreign
from kefu.model.metadata import ModelMetadata

__all__ = [
    "GZIP_LEVEL",
    "MAX_UNPACKED_BYTES",
    "pack",
    "read_archive",
    "read_metadata",
    "unpack",
    "write_archive",
]

MAX_UNPACKED_BYTES = 1024**3
MAX_MEMBERS = 20_000
METADATA_MEMBER = "kefu.json"
GZIP_LEVEL = 5
_BLOCK = tarfile.BLOCKSIZE
_END = b"\0" * _BLOCK
_NPY_VERSION = (1, 0)
_DAMAGED = "it is damaged or incomplete — copy it again, or train the model again"


def write_archive(
    path: Path, metadata: ModelMetadata, parts: Parts, *, level: int = GZIP_LEVEL
) -> None:
    """Write a model archive; ``path`` either keeps its old content or gets all of the new.

    Args:
        path: The file.
        metadata: What the model says of itself.
        parts: The content.
        level: How hard to compress, from 1 to 9.
    """
    with _replacing(path) as file:
        head: Parts = {METADATA_MEMBER.removesuffix(".json"): metadata.to_json()}
        pack(file, head, parts, level=level)


def read_archive(path: Path, *, limit: int = MAX_UNPACKED_BYTES) -> tuple[ModelMetadata, Parts]:
    """Read a model archive.

    Raises:
        ModelError: There is no such file, or it is not a model this version can read.
    """
    with _opened(path) as file:
        members = unpack(file, limit=limit)
        metadata = _metadata(path, members)
        return metadata, dict(members)


def read_metadata(path: Path) -> ModelMetadata:
    """Read only what an archive says of itself; far cheaper than reading it all.

    Raises:
        ModelError: There is no such file, or it is not a model this version can read.
    """
    with _opened(path) as file:
        return _metadata(path, unpack(file))


def pack(file: IO[bytes], *groups: Parts, level: int = GZIP_LEVEL) -> None:
    """Write parts as a tar.gz, each group sorted by name."""
    with gzip.GzipFile(
        filename="", fileobj=file, mode="wb", compresslevel=level, mtime=0
    ) as zipped:
        for group in groups:
            members = sorted((*_encoded(name, part),) for name, part in group.items())
            for name, content in members:
                zipped.write(_header(name, len(content)))
                zipped.write(content)
                zipped.write(b"\0" * (-len(content) % _BLOCK))
        zipped.write(_END * 2)


def unpack(file: IO[bytes], *, limit: int = MAX_UNPACKED_BYTES) -> Iterator[tuple[str, Part]]:
    """Yield the parts of what :func:`pack` wrote, in its order.

    Raises:
        ModelError: The data is damaged, or holds what :func:`pack` never writes.
    """
    left = limit
    try:
        with gzip.GzipFile(fileobj=file, mode="rb") as zipped:
            for _ in range(MAX_MEMBERS):
                header = _exactly(zipped, _BLOCK)
                if header == _END:
                    _drain(zipped)
                    return
                info = tarfile.TarInfo.frombuf(header, "utf-8", "strict")
                _check_member(info)
                left -= info.size
                if left < 0:
                    raise ModelError(f"it unpacks to more than {limit >> 20} MB — not a model")
                content = _exactly(zipped, info.size)
                _exactly(zipped, -info.size % _BLOCK)
                yield _decoded(info.name, content)
        raise ModelError(f"it has more than {MAX_MEMBERS} members — not a model")
    except (EOFError, OSError, zlib.error, tarfile.TarError, UnicodeError) as error:
        raise ModelError(_DAMAGED) from error


def _metadata(path: Path, members: Iterator[tuple[str, Part]]) -> ModelMetadata:
    try:
        name, part = next(members, ("", None))
    except ModelError as error:
        raise ModelError(describe_foreign(path) or str(error)) from error
    if f"{name}.json" != METADATA_MEMBER:
        raise ModelError(describe_foreign(path) or "it is not a model of Kefu")
    return ModelMetadata.from_json(part)


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """Open ``path``; errors get its name in front."""
    try:
        with path.open("rb") as file:
            yield file
    except ModelError as error:
        raise ModelError(f"{path}: cannot load this model: {error}") from error
    except OSError as error:
        raise ModelError(f"{path}: cannot read this file: {error.strerror}") from error


@contextmanager
def _replacing(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    who = f"{os.getpid()}-{threading.get_ident()}"  # two may write the same at once
    unfinished = path.with_name(f".{path.name}.{who}.unfinished")
    try:
        with unfinished.open("wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _header(name: str, size: int) -> bytes:
    info = tarfile.TarInfo(name)
    info.size = size
    _check_member(info)
    return info.tobuf(tarfile.USTAR_FORMAT, "utf-8", "strict")


def _check_member(info: tarfile.TarInfo) -> None:
    pieces = info.name.split("/")
    is_harmless = (
        all(piece not in ("", ".", "..") for piece in pieces)
        and "\\" not in info.name
        and info.name.isprintable()
    )
    if info.type not in (tarfile.REGTYPE, tarfile.AREGTYPE) or not is_harmless or info.size < 0:
        raise ModelError(f"it holds {info.name!r}, which no model holds — not a model of Kefu")


def _encoded(name: str, part: Part) -> tuple[str, bytes]:
    if isinstance(part, bytes):
        return f"{name}.bin", part
    if hasattr(part, "__array_interface__"):
        return f"{name}.npy", _encode_array(part)
    return f"{name}.json", msgspec.json.encode(part)


def _decoded(name: str, content: bytes) -> tuple[str, Part]:
    stem, _, suffix = name.rpartition(".")
    if suffix == "bin":
        return stem, content
    if suffix == "npy":
        return stem, _decode_array(content)
    if suffix == "json":
        try:
            return stem, msgspec.json.decode(content)
        except (msgspec.MsgspecError, RecursionError) as error:
            raise ModelError(_DAMAGED) from error
    raise ModelError(f"it holds {name!r}, which no model holds — not a model of Kefu")


def _encode_array(array: Any) -> bytes:
    from numpy.lib import format as npy  # noqa: PLC0415 - a model without arrays needs no numpy

    buffer = io.BytesIO()
    npy.write_array(buffer, array, version=_NPY_VERSION, allow_pickle=False)
    return buffer.getvalue()


def _decode_array(content: bytes) -> Any:
    from numpy.lib import format as npy  # noqa: PLC0415 - a model without arrays needs no numpy

    buffer = io.BytesIO(content)
    try:
        is_expected = npy.read_magic(buffer) == _NPY_VERSION
        shape, _, dtype = npy.read_array_header_1_0(buffer)
        # Looked at before memory is taken for what the array claims to hold.
        is_whole = math.prod(shape) * dtype.itemsize == len(content) - buffer.tell()
        buffer.seek(0)
        array = npy.read_array(buffer, allow_pickle=False) if is_expected and is_whole else None
    except (ValueError, EOFError, MemoryError, OverflowError) as error:
        raise ModelError(_DAMAGED) from error
    if array is None:
        raise ModelError(_DAMAGED)
    return array


def _exactly(file: gzip.GzipFile, size: int) -> bytes:
    content = file.read(size)
    if len(content) != size:
        raise EOFError
    return content


def _drain(file: gzip.GzipFile) -> None:
    """Read the few bytes behind the end mark, so that gzip checks its checksum."""
    if len(file.read(_BLOCK + 1)) > _BLOCK:
        raise ModelError(_DAMAGED)
