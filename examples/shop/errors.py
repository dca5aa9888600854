"""What the shop refuses, and why."""

from __future__ import annotations

__all__ = ["ShopError"]


class ShopError(Exception):
    """Raised when the shop does not do what was asked; becomes a JSON error with ``status``."""

    def __init__(self, status: int, code: str, message: str, /, **details: object) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.details = details

    def as_json(self) -> dict[str, object]:
        """Return the body of the answer."""
        return {"error": {"code": self.code, "message": self.message, **self.details}}
