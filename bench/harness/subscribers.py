"""Subscribers: what it costs to tell many of one event, and to hold their sockets."""

import json
import statistics
import subprocess
import time
from dataclasses import dataclass

from .load import ROUNDS, Spent
from .machine import cpu, fail
from .traces import RESTORE, comparable, left, same
from .works import document


@dataclass
class Watch:
    """`interval`: seconds from one event to the next; with none it comes when everybody has the last."""

    name: str
    sockets: int
    events: int
    interval: float
    rounds: int


WATCHES = [
    Watch("S1", 1_000, 100, 0, ROUNDS),
    Watch("S5", 5_000, 60, 0, ROUNDS),
    Watch("S10", 10_000, 30, 1, 1),
]

HEAD = """| work | | server | ÷ limit | PostgreSQL | both | ÷ limit | p50 ms | p99 ms | last ms | answer ms | missed | KiB held | KiB told |
| --- | --- | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: | --: |"""


class Audience:
    """The subscribers of one server, and who makes the events: one process, src/subscribers.rs."""

    def __init__(self, context, server, sockets):
        self.context = context
        self.postgres = context.postgres
        # Every round changes the same appointment, by the API of the server that is measured.
        wanted = f"tenant_id = '{context.clinic}' AND status = 'SCHEDULED'"
        self.appointment = self.postgres.sql(f"SELECT id FROM appointments WHERE {wanted} ORDER BY id LIMIT 1")[0][0]
        command = [context.tools / "subscribers"]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.opened = self.say(self.job(server, sockets))
        self.sockets = sockets

    def job(self, server, sockets):
        gateway = server.kind == "atrium"
        changes = {"id": "appointment_" + self.appointment.replace("-", ""), "reason": "Reason @version"}
        body = {"variables": {"input": {**changes, "version": "@version"}}}
        body = {"query": document("event"), **body} if gateway else body["variables"]
        return {
            "url": server.url("graphql" if gateway else "watch", "ws"),
            "tokens": self.context.staff,
            "sockets": sockets,
            "subscription": {"query": document("watch")},
            "event": {
                "url": server.url("graphql" if gateway else "event"),
                "token": self.context.token,
                "body": json.dumps(body).replace('"@version"', "@version"),
            },
        }

    def say(self, line):
        self.process.stdin.write(json.dumps(line) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            fail("the subscribers have ended")
        return json.loads(answer)

    def hear(self, events, interval=0):
        """Makes events, and tells who got them when."""
        version = self.postgres.sql(f"SELECT version FROM appointments WHERE id = '{self.appointment}'")[0][0]
        return self.say({"events": events, "interval": interval, "version": int(version)})

    def warm_up(self):
        seen = self.hear(1)
        if seen["missed"]:
            fail(f"an event misses {seen['missed']} of {self.sockets} subscribers: {seen['failure']}")

    def close(self):
        self.process.stdin.close()
        self.process.wait(20)


def compare(contenders, context):
    """A few subscribers must be told the same, and the same be left behind, but for cursors."""
    seen = []
    for contender in contenders:
        audience = Audience(context, contender.server, 3)
        context.postgres.sql(RESTORE)
        frames = [json.loads(frame) for frame in audience.opened["frames"] + audience.hear(1)["frames"]]
        for frame in frames:
            frame["payload"].pop("extensions", None)
            frame["payload"]["data"]["appointmentChanged"].pop("cursor")
        seen.append((comparable(frames), left(context.postgres)))
        audience.close()
        context.postgres.sql(RESTORE)
    same("subscriptions", seen)


def hear(watch, kind, context):
    """One round of one server; CPU in microseconds for each delivery."""
    # A process of its own: memory that an earlier round has left behind would hide what this one takes.
    server = context.serve(kind)
    first = Audience(context, server, 1)
    first.warm_up()
    first.close()
    alone = server.rss()
    audience = Audience(context, server, watch.sockets)
    time.sleep(1)
    held = server.rss()
    audience.warm_up()
    spent, own = Spent(server, context.postgres), cpu(audience.process.pid)
    seen = audience.hear(watch.events, watch.interval)
    spent.end(own=cpu(audience.process.pid) - own)
    if seen["failure"]:
        print(f"{watch.name}: {kind}: {seen['failure'][:500]}", flush=True)
    deliveries = max(1, seen["deliveries"])
    seen["server"], seen["postgres"] = spent.server * 1e6 / deliveries, spent.postgres * 1e6 / deliveries
    seen["both"], seen["others"] = seen["server"] + seen["postgres"], spent.others
    seen["held"], seen["told"] = ((rss - alone) * 1024 / watch.sockets for rss in (held, server.rss()))
    audience.close()
    context.dismiss(server)
    context.postgres.sql(RESTORE)
    return seen


def measure(watch, context):
    """Rounds of each server in turn: a row of the table for each."""
    rounds = {"atrium": [], "limit": []}
    for _ in range(watch.rounds):
        for kind, all in rounds.items():
            all.append(hear(watch, kind, context))
    ratio = lambda key: statistics.median(ours[key] / limit[key] for ours, limit in zip(rounds["atrium"], rounds["limit"]))
    for kind, all in rounds.items():
        middle = lambda key: statistics.median(seen[key] for seen in all)
        shown = lambda key: f"**{ratio(key):.2f}**" if kind == "atrium" else ""
        print(
            f"| {watch.name if kind == 'atrium' else ''} | {kind} | {middle('server'):.1f} | {shown('server')} "
            f"| {middle('postgres'):.1f} | {middle('both'):.1f} | {shown('both')} | {middle('p50'):.0f} "
            f"| {middle('p99'):.0f} | {middle('last'):.0f} | {middle('answer'):.0f} | {sum(seen['missed'] for seen in all)} "
            f"| {middle('held'):.1f} | {middle('told'):.1f} |",
            flush=True,
        )
    return max(seen["others"] for all in rounds.values() for seen in all)
