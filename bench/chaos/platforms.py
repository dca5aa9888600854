"""Customers on WeChat and WeCom, through the simulators of tests/."""

CREDENTIALS = """
web:
  burst: 1000
  messages_per_second: 1000
"""


class Platforms:
    """The platforms' side of the run."""

    def __init__(self, url):
        self._url = url

    async def start(self):
        """Start the simulators."""

    async def stop(self):
        """Stop them."""

    def credentials(self):
        """Return credentials.yml."""
        return CREDENTIALS

    def customers(self, number, ledger, seed, is_over):
        """Return ``number`` customers, half of them on WeCom."""
        return []
