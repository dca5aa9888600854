"""What a file is, by its first bytes: what a browser or a customer says of it is not believed.

The signatures are those of the WHATWG's MIME Sniffing standard and of the formats themselves.
"""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath

__all__ = ["EXTENSIONS", "UNKNOWN", "shown_inline", "sniffed"]

UNKNOWN = "application/octet-stream"

_OFFICE = "application/vnd.openxmlformats-officedocument"
_SIGNATURES: tuple[tuple[int, bytes, str], ...] = (
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (0, b"BM", "image/bmp"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"\xff\xf2", "audio/mpeg"),
    (0, b"\xff\xf1", "audio/aac"),
    (0, b"\xff\xf9", "audio/aac"),
    (0, b"OggS", "audio/ogg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"#!AMR", "audio/amr"),
    (0, b"#!SILK_V3", "audio/silk"),
    (1, b"#!SILK_V3", "audio/silk"),
    (0, b"\x1aE\xdf\xa3", "video/webm"),
    (0, b"PK\x03\x04", "application/zip"),
    (0, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/msword"),
)
"""Offset, bytes, type."""
_RIFF = {b"WEBP": "image/webp", b"WAVE": "audio/wav", b"AVI ": "video/x-msvideo"}
_BRANDS = {
    b"heic": "image/heic",
    b"heix": "image/heic",
    b"mif1": "image/heic",
    b"avif": "image/avif",
    b"M4A ": "audio/mp4",
    b"M4B ": "audio/mp4",
    b"qt  ": "video/quicktime",
}
"""Brands of the ISO base media format; all others are films."""
_BY_NAME = {
    "application/zip": {
        ".docx": f"{_OFFICE}.wordprocessingml.document",
        ".xlsx": f"{_OFFICE}.spreadsheetml.sheet",
        ".pptx": f"{_OFFICE}.presentationml.presentation",
    },
    "application/msword": {
        ".xls": "application/vnd.ms-excel",
        ".ppt": "application/vnd.ms-powerpoint",
    },
    "text/plain": {".csv": "text/csv"},
}
"""Formats that share their first bytes: here, and only here, the name decides."""
EXTENSIONS = {
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/gif": ".gif",
    "image/bmp": ".bmp",
    "image/webp": ".webp",
    "image/heic": ".heic",
    "image/avif": ".avif",
    "audio/mpeg": ".mp3",
    "audio/aac": ".aac",
    "audio/ogg": ".ogg",
    "audio/flac": ".flac",
    "audio/amr": ".amr",
    "audio/silk": ".silk",
    "audio/wav": ".wav",
    "audio/mp4": ".m4a",
    "audio/webm": ".weba",
    "video/webm": ".webm",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
    "video/x-msvideo": ".avi",
    "application/pdf": ".pdf",
    "application/zip": ".zip",
    "application/msword": ".doc",
    "application/vnd.ms-excel": ".xls",
    "application/vnd.ms-powerpoint": ".ppt",
    f"{_OFFICE}.wordprocessingml.document": ".docx",
    f"{_OFFICE}.spreadsheetml.sheet": ".xlsx",
    f"{_OFFICE}.presentationml.presentation": ".pptx",
    "text/plain": ".txt",
    "text/csv": ".csv",
}
_TEXT_LOOKED_AT = 4096


def sniffed(data: bytes, *, name: str | None = None, declared_type: str | None = None) -> str:
    """Return the type of a file, :data:`UNKNOWN` for what is none of those that are known.

    Markup (HTML, SVG, XML) is unknown: it could run script where it is shown.

    Args:
        data: The whole file or its beginning.
        name: Decides between formats that share their first bytes, such as zip and docx.
        declared_type: Decides whether a WebM file is sound only.
    """
    found = _by_signature(data[:32]) or _as_text(data[:_TEXT_LOOKED_AT])
    if found == "video/webm" and (declared_type or "").startswith("audio/"):
        return "audio/webm"
    suffix = PurePosixPath((name or "").lower()).suffix
    return _BY_NAME.get(found, {}).get(suffix, found)


def shown_inline(content_type: str) -> bool:
    """Whether a browser may show a file of the type in place: it holds no script."""
    return content_type.startswith(("image/", "audio/", "video/")) and content_type in EXTENSIONS


def _by_signature(head: bytes) -> str | None:
    if head[:4] == b"RIFF":
        return _RIFF.get(head[8:12])
    if head[4:8] == b"ftyp":
        return _BRANDS.get(head[8:12], "video/mp4")
    for offset, signature, content_type in _SIGNATURES:
        if head[offset : offset + len(signature)] == signature:
            return content_type
    return None


def _as_text(head: bytes) -> str:
    if not head or b"\0" in head:
        return UNKNOWN
    try:
        text = head.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        # A character may be cut in two where the look ends.
        if len(head) < _TEXT_LOOKED_AT or error.start < len(head) - 4:
            return UNKNOWN
        text = head[: error.start].decode("utf-8-sig")
    if text.lstrip().startswith("<") or any(
        unicodedata.category(c) == "Cc" and c not in "\t\n\r\f" for c in text
    ):
        return UNKNOWN
    return "text/plain"
