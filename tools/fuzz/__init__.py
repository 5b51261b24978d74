"""Throws made-up and damaged files at everything that reads files, and keeps those that it should not survive.

    python -m tools.fuzz --count 20000 --seed 1

Every input follows from seed, kind and number alone. A finding is an exception outside `core.errors`, an end of the
process, an answer later than `LIMITS.seconds`, or more than `LIMITS.megabytes` of memory. Inputs that are findings
are kept in --output, with a line each in findings.jsonl.
"""

import argparse
import json
import time
from collections import Counter
from pathlib import Path

from tools.fuzz.pool import LIMITS, Finding, run_tasks
from tools.fuzz.seeds import KINDS
from tools.fuzz.task import Task

_SAY_EVERY = 500


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the command's options."""
    parser.add_argument("--count", type=int, default=1000, help="inputs in all (1000)")
    parser.add_argument("--seed", type=int, default=0, help="what they follow from (0)")
    parser.add_argument("--kinds", nargs="+", choices=sorted(KINDS), default=sorted(KINDS), help="what to try (all)")
    parser.add_argument("--workers", type=int, default=2, help="processes (2)")
    parser.add_argument("--output", type=Path, default=Path("runs/fuzz"), help="where findings are kept (runs/fuzz)")


def run(options: argparse.Namespace) -> int:
    """Try the inputs and say what came of them; returns 1 where there is a finding."""
    tasks = (Task(options.seed, options.kinds[n % len(options.kinds)], n) for n in range(options.count))
    outcomes: Counter[tuple[str, str]] = Counter()
    findings: list[Finding] = []
    start, slowest, largest = time.monotonic(), 0.0, 0.0
    for done, result in enumerate(run_tasks(tasks, options.workers), start=1):
        outcomes[result.task.kind, result.code] += 1
        slowest, largest = max(slowest, result.seconds), max(largest, result.megabytes)
        if isinstance(result, Finding):
            findings.append(result)
            keep(result, options.output)
            print(f"{result.task.kind} {result.task.number}: {result.code}: {result.words.splitlines()[-1]}")
        if done % _SAY_EVERY == 0:
            print(f"{done} of {options.count}, {len(findings)} findings, {time.monotonic() - start:.0f} s", flush=True)
    _print_table(outcomes)
    print(
        f"{options.count:,} inputs, seed {options.seed}, {time.monotonic() - start:.0f} s: {len(findings)} findings. "
        f"Slowest {slowest:.1f} of {LIMITS.seconds:g} s, largest {largest:.0f} of {LIMITS.megabytes:g} MB."
    )
    return 1 if findings else 0


def keep(finding: Finding, output: Path) -> None:
    """Write what led to a finding, and what happened."""
    task = finding.task
    folder = output / f"{task.kind}-{task.seed}-{task.number}"
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in KINDS[task.kind](task).items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    line = {"kind": task.kind, "seed": task.seed, "number": task.number, "code": finding.code, "words": finding.words}
    with (output / "findings.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")


def _print_table(outcomes: Counter[tuple[str, str]]) -> None:
    for (kind, code), count in sorted(outcomes.items()):
        print(f"{kind:<10} {code:<20} {count:>7,}")
