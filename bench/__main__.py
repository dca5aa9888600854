"""Runs the measurements, prints the table, records the results."""

import argparse
import json
import os
import platform
import shutil
import subprocess
import time
from pathlib import Path

from bench import engines, projects, serving
from bench.measure import installed_mb, run_median, run_once, size_mb
from bench.table import print_table

RESULTS = Path(__file__).parent / "results"


def train(engine, folder, runs):
    """Train from scratch; return the median cost of the whole command."""
    config = ["--config", engine.config] if folder.name == "shop" else []
    command = engine.call("train", "--force", "--out", "models", *config)
    costs = []
    for _ in range(runs):
        for left_over in ("models", ".kefu", ".rasa"):
            shutil.rmtree(folder / left_over, ignore_errors=True)
        costs.append(run_once(command, cwd=folder, extra_environment=engine.environment))
    costs.sort(key=lambda cost: cost.cpu_seconds)
    median = costs[len(costs) // 2]
    return {"cpu_seconds": round(median.cpu_seconds, 2), "peak_mb": round(median.peak_mb)}


def command_cost(engine, *arguments):
    """Return the cost of a short command."""
    cost = run_median(engine.call(*arguments), extra_environment=engine.environment)
    return {"cpu_seconds": round(cost.cpu_seconds, 3), "peak_mb": round(cost.peak_mb)}


def measure(engine, *, quick, skip_shop=False):
    """Return all figures of one engine."""
    is_kefu = engine.name == "kefu"
    runs = 3 if is_kefu else 1
    whole = size_mb(engines.ROOT / "kefu") + installed_mb("kefu") if is_kefu else None
    result = {"installed_mb": round(whole or size_mb(engine.site_packages))}
    result["version_command"] = command_cost(engine, "--version")
    result["train_help_command"] = command_cost(engine, "train", "--help")
    for build in (projects.mood, projects.form, projects.shop):
        if build is projects.shop and skip_shop:
            continue
        folder = build()
        print(f"{engine.name}: training {folder.name} ...", flush=True)
        result[f"train_{folder.name}"] = train(engine, folder, runs)
        if build is projects.mood:
            print(f"{engine.name}: serving {folder.name} ...", flush=True)
            load = {} if is_kefu and not quick else {"requests": 400, "long_conversation": 300}
            result["serve_mood"] = serving.measure(
                engine, folder, projects.mood_sentences(), **load
            )
    return result


def main():
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--with-rasa", action="store_true", help="measure real Rasa as well")
    parser.add_argument("--quick", action="store_true", help="fewer requests")
    parser.add_argument(
        "--skip-shop", action="store_true", help="no shop on Rasa, which takes 13 CPU minutes"
    )
    arguments = parser.parse_args()
    commit = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=engines.ROOT, capture_output=True, text=True
    ).stdout.strip()
    record = {
        "when": time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime()),
        "commit": commit,
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "python": platform.python_version(),
        },
        "kefu": measure(engines.kefu(), quick=arguments.quick),
    }
    if arguments.with_rasa:
        rasa = engines.rasa()
        if rasa is None:
            print(f"{engines.NO_RASA}. Its recorded figures are shown.")
        else:
            record["rasa"] = measure(rasa, quick=arguments.quick, skip_shop=arguments.skip_shop)
    RESULTS.mkdir(exist_ok=True)
    name = "with_rasa.json" if "rasa" in record else "kefu.json"
    (RESULTS / name).write_text(json.dumps(record, indent=1, ensure_ascii=False) + "\n", "utf-8")
    print_table(record)


if __name__ == "__main__":
    main()
