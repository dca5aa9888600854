"""What channels of chat platforms share: signatures, encryption, tokens, quotas, media, calls.

May be imported by connectors; loaded only when a channel needs it. Knows WeChat's and WeCom's
common protocol, none of their messages.
"""
