"""PostgreSQL, made for the run and removed after it."""

import os
import secrets
import shutil
import signal
import subprocess
from pathlib import Path

from .machine import answers, fail, free_port

SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "shared_buffers": "512MB",
    # No checkpoint and no vacuum while something is measured; durability is as it comes: fsync,
    # synchronous_commit and full_page_writes are on.
    "max_wal_size": "8GB",
    "checkpoint_timeout": "1h",
    "autovacuum": "off",
    "shared_preload_libraries": "pg_stat_statements",
    "pg_stat_statements.track": "none",
}


class Postgres:
    """A server of our own, durable, gone at the end."""

    def __init__(self, folder):
        self.bin = self.find()
        self.data = folder / "postgres"
        self.port = free_port()
        self.password = secrets.token_hex(16)
        # PostgreSQL does not run as root.
        self.account = {"user": "postgres", "group": "postgres"} if os.geteuid() == 0 else {}
        secret = folder / "password"
        secret.write_text(self.password)
        if self.account:
            shutil.chown(folder, **self.account)
            shutil.chown(secret, **self.account)
        options = ["--username=postgres", "--auth=scram-sha-256", f"--pwfile={secret}", "--encoding=UTF8", "--locale=C"]
        self.execute(["initdb", "--pgdata", self.data, *options], stdout=subprocess.DEVNULL)
        with open(self.data / "postgresql.conf", "a") as settings:
            settings.writelines(f"{name} = '{value}'\n" for name, value in {"port": self.port, **SETTINGS}.items())
        log = open(folder / "postgres.log", "w")
        self.process = subprocess.Popen(
            [self.bin / "postgres", "-D", self.data], stdout=log, stderr=log, cwd="/", **self.account
        )

    @staticmethod
    def find():
        packaged = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda bin: -int(bin.parent.name))
        on_path = shutil.which("initdb")
        for bin in ([Path(on_path).parent] if on_path else []) + packaged:
            if all((bin / program).exists() for program in ("initdb", "postgres", "psql")):
                return bin
        fail("no PostgreSQL was found: put initdb, postgres and psql on the PATH")

    def execute(self, command, **options):
        subprocess.run([self.bin / command[0], *command[1:]], check=True, cwd="/", **self.account, **options)

    def answers(self):
        if self.process.poll() is not None:
            fail("PostgreSQL has ended")
        # It listens before it is ready, and says in its own file which.
        return answers(self.port) and "ready" in (self.data / "postmaster.pid").read_text()

    def sql(self, text, database="atrium", **variables):
        """Runs SQL as the superuser; answers its rows."""
        values = [f"--set={name}={value}" for name, value in {"ON_ERROR_STOP": 1, **variables}.items()]
        command = [self.bin / "psql", "-XqAt", "-F", "\t", *values, "-h", "127.0.0.1", "-p", str(self.port)]
        command += ["-U", "postgres", "-d", database]
        environment = {**os.environ, "PGPASSWORD": self.password}
        answer = subprocess.run(command, input=text, capture_output=True, text=True, env=environment)
        if answer.returncode:
            fail(answer.stderr)
        return [line.split("\t") for line in answer.stdout.splitlines()]

    def url(self, role):
        return f"postgres://{role}:{self.password}@127.0.0.1:{self.port}/atrium"

    def stop(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait(60)
