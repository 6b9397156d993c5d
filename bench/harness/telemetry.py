"""What telemetry costs: the same work on gateways that differ in nothing else."""

import threading
import time
import urllib.request
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from .load import measure
from .machine import fail, free_port
from .servers import Contender
from .traces import compare


class Sink(BaseHTTPRequestHandler):
    """A collector that swallows what it is sent."""

    protocol_version = "HTTP/1.1"
    bodies = swallowed = 0

    def do_POST(self):
        Sink.swallowed += len(self.rfile.read(int(self.headers["content-length"])))
        Sink.bodies += 1
        self.send_response(200)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_):
        pass


@contextmanager
def sink():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Sink)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()


@contextmanager
def scraped(url):
    """Asks for the metrics each second, as Prometheus might. Yields the sizes of what came."""
    over, sizes = threading.Event(), []

    def scrape():
        while not over.wait(1):
            with urllib.request.urlopen(url) as answer:
                sizes.append(len(answer.read()))

    thread = threading.Thread(target=scrape, daemon=True)
    thread.start()
    yield sizes
    over.set()
    thread.join()


def telemetry(work, context):
    """Rounds of one work with telemetry off, with metrics that are scraped, and with traces."""
    operators = f"127.0.0.1:{free_port()}"
    with sink() as collector, scraped(f"http://{operators}/metrics") as sizes:
        off, *others = contenders = [
            Contender("off", context.serve("atrium")),
            Contender("metrics", context.serve("atrium", ATRIUM_OPERATORS_LISTEN=operators)),
            Contender("traces", context.serve("atrium", ATRIUM_OTLP_ENDPOINT=collector)),
        ]
        compare(work, contenders, context)
        took = measure(work, contenders, off, context)
        # The last spans come when the batch is full or old enough.
        time.sleep(6)
    if not sizes or not Sink.bodies:
        fail("no metrics were scraped, or no traces came")
    print(f"\nScraped {len(sizes)} times {max(sizes):,} bytes; {Sink.bodies:,} bodies of spans, {Sink.swallowed:,} bytes.")
    return took
