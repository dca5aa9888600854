"""All addresses of the library."""

from __future__ import annotations

from kefu.server.desk.library import canned, contacts, drafts, handling, labels, words

__all__ = ["ROUTES"]

ROUTES = (
    *canned.ROUTES,
    *words.ROUTES,
    *labels.ROUTES,
    *handling.ROUTES,
    *drafts.ROUTES,
    *contacts.ROUTES,
)
