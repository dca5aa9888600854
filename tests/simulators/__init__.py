"""Platforms played from their public protocols, independent of Kefu's connectors.

A simulator is a real HTTP server on 127.0.0.1 for what Kefu calls, and a client that posts to
Kefu what the platform would. Its cryptography comes from wechatpy: a second opinion.
"""
