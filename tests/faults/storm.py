"""Kill runs of every method at random times: ``python tests/faults/storm.py --count 200 --seed 1``.

Prints a line for each method: kills, how many came in time, and what was wrong.
"""

from __future__ import annotations

import argparse
import os
import random
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

from faults.runs import (
    METHODS,
    await_handlers,
    finish,
    found_wrong,
    group_of,
    run,
    same_content,
    start,
    wait_for,
    write_card,
)

SIGNALS = {signal.SIGINT: 130, signal.SIGTERM: 143, signal.SIGKILL: -signal.SIGKILL}


def strike(arguments: Sequence[object], folder: Path, rng: random.Random, seconds: float) -> tuple[str, list[str]]:
    """One run that is killed.

    Args:
        arguments: of the program.
        folder: of the output.
        rng: chooses the signal, its time, whether it goes to the group, and how many processes work.
        seconds: that the run takes if it is left alone.

    Returns:
        What was done, and what was wrong afterwards.
    """
    number = rng.choice(list(SIGNALS))
    parallel = rng.choice([(), ("--parallel", 2)])
    group = rng.random() < 0.5
    # what SIGKILL has left is there until a run comes as far as the folder
    littered = (folder / ".lock").exists()
    delay = rng.uniform(0.0, 0.95) * (seconds + (1.5 if parallel else 0.0))
    with start(*arguments, *parallel, "-o", folder) as process:
        if number != signal.SIGKILL:
            await_handlers(process)
        time.sleep(delay)
        alive = process.poll() is None
        if alive:
            (os.killpg if group else os.kill)(process.pid, number)
        done = finish(process)
    what = f"{number.name}{' to the group' if group else ''} {' '.join(map(str, parallel))} after {delay:.2f} s"
    wrong = found_wrong(folder, killed=littered or number == signal.SIGKILL)
    if done.status not in {SIGNALS[number], 0}:
        wrong.append(f"status {done.status}")
    if number != signal.SIGKILL and done.status != 0 and len(done.lines) != 1:
        wrong.append(f"{len(done.lines)} lines: {done.error[-1500:]}")
    if not wait_for(lambda: not group_of(done.pid), seconds=10.0):
        wrong.append(f"{len(group_of(done.pid))} processes are left")
    return what if done.status != 0 else "", wrong


def storm(name: str, count: int, seed: int) -> Counter[str]:
    """Kill runs of a method, then let one through and compare it with one that nothing was done to."""
    rng, told = random.Random(f"{name} {seed}"), Counter({"kills": 0, "in time": 0, "wrong": 0})
    with tempfile.TemporaryDirectory(prefix="storm_") as scratch:
        work, still = Path(scratch) / "work", Path(scratch) / "still"
        arguments = [write_card(Path(scratch)), *METHODS[name]]
        begin = time.monotonic()
        first = run(*arguments, "-o", still)
        seconds = time.monotonic() - begin
        if first.status != 0:
            raise SystemExit(f"{name} does not even run: {first.error}")
        for _ in range(count):
            what, wrong = strike(arguments, work, rng, seconds)
            told.update({"kills": 1, "in time": bool(what), "wrong": bool(wrong)})
            for each in wrong:
                print(f"{name}: {what}: {each}", flush=True)  # noqa: T201 -- a script
        last = run(*arguments, "-o", work)
        wrong = found_wrong(work) + [f"{each} differs" for each in same_content(work, still)]
        if last.status != first.status or wrong or last.error != first.error:
            print(f"{name}: the next run: status {last.status}, {wrong}, {last.error[-500:]}")  # noqa: T201
            told["wrong"] += 1
    return told


def main() -> None:
    """Storm over all methods."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200, help="kills in all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--method", choices=METHODS, help="only this one")
    options = parser.parse_args()
    names = [options.method] if options.method else list(METHODS)
    total: Counter[str] = Counter()
    for name in names:
        told = storm(name, -(-options.count // len(names)), options.seed)
        total.update(told)
        print(f"{name:16} {dict(told)}", flush=True)  # noqa: T201
    print(f"{'all':16} {dict(total)}")  # noqa: T201
    sys.exit(1 if total["wrong"] else 0)


if __name__ == "__main__":
    main()
