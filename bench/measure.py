"""Measuring a process from outside: CPU seconds, peak memory, size on disk."""

import os
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What one run of a command took."""

    cpu_seconds: float
    wall_seconds: float
    peak_mb: float


def environment(extra=None):
    """Return the environment of a measured process: bytecode is written and used."""
    names = {**os.environ, **(extra or {})}
    names.pop("PYTHONDONTWRITEBYTECODE", None)
    return names


def pinned(core):
    """Return a function for ``preexec_fn`` that keeps the child on one core."""
    available = sorted(os.sched_getaffinity(0))
    return lambda: os.sched_setaffinity(0, {available[core % len(available)]})


def run_once(command, *, cwd=None, extra_environment=None, core=0):
    """Run ``command`` to its end and return its cost; raises when it fails."""
    started = time.perf_counter()
    process = subprocess.Popen(
        command,
        cwd=cwd,
        env=environment(extra_environment),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        preexec_fn=pinned(core),
    )
    with process.stdout as stream:
        output = stream.read()
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    wall = time.perf_counter() - started
    if process.returncode:
        tail = output.decode(errors="replace")[-2000:]
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}:\n{tail}")
    return Cost(
        cpu_seconds=usage.ru_utime + usage.ru_stime,
        wall_seconds=wall,
        peak_mb=usage.ru_maxrss / 1024,
    )


def run_median(command, *, runs=5, warm_up=1, **options):
    """Run ``command`` several times and return the run with the median CPU time."""
    for _ in range(warm_up):
        run_once(command, **options)
    costs = sorted((run_once(command, **options) for _ in range(runs)), key=lambda c: c.cpu_seconds)
    return costs[len(costs) // 2]


def process_cpu_seconds(pid):
    """Return user and system seconds of a running process with its children that ended."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(int(field) for field in fields[11:15]) / os.sysconf("SC_CLK_TCK")


def process_memory_mb(pid):
    """Return the resident memory of a running process."""
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("the process has no resident memory")


def size_mb(folder):
    """Return the size of all files below ``folder`` without bytecode."""
    files = (path for path in Path(folder).rglob("*") if path.is_file() and not path.is_symlink())
    return sum(path.stat().st_size for path in files if path.suffix != ".pyc") / 1e6


def installed_mb(distribution):
    """Return the size of an installed distribution with all it needs, without extras."""
    from importlib.metadata import distribution as find

    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    seen, waiting, total = set(), [(distribution, ())], 0
    while waiting:
        name, extras = waiting.pop()
        key = (canonicalize_name(name), extras)
        if key in seen:
            continue
        found = find(name)
        if key[0] not in {other for other, _ in seen}:
            total += sum(_size(found, file) for file in found.files or ())
        seen.add(key)
        for line in found.requires or ():
            needed = Requirement(line)
            marker = needed.marker
            if marker is None or any(marker.evaluate({"extra": e}) for e in (*extras, "")):
                waiting.append((needed.name, tuple(sorted(needed.extras))))
    return total / 1e6


def _size(found, file):
    path = Path(found.locate_file(file))
    is_counted = path.suffix != ".pyc" and path.is_file()
    return path.stat().st_size if is_counted else 0


def percentile(values, share):
    """Return the value below which ``share`` (0 to 1) of ``values`` lie."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def summary_ms(seconds):
    """Return p50, p95, p99 and mean of durations, in milliseconds."""
    return {
        "p50_ms": round(1000 * percentile(seconds, 0.5), 3),
        "p95_ms": round(1000 * percentile(seconds, 0.95), 3),
        "p99_ms": round(1000 * percentile(seconds, 0.99), 3),
        "mean_ms": round(1000 * statistics.fmean(seconds), 3),
    }
