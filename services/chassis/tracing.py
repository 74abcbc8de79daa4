"""Tracing: one trace from a request to the last event it leads to, when somebody collects spans.

A request's context travels in the events' `ce_traceparent` header, and on to what they cause. Spans
are made per request, per batch read and per batch sent, never per event; a batch links to the context
of each of its events. Nothing is imported or made unless OTEL_EXPORTER_OTLP_ENDPOINT is set.
"""

import os
import re
import time
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Any

from contracts.event import Headers

if TYPE_CHECKING:
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SpanExporter
    from opentelemetry.trace import SpanContext

ENDPOINT = "OTEL_EXPORTER_OTLP_ENDPOINT"
TRACEPARENT = re.compile(r"00-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})")
LINKS_MAX = 128
"""What the OpenTelemetry SDK keeps of a span's links."""

_provider: "TracerProvider | None" = None


def configure(service: str, exporter: "SpanExporter | None" = None) -> None:
    """Export spans to the exporter, or to the endpoint the environment names, if any."""
    global _provider  # noqa: PLW0603 (one process, one collector)
    endpoint = os.environ.get(ENDPOINT, "")
    if exporter is None and not endpoint:
        return
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415 (costs nothing when off)
    from opentelemetry.sdk.trace import TracerProvider  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import (  # noqa: PLC0415
        BatchSpanProcessor,
        SimpleSpanProcessor,
    )

    from services.chassis.otlp import OtlpJson  # noqa: PLC0415

    _provider = TracerProvider(resource=Resource.create({"service.name": f"mingjing-{service}"}))
    _provider.add_span_processor(
        SimpleSpanProcessor(exporter) if exporter else BatchSpanProcessor(OtlpJson(endpoint))
    )


def off() -> None:
    """Send what is left, and make no more spans."""
    global _provider
    provider, _provider = _provider, None
    if provider is not None:
        provider.shutdown()


def batch(service: str, what: str, events: Iterable[Headers]) -> AbstractContextManager[Any]:
    """The span of a batch, with links to its events; a child when all belong to one trace."""
    if _provider is None:
        return nullcontext()
    from opentelemetry import trace  # noqa: PLC0415

    held = list(events)
    contexts = _contexts(held)
    one_trace = len({c.trace_id for c in contexts}) == 1
    parent = trace.set_span_in_context(trace.NonRecordingSpan(contexts[0])) if one_trace else None
    kind = trace.SpanKind.PRODUCER if what == "publish" else trace.SpanKind.CONSUMER
    return _provider.get_tracer("mingjing").start_as_current_span(
        f"{what} batch", context=parent, kind=kind, links=[trace.Link(c) for c in contexts],
        attributes={"messaging.system": "kafka", "messaging.batch.message_count": len(held),
                    "mingjing.service": service},
    )  # fmt: skip


def _contexts(events: list[Headers]) -> list["SpanContext"]:
    """The distinct contexts of some events, in order."""
    from opentelemetry.trace import SpanContext, TraceFlags  # noqa: PLC0415

    said = dict.fromkeys(v for headers in events for n, v in headers if n == "ce_traceparent" and v)
    found = []
    for raw in said:
        if match := TRACEPARENT.fullmatch(raw.decode("ascii", "replace")):
            trace_id, span_id, flags = (int(part, 16) for part in match.groups())
            found.append(
                SpanContext(trace_id, span_id, is_remote=True, trace_flags=TraceFlags(flags))
            )
    return found[:LINKS_MAX]


class Telemetry:
    """ASGI middleware: how long each request took, and its span when spans are collected."""

    def __init__(self, app: Any, service: str, metrics: Any) -> None:
        self.app = app
        self.service = service
        self.metrics = metrics

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request; what is not HTTP passes untouched."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        began, status = time.perf_counter(), 500

        async def note(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            with _request(self.service, scope) as span:
                await self.app(scope, receive, note)
                if span is not None:
                    span.set_attribute("http.response.status_code", status)
        finally:
            self.metrics.requests.labels(self.service, scope["method"], str(status)).observe(
                time.perf_counter() - began
            )


def _request(service: str, scope: Any) -> AbstractContextManager[Any]:
    """The span of a request. What is behind it sees the span's context as its traceparent."""
    headers = [(n, v) for n, v in scope["headers"] if n != b"traceparent"]
    said = next((v for n, v in scope["headers"] if n == b"traceparent"), b"")
    parents = _well_formed(said)
    if _provider is None:
        scope["headers"] = headers + [(b"traceparent", p) for p in parents]
        return nullcontext()
    from opentelemetry import trace  # noqa: PLC0415

    contexts = _contexts([[("ce_traceparent", p)] for p in parents])
    parent = trace.set_span_in_context(trace.NonRecordingSpan(contexts[0])) if contexts else None
    span = _provider.get_tracer("mingjing").start_span(
        f"{scope['method']} {scope['path']}", context=parent, kind=trace.SpanKind.SERVER,
        attributes={"http.request.method": scope["method"], "url.path": scope["path"],
                    "mingjing.service": service},
    )  # fmt: skip
    at = span.get_span_context()
    own = f"00-{at.trace_id:032x}-{at.span_id:016x}-{int(at.trace_flags):02x}".encode()
    scope["headers"] = [*headers, (b"traceparent", own)]
    return trace.use_span(span, end_on_exit=True)


def _well_formed(said: bytes) -> list[bytes]:
    """The header when it is one: anything else would travel in every event that follows."""
    return [said] if TRACEPARENT.fullmatch(said.decode("ascii", "replace")) else []
