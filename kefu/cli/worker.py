"""One of several serving processes: ``python -m kefu.cli.worker``, started by the supervisor.

Its arguments are its number, the level of its log and three inherited descriptors: the socket that
all workers accept from, and a pipe from and to the supervisor. What the command was asked for comes
through the first pipe, so that no secret stands on a command line.
"""

from __future__ import annotations

import sys
from typing import NoReturn

__all__: list[str] = []


def _main() -> NoReturn:
    from kefu.cli import leave

    leave(_work)


def _work() -> None:
    import os
    import socket

    from kefu.cli.run_options import RunOptions
    from kefu.cli.serving import Place, serve_as_worker
    from kefu.logs import set_up_logging

    number, level, listening, incoming, outgoing = sys.argv[1:]
    set_up_logging(level, process=f"worker {number}")
    descriptors = [int(text) for text in (listening, incoming, outgoing)]
    for descriptor in descriptors:
        os.set_inheritable(descriptor, False)
    commands = os.fdopen(descriptors[1], "rb", buffering=0)
    options = RunOptions.decoded(commands.readline().decode())
    serve_as_worker(
        options,
        Place(
            number=int(number),
            sock=socket.socket(fileno=descriptors[0]),
            incoming=commands,
            outgoing=os.fdopen(descriptors[2], "wb", buffering=0),
        ),
    )


if __name__ == "__main__":
    _main()
