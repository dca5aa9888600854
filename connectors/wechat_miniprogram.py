"""The customer-service messages (客服消息) of this shop's mini-program.

Named in credentials.yml::

    connectors.wechat_miniprogram.MiniProgram:
      appid: wx0123456789abcdef
      secret: ${MINIPROGRAM_SECRET}
      token: ${MINIPROGRAM_TOKEN}
      encoding_aes_key: ${MINIPROGRAM_AES_KEY}

It is Kefu's channel ``wechat_miniprogram`` as it is; what is particular to this shop goes here.
"""

from __future__ import annotations

from kefu.channels.wechat import MiniProgramConnector

__all__ = ["MiniProgram"]


class MiniProgram(MiniProgramConnector):
    """Customers in the mini-program's customer-service window."""
