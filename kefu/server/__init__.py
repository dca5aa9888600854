"""The HTTP server: app factory, authentication, errors, routes, WebSockets and the chat page.

Carries bytes, decides nothing. May import ``kefu.gateway`` and below, not channels or storage:
what it serves is handed to it as :class:`kefu.server.services.Services`.
"""
