"""Versions that the server tells its clients."""

from typing import Final

__all__ = ["RASA_API_VERSION"]

RASA_API_VERSION: Final = "3.6.21"
"""The version of Rasa's HTTP API that is served: what ``version`` means to that API's clients."""
