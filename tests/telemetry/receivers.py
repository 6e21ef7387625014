"""An OTLP receiver for each protocol: a stand-in for the Collector, which the integration tests run for real."""

import gzip
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Final

import grpc  # type: ignore[import-untyped]  # ships no types
from opentelemetry.proto.collector.logs.v1 import logs_service_pb2
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2
from opentelemetry.proto.logs.v1.logs_pb2 import LogRecord
from opentelemetry.proto.metrics.v1.metrics_pb2 import Metric
from opentelemetry.proto.resource.v1.resource_pb2 import Resource
from opentelemetry.proto.trace.v1.trace_pb2 import Span

ARRIVAL_SECONDS: Final = 30.0
"""How long a test waits for what must arrive."""

REQUESTS: Final[dict[str, Any]] = {
    "trace": trace_service_pb2.ExportTraceServiceRequest,
    "logs": logs_service_pb2.ExportLogsServiceRequest,
    "metrics": metrics_service_pb2.ExportMetricsServiceRequest,
}
"""The request of each OTLP service, by the service's package."""


@dataclass
class Received:
    """Everything that has arrived at one receiver, in order."""

    port: int = 0
    spans: list[Span] = field(default_factory=list)
    logs: list[LogRecord] = field(default_factory=list)
    metrics: list[Metric] = field(default_factory=list)
    resources: list[Resource] = field(default_factory=list)
    _changed: threading.Condition = field(default_factory=threading.Condition)

    @property
    def endpoint(self) -> str:
        """What OTEL_EXPORTER_OTLP_ENDPOINT is set to."""
        return f"http://127.0.0.1:{self.port}"

    def add(self, request: Any) -> None:
        """Take a request of any signal."""
        with self._changed:
            for group in getattr(request, "resource_spans", ()):
                self.spans += [span for scope in group.scope_spans for span in scope.spans]
                self.resources.append(group.resource)
            for group in getattr(request, "resource_logs", ()):
                self.logs += [record for scope in group.scope_logs for record in scope.log_records]
                self.resources.append(group.resource)
            for group in getattr(request, "resource_metrics", ()):
                self.metrics += [metric for scope in group.scope_metrics for metric in scope.metrics]
                self.resources.append(group.resource)
            self._changed.notify_all()

    def wait_for(self, items: list[Any], count: int) -> None:
        """Wait until one of our lists holds at least so many items."""
        with self._changed:
            arrived = self._changed.wait_for(lambda: len(items) >= count, ARRIVAL_SECONDS)
        assert arrived, f"{len(items)} of {count} arrived"


@contextmanager
def grpc_receiver(port: int = 0) -> Iterator[Received]:
    """Receive OTLP over gRPC on a port of the loopback interface, a free one by default."""
    received = Received()
    server = grpc.server(ThreadPoolExecutor(4))
    server.add_generic_rpc_handlers([_service(name, request, received) for name, request in REQUESTS.items()])
    received.port = server.add_insecure_port(f"127.0.0.1:{port}")
    server.start()
    try:
        yield received
    finally:
        server.stop(None).wait()


def _service(name: str, request: Any, received: Received) -> Any:
    def export(message: Any, _context: grpc.ServicerContext) -> bytes:
        received.add(message)
        return b""  # an empty response message

    handler = grpc.unary_unary_rpc_method_handler(export, request_deserializer=request.FromString)
    service = f"opentelemetry.proto.collector.{name}.v1.{name.capitalize()}Service"
    return grpc.method_handlers_generic_handler(service, {"Export": handler})


class _HttpServer(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self, port: int, received: Received) -> None:
        super().__init__(("127.0.0.1", port), _HttpHandler)
        self.received = received


class _HttpHandler(BaseHTTPRequestHandler):
    server: _HttpServer

    def do_POST(self) -> None:
        """Take one export request and answer with an empty response message."""
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if self.headers["Content-Encoding"] == "gzip":
            body = gzip.decompress(body)
        name = self.path.removeprefix("/v1/").replace("traces", "trace")
        self.server.received.add(REQUESTS[name].FromString(body))
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Say nothing."""


@contextmanager
def http_receiver(port: int = 0) -> Iterator[Received]:
    """Receive OTLP over HTTP on a port of the loopback interface, a free one by default."""
    received = Received()
    with _HttpServer(port, received) as server:
        received.port = server.server_port
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield received
        finally:
            server.shutdown()
            thread.join()


RECEIVERS: Final[dict[str, Callable[..., AbstractContextManager[Received]]]] = {
    "grpc": grpc_receiver,
    "http/protobuf": http_receiver,
}
"""The receiver of each value of OTEL_EXPORTER_OTLP_PROTOCOL."""
