"""Where the gateway spends its time, as perf sees it."""

import re
import signal
import subprocess
from collections import Counter

from .load import SECONDS, load

# Parts of a request, by a name on the stack: the innermost that matches gets the sample.
PARTS = {
    "allocating": r"^(malloc|calloc|realloc|free|cfree|_int_|unlink_chunk|sysmalloc|mi_|_mi_|_rjem|__libc_(malloc|free))",
    "parsing the document": r"apollo_parser|parse_ast|Parser>?::parse",
    "validating the document": r"apollo_compiler",
    "planning": r"graphql::plan",
    "building SQL": r"sea_query|sea_orm::query",
    "talking to PostgreSQL": r"sqlx",
    "reading rows": r"sea_orm",
    "async-graphql": r"async_graphql",
    "rendering": r"graphql::render",
    "loaders": r"dataloader|loaders::",
    "trail": r"entity::audit",
    "resolvers, services": r"resolvers::|services::|entity::",
    "JSON": r"serde_json",
    "HTTP, the socket": r"hyper|axum|graphql_post",
    "the runtime, the kernel": r"tokio|epoll|futex|SYSCALL",
}


def profile(work, contender, context):
    """perf's view of the gateway under one work: the share of each part, and what is hottest."""
    server, data = contender.server, context.folder / "perf.data"
    load(work, contender, 2, context)
    record = ["perf", "record", "-q", "-F", "499", "--call-graph", "dwarf,16384", "-p", str(server.process.pid), "-o", data]
    with subprocess.Popen([str(part) for part in record]) as recording:
        load(work, contender, SECONDS, context)
        recording.send_signal(signal.SIGINT)
    script = subprocess.run(
        ["perf", "script", "-i", str(data), "--no-inline", "-F", "ip,sym"], check=True, capture_output=True, text=True
    )
    parts, own, with_callees = Counter(), Counter(), Counter()
    for sample in script.stdout.strip().split("\n\n"):
        # The innermost first; a line is an address and a name.
        names = [line.split(maxsplit=1)[-1] for line in sample.splitlines() if line.strip()]
        own[names[0]] += 1
        with_callees.update(set(names))
        of = (part for name in names for part, pattern in PARTS.items() if re.search(pattern, name))
        parts[next(of, "the rest")] += 1
    for title, counted in (("part", parts), ("symbol, by itself", own), ("symbol, with what it calls", with_callees)):
        print(f"\n{work.name}: share of the samples by {title}")
        for name, count in counted.most_common(60 if counted is with_callees else 15):
            print(f"{count / own.total():6.1%}  {name[:150]}")
