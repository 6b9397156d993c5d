"""The servers that are measured, and the ways in which they are asked."""

import hashlib
import json
import os
import re
import subprocess
import urllib.error
import urllib.request
from pathlib import Path

from .machine import answers, fail, free_port


class Server:
    """The gateway or the limit, as a process of its own. `kind` is `atrium` or `limit`."""

    def __init__(self, kind, program, environment, folder):
        self.kind, self.port = kind, free_port()
        ours = {"ATRIUM_LISTEN": f"127.0.0.1:{self.port}", **environment}
        others = {key: value for key, value in os.environ.items() if not key.startswith(("ATRIUM_", "RUST_LOG"))}
        self.log = folder / f"{kind}-{self.port}.log"
        command = [program, "serve"] if kind == "atrium" else [program]
        with open(self.log, "w") as log:
            self.process = subprocess.Popen(command, env={**others, **ours}, cwd=folder, stdout=log, stderr=log)

    def answers(self):
        if self.process.poll() is not None:
            fail(f"{self.kind} has ended\n{self.log.read_text()[-1000:]}")
        return answers(self.port)

    def url(self, path, scheme="http"):
        return f"{scheme}://127.0.0.1:{self.port}/{path}"

    def post(self, path, body, token):
        text = written(body).replace("@round", "1")
        headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
        request = urllib.request.Request(self.url(path), text.encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            return {"status": error.code, "body": error.read().decode()}

    def rss(self):
        """MiB of memory that are resident."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024

    def stop(self):
        self.process.terminate()
        self.process.wait(20)


class Contender:
    """A server, and how it is told which document is meant: by its `text`, by its hash as automatic persisted
    queries have it (`apq`), or by its `id` among the trusted documents. The limit knows no documents."""

    def __init__(self, name, server, documents="text"):
        self.name, self.server, self.documents = name, server, documents

    def path(self, work):
        return "graphql" if self.server.kind == "atrium" else work.name

    def body(self, work, variables):
        if self.server.kind == "limit":
            return variables
        return {**self.document(work), "variables": variables}

    def document(self, work):
        if self.documents == "text":
            return {"query": work.document}
        if self.documents == "apq":
            digest = hashlib.sha256(work.document.encode()).hexdigest()
            return {"extensions": {"persistedQuery": {"version": 1, "sha256Hash": digest}}}
        return {"documentId": work.name}

    def introduce(self, work, token):
        """Sends a document whole that is known by its hash from then on, as clients do."""
        if self.documents == "apq":
            body = {"query": work.document, **self.body(work, work.compared[0])}
            self.server.post(self.path(work), body, token)

    def ask(self, work, variables, token):
        return self.server.post(self.path(work), self.body(work, variables), token)


def written(body):
    """A body's text. A version is a number."""
    return re.sub(r'"(@round|@version)"', r"\1", json.dumps(body, separators=(",", ":")))
