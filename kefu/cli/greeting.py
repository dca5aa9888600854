"""What an app serves, said when it does."""

from __future__ import annotations

import click

from kefu import __version__
from kefu.app.assembly import App
from kefu.cli.greeting_lines import row
from kefu.server.settings import ServerSettings

__all__ = ["greeting"]


def greeting(app: App, server: ServerSettings, url: str) -> str:
    """Return what the app serves, and where."""
    names = [connector.name for connector in app.connectors]
    page = f"{url}/" if "web" in names else "none: credentials.yml does not name 'web:'"
    rows = [("Chat page", page)]
    rows += [(f"Channel {name}", f"{url}/webhooks/{name}/") for name in names if name != "web"]
    if server.enable_api:
        guard = "asks for no token" if server.is_open else "asks for the token"
        rows.append(("HTTP API", f"{url}/ ({guard})"))
        if app.human_queue is not None:
            rows.append(("Human queue", f"{url}/api/v1/queue"))
    rows.append(("State", f"{url}/healthz, /readyz, /metrics"))
    rows.append(("Conversations", app.storage.description))
    if app.along.shared is not None:
        rows.append(("Shared through", app.along.description))
    model = app.models.current
    lines = [
        click.style(f"Kefu 客服 {__version__}", bold=True) + f"  {model.file if model else ''}"
    ]
    lines += [row(name, value) for name, value in rows]
    if model is not None and model.model.metadata.training == "nlu":
        lines.append("  This model understands, but does not answer: run 'kefu train'.")
    return "\n".join(lines)
