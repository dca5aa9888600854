"""The keys of the shop: from the environment, else made once and kept in a file."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

__all__ = ["API_KEY", "JWT_SECRET", "Key"]


class Key:
    """A secret with a name in the environment and a file where one that was made is kept."""

    def __init__(self, variable: str, file: str) -> None:
        self.variable = variable
        self.file = file

    def read(self, folder: Path) -> str:
        """Return the key; one that is made is readable by this user only.

        Raises:
            OSError: The file cannot be read or written.
        """
        given = os.environ.get(self.variable, "").strip()
        if given:
            return given
        path = folder / self.file
        try:
            kept = path.read_text("utf-8").strip()
        except FileNotFoundError:
            kept = ""
        return kept or _made(path)


API_KEY = Key("SHOP_API_KEY", "shop.key")
JWT_SECRET = Key("SHOP_JWT_SECRET", "shop_jwt.key")


def _made(path: Path) -> str:
    key = secrets.token_hex(32)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:  # noqa: PTH123 - with a mode
        file.write(key + "\n")
    return key
