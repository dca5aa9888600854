"""Start the shop: ``python -m examples.shop``."""

from __future__ import annotations

import argparse
import sqlite3
import sys
from pathlib import Path

from examples.shop.keys import API_KEY, JWT_SECRET
from examples.shop.service import Settings, build_service


def main() -> None:
    """Read the options and serve until interrupted."""
    parser = argparse.ArgumentParser(prog="python -m examples.shop", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (%(default)s)")
    parser.add_argument("--port", type=int, default=5056, help="port (%(default)s)")
    parser.add_argument("--database", default="var/shop.db", help="SQLite file (%(default)s)")
    parser.add_argument(
        "--keys",
        type=Path,
        default="var",
        help="folder for keys that no variable gives (%(default)s)",
    )
    parser.add_argument(
        "--kefu", default="http://127.0.0.1:5005", help="where browsers find the chat (%(default)s)"
    )
    parser.add_argument("--make-keys", action="store_true", help="make the keys and end")
    options = parser.parse_args()
    try:
        keys = API_KEY.read(options.keys), JWT_SECRET.read(options.keys)
        if options.make_keys:
            return
        app = build_service(options.database, Settings(*keys, options.kefu))
    except (OSError, sqlite3.Error) as error:
        parser.exit(1, f"The shop cannot use the database {options.database}: {error}\n")

    @app.after_server_start
    async def tell(_: object) -> None:
        address = f"http://{options.host}:{options.port}"
        sys.stdout.write(f"  Shop           {address}/\n  Its API        {address}/api/docs\n")
        sys.stdout.flush()

    try:
        app.run(
            host=options.host, port=options.port, single_process=True, access_log=False, motd=False
        )
    except OSError as error:
        address = f"{options.host}:{options.port}"
        parser.exit(1, f"The shop cannot listen on {address}: {error.strerror or error}\n")


if __name__ == "__main__":
    main()
