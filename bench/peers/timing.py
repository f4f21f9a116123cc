"""Timing shared by the peers: answers each line of JSON on the input with a line of JSON on the output."""

import json
import statistics
import sys
import time


def best(work, seconds, burst=1):
    """Seconds that one call takes: the best of as many bursts as fit into `seconds`, at least three."""
    least = float("inf")
    end = time.perf_counter() + seconds
    bursts = 0
    while bursts < 3 or time.perf_counter() < end:
        start = time.perf_counter()
        for _ in range(burst):
            work()
        least = min(least, (time.perf_counter() - start) / burst)
        bursts += 1
    return least


def typical(work, seconds, least=3):
    """Seconds that one call takes: the median of as many calls as fit into `seconds`, at least `least`."""
    times = []
    end = time.perf_counter() + seconds
    while len(times) < least or time.perf_counter() < end:
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return statistics.median(times)


def fastest(settings, seconds=0.05, least=3):
    """The name of the fastest of some settings, each a call."""
    tried = {name: typical(work, seconds, least) for name, work in settings.items()}
    return min(tried, key=tried.get)


def absent(why):
    """Says why it cannot run here, and ends."""
    print(json.dumps({"absent": why}), flush=True)
    sys.exit()


def serve(name, answer):
    """Says who it is, then answers until the input ends."""
    print(json.dumps({"name": name}), flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
