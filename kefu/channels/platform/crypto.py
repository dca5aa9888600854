"""Signatures and encryption of WeChat's and WeCom's callbacks.

A signature is the SHA-1 of its parts, sorted and joined. An encrypted message is AES-256-CBC under
the EncodingAESKey, its initial vector the key's first 16 bytes, padded by PKCS#7 to 32 bytes.
Inside are 16 random bytes, the length of the message (4 bytes, big-endian), the message, and the id
of whom it is for. Source: WeChat's and WeCom's developer documents on message encryption.
"""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha1
from typing import Any

from kefu.errors import ChannelError, Untrusted

__all__ = ["MessageCrypto", "Opened", "check_signature", "signature_of"]

BLOCK = 32
PREFIX = 16
KEY_LENGTH = 43


def signature_of(*parts: str) -> str:
    """Return the signature of ``parts``, in whatever order they come."""
    joined = "".join(sorted(parts)).encode("utf-8", "replace")
    return sha1(joined, usedforsecurity=False).hexdigest()


def check_signature(signature: str, *parts: str) -> None:
    """Compare in constant time.

    Raises:
        Untrusted: ``bad_signature``.
    """
    if not hmac.compare_digest(signature_of(*parts).encode(), signature.encode("utf-8", "replace")):
        raise Untrusted("bad_signature", "the signature is missing or wrong")


@dataclass(frozen=True, slots=True)
class Opened:
    """A message that was decrypted, and the key that did it: an answer is sealed with the same."""

    message: bytes
    key: bytes


class MessageCrypto:
    """Opens and seals the messages of one receiver.

    Args:
        token: The word that both sides sign with.
        keys: EncodingAESKeys, the current one first; previous ones are still accepted while the
            platform rotates.
        receiver: The appid or corp id that messages must be for.

    Raises:
        ChannelError: A key is no EncodingAESKey.
    """

    def __init__(self, *, token: str, keys: Sequence[str], receiver: str) -> None:
        self._token = token
        self._keys = tuple(_decoded_key(key) for key in keys)
        self._receiver = receiver.encode()

    def open(self, encrypted: str, *, signature: str, timestamp: str, nonce: str) -> Opened:
        """Check the signature and decrypt.

        Raises:
            Untrusted: ``bad_signature``; ``malformed``, which no key opens; ``foreign_appid``.
        """
        check_signature(signature, self._token, timestamp, nonce, encrypted)
        try:
            data = base64.b64decode(encrypted, validate=True)
        except (binascii.Error, ValueError) as error:
            raise Untrusted("malformed", "the encrypted message is no base64") from error
        is_foreign = False
        for key in self._keys:
            content = _unpadded(_decrypted(key, data))
            if content is None:
                continue
            message, receiver = content
            if hmac.compare_digest(receiver, self._receiver):
                return Opened(message, key)
            is_foreign = is_foreign or receiver.isascii()
        if is_foreign:
            raise Untrusted("foreign_appid", "the message is for another appid or corp id")
        raise Untrusted("malformed", "the message cannot be decrypted with the configured key")

    def seal(self, message: bytes, *, key: bytes, timestamp: str, nonce: str) -> dict[str, str]:
        """Return the fields of an encrypted answer: Encrypt, MsgSignature, TimeStamp, Nonce."""
        head = secrets.token_bytes(PREFIX) + len(message).to_bytes(4, "big")
        content = head + message + self._receiver
        padding = BLOCK - len(content) % BLOCK
        encrypted = base64.b64encode(_encrypted(key, content + bytes([padding]) * padding)).decode()
        return {
            "Encrypt": encrypted,
            "MsgSignature": signature_of(self._token, timestamp, nonce, encrypted),
            "TimeStamp": timestamp,
            "Nonce": nonce,
        }


def _decoded_key(key: str) -> bytes:
    try:
        decoded = base64.b64decode(f"{key}=", validate=True)
    except (binascii.Error, ValueError):
        decoded = b""
    if len(key) != KEY_LENGTH or len(decoded) != BLOCK:
        raise ChannelError(
            f"an EncodingAESKey has {KEY_LENGTH} letters and digits; copy it from the platform's "
            "page again"
        )
    return decoded


def _unpadded(content: bytes) -> tuple[bytes, bytes] | None:
    """Return the message and its receiver; None when this was not encrypted with the same key."""
    if not content:
        return None
    padding = content[-1]
    if not 1 <= padding <= BLOCK or content[-padding:] != bytes([padding]) * padding:
        return None
    content = content[PREFIX:-padding]
    length = int.from_bytes(content[:4], "big")
    if len(content) < 4 + length:
        return None
    return content[4 : 4 + length], content[4 + length :]


def _decrypted(key: bytes, data: bytes) -> bytes:
    if not data or len(data) % PREFIX:
        return b""
    decryptor = _cipher(key).decryptor()
    return bytes(decryptor.update(data) + decryptor.finalize())


def _encrypted(key: bytes, content: bytes) -> bytes:
    encryptor = _cipher(key).encryptor()
    return bytes(encryptor.update(content) + encryptor.finalize())


def _cipher(key: bytes) -> Any:
    from cryptography.hazmat.primitives.ciphers import (  # noqa: PLC0415 - loaded when needed
        Cipher,
        algorithms,
        modes,
    )

    return Cipher(algorithms.AES(key), modes.CBC(key[:PREFIX]))
