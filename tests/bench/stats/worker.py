"""A process that is told on its standard input what to prepare and how often to call it, and answers with JSON.

`python -m tests.bench.stats.worker ours|peers` runs in our environment or in that of the peers. Requests, one a line,
words apart by tabs: `prepare TASK WHO FOLDER` tells the answer and the seconds of a call that compiles nothing;
`time TASK WHO FOLDER CALLS` tells the processor seconds of one call, the mean of so many.
"""

from __future__ import annotations

import gc
import json
import sys
import warnings
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from time import process_time
from typing import Any

from tests.bench.stats.answers import Prepared
from tests.bench.stats.data import Data, load

FAST, SLOW = 0.005, 0.3
"""Seconds: below the first the mean of more calls says who is fast; above the second one call is enough."""
WARM: set[tuple[str, str]] = set()
"""Task and name of those who have compiled what they compile, and loaded what they load."""


@lru_cache(maxsize=1)
def data_of(folder: str) -> Data:
    return load(Path(folder))


@lru_cache(maxsize=8)
def prepared(side: str, task: str, who: str, folder: str) -> Prepared:
    """Ours is imported in our environment only, the peers in theirs only."""
    if side == "ours":
        from tests.bench.stats.ours import RACE

        return RACE[task](data_of(folder))
    from tests.bench.stats.peers import PEERS

    return PEERS[task][who].ask(data_of(folder))


def seconds_of(call: Callable[[], Any], calls: int) -> float:
    """Processor seconds of one call, the mean of so many; what an earlier one left is swept before."""
    gc.collect()
    start = process_time()
    for _ in range(calls):
        call()
    return (process_time() - start) / calls


def reply(side: str, request: str, task: str, who: str, folder: str, calls: int = 1) -> dict[str, Any]:
    """What a request is answered with."""
    call, answer = prepared(side, task, who, folder)
    if request == "time":
        return {"seconds": seconds_of(call, calls)}
    start = process_time()
    found = call()
    seconds = process_time() - start
    told = answer(found)
    del found
    if seconds < SLOW or (task, who) not in WARM:
        WARM.add((task, who))
        seconds = seconds_of(call, 1)
    return {"answer": told, "seconds": seconds_of(call, 10) if seconds < FAST else seconds}


def serve(side: str) -> None:
    """Answer requests until the input ends."""
    for line in sys.stdin:
        request, task, who, folder, *calls = line.rstrip("\n").split("\t")
        try:
            told = reply(side, request, task, who, folder, *map(int, calls))
        except Exception as problem:
            told = {"failed": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(told), flush=True)


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    serve(sys.argv[1])
