"""The table of results beside Rasa's figures and the targets."""

RECORDED_RASA = {
    "installed_mb": 2673,
    "version_command": {"cpu_seconds": 0.84},
    "train_mood": {"cpu_seconds": 51, "peak_mb": 1139},
    "train_form": {"cpu_seconds": 129, "peak_mb": 1580},
    "train_shop": {"cpu_seconds": 770, "peak_mb": 2958},
    "serve_mood": {
        "start": {"cpu_seconds": 31.0, "rss_mb": 1144},
        "parse": {"p50_ms": 12.0},
        "webhook_new_senders": {"p50_ms": 22.4},
        "one_sender": {"first_50_ms": 43, "251_to_300_ms": 549, "ratio_251_to_300": 12.8},
        "parse_requests_per_second": 103,
        "webhook_requests_per_second": 36.7,
    },
}
"""Rasa 3.6.21, measured once on a machine of this kind; CPU seconds, one core."""

ROWS = [
    ("installed, MB", "installed_mb", "≤ 350"),
    ("kefu --version, CPU s", "version_command.cpu_seconds", "≤ 0.10"),
    ("kefu train --help, CPU s", "train_help_command.cpu_seconds", "≤ 0.15"),
    ("start → first REST reply, CPU s", "serve_mood.start.cpu_seconds", "≤ 1.5"),
    ("  resident memory then, MB", "serve_mood.start.rss_mb", "≤ 160"),
    ("train mood (68 examples), CPU s", "train_mood.cpu_seconds", "≤ 1.5"),
    ("  peak memory, MB", "train_mood.peak_mb", "≤ 250"),
    ("train form (286 examples), CPU s", "train_form.cpu_seconds", "≤ 2.5"),
    ("train the Chinese shop, CPU s", "train_shop.cpu_seconds", "≤ 4"),
    ("POST /model/parse, p50 ms", "serve_mood.parse.p50_ms", "≤ 1.0"),
    ("POST REST webhook, p50 ms", "serve_mood.webhook_new_senders.p50_ms", "≤ 2.5"),
    ("one sender, messages 1–50, ms", "serve_mood.one_sender.first_50_ms", ""),
    ("  251–300 / first 50", "serve_mood.one_sender.ratio_251_to_300", "≤ 1.2"),
    ("  last 50 / first 50", "serve_mood.one_sender.ratio_last_50", "≤ 1.2"),
    ("/model/parse, 16 clients, 1/s", "serve_mood.parse_requests_per_second", ""),
    ("REST webhook, 16 clients, 1/s", "serve_mood.webhook_requests_per_second", "≥ 600"),
]


def _look_up(record, path):
    for key in path.split("."):
        if not isinstance(record, dict) or key not in record:
            return "–"
        record = record[key]
    return str(record)


def print_table(record):
    """Print one row a figure: Kefu, Rasa (measured now, else as recorded), target."""
    rasa = record.get("rasa")
    title = "Rasa, this run" if rasa else "Rasa, recorded"
    print(f"\n{'':36}{'Kefu':>10}{title:>18}{'target':>10}")
    for label, path, target in ROWS:
        other = _look_up(rasa or RECORDED_RASA, path)
        print(f"{label:36}{_look_up(record['kefu'], path):>10}{other:>18}{target:>10}")
