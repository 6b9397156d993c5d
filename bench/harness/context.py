"""What a run has at hand: a folder, the tools, PostgreSQL with its data, the servers, tokens."""

import os
import subprocess
import tempfile
import uuid
from contextlib import contextmanager
from pathlib import Path

from .machine import HERE, ROOT, allow_many_files, built, wait_for
from .postgres import Postgres
from .servers import Server
from .traces import RESTORE

# Rates are counted, as in production, but nobody is held up.
UNHINDERED = {f"ATRIUM_RATE_PER_{whom}": "4000000000" for whom in ("USER", "ADDRESS", "CLINIC")}
# All subscribers have one address.
UNHINDERED["ATRIUM_CONNECTIONS_PER_ADDRESS"] = "4000000000"
# The files in `works`, by their names.
TRUSTED = {"ATRIUM_TRUSTED_DOCUMENTS": str(HERE / "works")}
PATIENTS = int(os.environ.get("BENCH_PATIENTS", 10_000))
# The members of staff who subscribe.
STAFF = 500


class Context:
    def __init__(self, folder):
        self.folder, self.postgres, self.servers, self.patients = folder, None, [], PATIENTS

    def start(self):
        self.tools = built(HERE)
        built_before = os.environ.get("BENCH_ATRIUM")
        atrium = Path(built_before).resolve() if built_before else built(ROOT, "--bin", "atrium") / "atrium"
        self.programs = {"atrium": atrium, "limit": self.tools / "limit"}
        allow_many_files()
        self.postgres = Postgres(self.folder)
        wait_for(self.postgres.answers, "PostgreSQL")
        subjects = ["bench", *(f"staff-{number}" for number in range(1, STAFF + 1))]
        self.key = self.folder / "issuer.key"
        command = [self.tools / "token", self.key, *subjects]
        tokens = subprocess.run(command, check=True, capture_output=True, text=True).stdout.split()
        self.token, *self.staff = tokens
        self.clinic = self.fill(atrium)

    def serve(self, kind, **environment):
        """A server of its own process."""
        serving = {
            "DATABASE_URL": self.postgres.url("atrium_app"),
            "ATRIUM_ISSUER_KEY_FILE": str(self.key),
            **UNHINDERED,
            **environment,
        }
        server = Server(kind, self.programs[kind], serving, self.folder)
        self.servers.append(server)
        wait_for(server.answers, kind)
        return server

    def dismiss(self, server):
        self.servers.remove(server)
        server.stop()

    def fill(self, atrium):
        """A migrated database with three clinics; the first has the caller, and is the one measured."""

        environment = {
            **os.environ,
            "DATABASE_URL": self.postgres.url("atrium_app"),
            "ATRIUM_MIGRATE_DATABASE_URL": self.postgres.url("atrium_owner"),
            "ATRIUM_OWNER_PASSWORD": self.postgres.password,
            "ATRIUM_APP_PASSWORD": self.postgres.password,
        }
        options = {"check": True, "stdout": subprocess.PIPE, "text": True, "env": environment, "cwd": self.folder}

        def run(*arguments):
            return subprocess.run([atrium, *arguments], **options).stdout.strip()

        self.postgres.sql("CREATE DATABASE atrium", "postgres")
        run("migrate", "--prepare", self.postgres.url("postgres"))
        self.postgres.sql("CREATE SCHEMA stats; CREATE EXTENSION pg_stat_statements SCHEMA stats")
        place = ("--time-zone", "Europe/London", "--country", "GB", "--currency", "GBP")
        clinics = [run("operator", "create-clinic", f"Clinic {number}", *place) for number in (1, 2, 3)]
        user = run("operator", "create-user", "Bench", "--issuer", "atrium", "--subject", "bench")
        run("operator", "add-member", clinics[0], user, "STAFF")
        clinics = [str(uuid.UUID(clinic.removeprefix("clinic_"))) for clinic in clinics]
        fill = (HERE / "sql" / "fill.sql").read_text()
        for clinic in clinics:
            patients, staff = (PATIENTS, STAFF) if clinic == clinics[0] else (PATIENTS // 5, 0)
            self.postgres.sql(fill, clinic=clinic, patients=patients, staff=staff)
        self.postgres.sql(RESTORE)
        self.postgres.sql("VACUUM ANALYZE")
        # What the filling wrote goes to the disk now, and does not hold up commits that are measured.
        os.sync()
        return clinics[0]

    def stop(self):
        for part in [*self.servers, self.postgres]:
            if part:
                part.stop()


@contextmanager
def surroundings():
    with tempfile.TemporaryDirectory(prefix="atrium-bench-", dir=os.environ.get("BENCH_FOLDER")) as folder:
        context = Context(Path(folder))
        try:
            context.start()
            yield context
        finally:
            context.stop()
