"""``python -m kefu`` and the ``kefu`` command."""

from kefu.cli import main

__all__ = ["main"]

if __name__ == "__main__":
    main()
