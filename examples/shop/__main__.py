"""Start the shop: ``python -m examples.shop``."""

from __future__ import annotations

import argparse

from examples.shop.service import build_service


def main() -> None:
    """Read the options and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m examples.shop", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=5056, help="port (%(default)s)")
    parser.add_argument("--database", default="var/shop.db", help="SQLite file (%(default)s)")
    options = parser.parse_args()
    app = build_service(options.database)
    app.run(
        host=options.host,
        port=options.port,
        single_process=True,
        access_log=False,
        motd=False,
    )


if __name__ == "__main__":
    main()
