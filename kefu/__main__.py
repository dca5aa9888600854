"""``python -m kefu`` and the ``kefu`` command."""

import os

# Models are many small products of matrices: more threads only wait for one another, and on a
# machine with other work that takes many times as long. Read when numpy is loaded.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")  # noqa: TID251 - set, not read

from kefu.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
