"""The four works, and what is sent for them."""

from datetime import datetime, timedelta, timezone

from .machine import HERE
from .servers import written

# Patients that only the comparison of answers changes, so that the load knows the others' versions.
COMPARED = 4
NAMES = ["W1", "W2", "W3", "W4"]


class Work:
    """`variables`: what the load sends in turn. `compared`: what the answers are compared for."""

    def __init__(self, name, variables, compared):
        self.name, self.variables, self.compared = name, variables, compared
        self.document = document(name)
        # Every request has a number, across all loads: see load.rs.
        self.next = 0

    def write_bodies(self, contender, folder):
        file = folder / f"{contender.name}-{self.name}.txt"
        file.write_text("".join(written(contender.body(self, variables)) + "\n" for variables in self.variables))
        return file


def document(name):
    return (HERE / "works" / f"{name}.graphql").read_text()


def works(context, gateway):
    rows = context.postgres.sql(f"SELECT id FROM patients WHERE tenant_id = '{context.clinic}' ORDER BY md5(id::text)")
    patients = ["patient_" + row[0].replace("-", "") for row in rows]
    kept, changed = patients[:COMPARED], patients[COMPARED:]
    one = [{"id": patient} for patient in patients[:2000]]
    # The days of the appointments in sql/fill.sql.
    first = datetime(2026, 1, 1, tzinfo=timezone.utc)
    days = [first + timedelta(days=number) for number in range(context.patients // 40)]
    days = [{"from": day.isoformat(), "to": (day + timedelta(days=1)).isoformat()} for day in days]
    pages = [{"after": cursor} for cursor in cursors(context, gateway)]
    return [
        Work("W1", one, one[:3]),
        Work("W2", days, days[:3]),
        Work("W3", pages, pages[:3]),
        Work("W4", [update(patient) for patient in changed], [update(patient) for patient in kept]),
    ]


def update(patient):
    # The load puts a number in the place of @round: the version, and something that changes.
    return {"input": {"id": patient, "version": "@round", "address": {"line1": "@round Harbour Street", "city": "Bath"}}}


def cursors(context, gateway, count=100):
    """The cursors of the first pages of patients, as the gateway tells them."""
    query = "query Pages($after: String) { patients(first: 20, after: $after) { pageInfo { endCursor } } }"
    cursor = None
    for _ in range(count):
        body = {"query": query, "variables": {"after": cursor}}
        answer = gateway.post("graphql", body, context.token)
        cursor = answer["data"]["patients"]["pageInfo"]["endCursor"]
        yield cursor
