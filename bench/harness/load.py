"""Rounds of load on contenders in turn, and the table of what they cost."""

import json
import os
import statistics
import subprocess
import time

from .machine import busy, cpu, fail
from .traces import statements

ROUNDS = int(os.environ.get("BENCH_ROUNDS", 3))
SECONDS = float(os.environ.get("BENCH_SECONDS", 5))
CONNECTIONS = int(os.environ.get("BENCH_CONNECTIONS", 16))

HEAD = """| work | | server | PostgreSQL | both | ÷ {base} | p50 ms | p99 ms | a second | statements | bytes | RSS MiB |
| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |"""


class Spent:
    """CPU seconds of a server, of PostgreSQL, and of everything else, from its making to `end`."""

    def __init__(self, server, postgres):
        self.pids = server.process.pid, postgres.process.pid
        self.before = self.now()

    def now(self):
        return *(cpu(pid) for pid in self.pids), busy(), os.times(), time.time()

    def end(self, own=0.0):
        """`own`: what the load took itself, where it is no child that has ended since."""
        before, after = self.before, self.now()
        own += after[3].children_user + after[3].children_system - before[3].children_user - before[3].children_system
        self.server, self.postgres, all = (now - then for then, now in zip(before[:3], after[:3]))
        self.others = max(0, all - self.server - self.postgres - own) / ((after[4] - before[4]) * os.cpu_count())
        return self


def load(work, contender, seconds, context):
    """Loads one contender with one work; CPU seconds are for 1,000 requests."""
    bodies = work.write_bodies(contender, context.folder)
    url = contender.server.url(contender.path(work))
    command = [context.tools / "load", url, context.token, bodies, CONNECTIONS, seconds, work.next]
    spent = Spent(contender.server, context.postgres)
    output = subprocess.run([str(part) for part in command], check=True, capture_output=True, text=True)
    spent.end()
    seen = json.loads(output.stdout)
    work.next = seen["next"]
    if seen["failures"] or not seen["requests"]:
        told = f"{seen['failures']} of {seen['requests']} requests: {seen['failure']}"
        fail(f"{work.name}: {contender.name} failed {told}")
    thousands = seen["requests"] / 1000
    seen["server"], seen["postgres"] = spent.server / thousands, spent.postgres / thousands
    seen["both"], seen["others"] = seen["server"] + seen["postgres"], spent.others
    return seen


def measure(work, contenders, base, context):
    """Rounds of each contender in turn: a row of the table for each, with its ratio to `base`. Answers the largest
    share of the CPU that other programs took."""
    rounds = {contender: [] for contender in contenders}
    for contender in contenders:
        load(work, contender, max(1, SECONDS / 3), context)
    for _ in range(ROUNDS):
        for contender in contenders:
            rounds[contender].append(load(work, contender, SECONDS, context))
    for contender in contenders:
        middle = lambda key: statistics.median(seen[key] for seen in rounds[contender])
        count = sum(calls for calls, _ in statements(work, contender, context))
        print(
            f"| {work.name if contender is contenders[0] else ''} | {contender.name} | {middle('server'):.3f} "
            f"| {middle('postgres'):.3f} | {middle('both'):.3f} | {ratio(rounds, contender, base)} "
            f"| {middle('p50'):.1f} | {middle('p99'):.1f} | {middle('per_second'):,.0f} | {count} "
            f"| {middle('bytes'):,.0f} | {contender.server.rss():.0f} |",
            flush=True,
        )
    return max(seen["others"] for all in rounds.values() for seen in all)


def ratio(rounds, contender, base):
    """The median of the rounds' ratios: those of one round had the same machine beside them."""
    if contender is base:
        return ""
    ratios = (seen["both"] / limit["both"] for seen, limit in zip(rounds[contender], rounds[base]))
    return f"**{statistics.median(ratios):.2f}**"


def told():
    return f"medians of {ROUNDS} rounds of {SECONDS:g} s, {CONNECTIONS} connections"
