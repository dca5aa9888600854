"""The looks in which pages are checked: each language and each theme once.

Colours do not depend on the language, nor words on the theme, so that the other two combinations
would find nothing that these do not.
"""

import pytest

__all__ = ["LOOKS"]

LOOKS = pytest.mark.parametrize(("language", "theme"), [("zh-CN", "light"), ("en", "dark")])
