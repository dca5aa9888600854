"""Channel ``wecom``: WeCom 微信客服, as this project uses it.

The mechanics are in :mod:`kefu.channels.wecom`; docs/howto/connect_wecom.md tells what to set up. A
project that wants something done differently derives here, and names this class in
credentials.yml as ``connectors.wecom.WeCom``.
"""

from __future__ import annotations

from kefu.channels.wecom.connector import WeComConnector

__all__ = ["WeCom"]


class WeCom(WeComConnector):
    """Customers who write to one of the enterprise's 客服 accounts."""
