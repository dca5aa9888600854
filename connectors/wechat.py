"""The official account (公众号) of this shop.

Named in credentials.yml::

    connectors.wechat.WeChat:
      appid: wx0123456789abcdef
      secret: ${WECHAT_SECRET}
      token: ${WECHAT_TOKEN}
      encoding_aes_key: ${WECHAT_AES_KEY}

It is Kefu's channel ``wechat`` as it is; what is particular to this shop goes here.
"""

from __future__ import annotations

from kefu.channels.wechat import WeChatConnector

__all__ = ["WeChat"]


class WeChat(WeChatConnector):
    """Customers who write to the official account."""
