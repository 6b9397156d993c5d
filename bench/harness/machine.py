"""The machine: builds, ports, waiting, and the CPU seconds of processes."""

import json
import os
import resource
import socket
import subprocess
import time
from pathlib import Path

HERE = Path(__file__).resolve().parent.parent
ROOT = HERE.parent
TICK = os.sysconf("SC_CLK_TCK")


def fail(message):
    raise SystemExit(f"bench/run: {message}")


def built(folder, *arguments):
    subprocess.run(["cargo", "build", "--release", "--locked", *arguments], cwd=folder, check=True)
    # CARGO_TARGET_DIR and the like move it.
    metadata = subprocess.run(
        ["cargo", "metadata", "--format-version=1", "--no-deps", "--offline"], cwd=folder, check=True, capture_output=True
    )
    return Path(json.loads(metadata.stdout)["target_directory"]) / "release"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def answers(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def wait_for(ready, what):
    end = time.time() + 60
    while not ready():
        if time.time() > end:
            fail(f"{what} did not start")
        time.sleep(0.1)


def allow_many_files():
    """A socket is a file, of the server and of whoever holds its other end; children inherit the limit."""
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))


def cpu(pid):
    """CPU seconds of a process, its living children, and those that have ended."""
    total, children = 0, []
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rsplit(") ", 1)[1].split()
            except OSError:
                continue
            if int(entry.name) == pid:
                total += sum(int(field) for field in fields[11:15])
            elif int(fields[1]) == pid:
                children.append(sum(int(field) for field in fields[11:13]))
    return (total + sum(children)) / TICK


def busy():
    """CPU seconds of the whole machine."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
    return (sum(fields) - fields[3] - fields[4]) / TICK
