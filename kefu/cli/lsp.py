"""``kefu lsp``: a language server for editors."""

from __future__ import annotations

import click

from kefu.cli.group import KefuCommand
from kefu.cli.options import logging_options

__all__ = ["lsp"]


@click.command(cls=KefuCommand, epilog="kefu lsp        # editors start it themselves")
@click.option("--stdio", is_flag=True, help="Speak over the standard streams; the only way.")
@logging_options
@click.pass_context
def lsp(ctx: click.Context, stdio: bool) -> None:  # noqa: ARG001 - editors give it
    """Serve an editor: completion, definitions, references, renaming, problems as you type.

    Speaks the Language Server Protocol over the standard streams, about texts as they stand in the
    editor, saved or not. Editors start it; see docs/howto/editor.md.
    """
    import sys
    from io import FileIO

    from kefu.app.schemas import project_schemas
    from kefu.lsp.server import serve

    stdin = FileIO(sys.stdin.fileno(), closefd=False)
    stdout = sys.stdout.buffer
    sys.stdout = sys.stderr  # nothing but messages may go there
    ctx.exit(serve(stdin, stdout, project_schemas))
