"""Products generated from assortment.txt: a line for a kind of goods, several models each."""

from __future__ import annotations

from pathlib import Path
from random import Random
from typing import Any

__all__ = ["assortment"]

_FILE = Path(__file__).with_name("assortment.txt")
_FIRST = 101
_ALL_THE_SAME = "标准装"


def assortment() -> list[dict[str, Any]]:
    """Return the products, as catalogue.json has them; the same ones each time."""
    random = Random("assortment")
    products: list[dict[str, Any]] = []
    for line in _FILE.read_text("utf-8").splitlines():
        if not line.startswith("#"):
            for model in _models(line.split("|"), random):
                products.append({"sku": f"P{_FIRST + len(products)}", **model})
    return products


def _models(cells: list[str], random: Random) -> list[dict[str, Any]]:
    category, listed, aliases, colours, sizes, specs, why, material, usage, origin, months = cells
    models = []
    for number, entry in enumerate(listed.split(",")):
        name, _, price = entry.rpartition(":")
        chosen = {
            key: values[min(number, len(values) - 1)]
            for key, _, told in (one.partition("=") for one in specs.split(";"))
            if (values := told.split("/"))
        }
        chosen = {key: value for key, value in chosen.items() if value not in ("", "—")}
        facts = "，".join(f"{key} {value}" for key, value in list(chosen.items())[:3])
        models.append(
            {
                "name": name,
                "category": category,
                "price": int(price),
                "aliases": aliases,
                "details": f"{facts}；{why}。",
                "specs": chosen,
                "material": material,
                "usage": f"{usage}。",
                "origin": origin,
                "warranty_months": int(months),
                "sold": random.randrange(40, 4000),
                "stock": _stock(colours.split(), sizes.split(), random),
            }
        )
    return models


def _stock(colours: list[str], sizes: list[str], random: Random) -> dict[str, int]:
    """Return a number for each specification; one in twelve is sold out."""
    of_colours = colours or [""]
    of_sizes = sizes or [""]
    names = [f"{c}/{s}".strip("/") or _ALL_THE_SAME for c in of_colours for s in of_sizes]
    return {
        name: 0 if random.random() < 1 / 12 and len(names) > 1 else random.randrange(3, 160)
        for name in names
    }
