"""``python -m tests.conformance [CASE ...]``: a line a case, then ``N passed, M failed``."""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
import traceback
import warnings
from pathlib import Path

from tests.conformance.http_api import run_http_api
from tests.conformance.reading import reading_results
from tests.conformance.runner import CaseResult, case_folders, report, run_case


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("case", nargs="*", help="names of cases, or folders (default: all)")
    parser.add_argument("--max-diffs", type=int, default=6, help="differences shown a dialogue")
    parser.add_argument("--verbose", action="store_true", help="show tracebacks")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    results = []
    for folder in case_folders(options.case):
        try:
            result = run_case(folder)
        except Exception as error:
            if options.verbose:
                traceback.print_exc()
            result = CaseResult(folder.name, error=f"{type(error).__name__}: {error}")
        results.append(result)
        print("\n".join(report(result, shown=options.max_diffs)), flush=True)
    if not options.case:
        with tempfile.TemporaryDirectory() as scratch:
            for result in (*reading_results(Path(scratch)), run_http_api()):
                results.append(result)
                print("\n".join(report(result, shown=options.max_diffs)), flush=True)
    return _summary(results)


def _summary(results: list[CaseResult]) -> int:
    dialogues = [part for result in results for part in result.parts]
    better = sum(len(result.differing) for result in results)
    wrong = sum(len(result.failures) for result in results)
    passed = sum(result.passed for result in results)
    print(
        f"\n{len(dialogues)} dialogues and other parts: "
        f"{len(dialogues) - better - wrong} as recorded, "
        f"{better} better on purpose (differences.yml), {wrong} wrong"
    )
    print(f"{passed} passed, {len(results) - passed} failed")
    return 0 if results and passed == len(results) else 1


if __name__ == "__main__":
    sys.exit(main())
