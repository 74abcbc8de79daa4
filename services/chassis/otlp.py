"""Spans to an OpenTelemetry collector: OTLP over HTTP as JSON, without a protocol compiler."""

import os
from collections.abc import Sequence
from typing import Any

import httpx
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult

SECONDS_MAX = 10
KINDS = {"INTERNAL": 1, "SERVER": 2, "CLIENT": 3, "PRODUCER": 4, "CONSUMER": 5}


class OtlpJson(SpanExporter):
    """Posts spans to `<endpoint>/v1/traces`; a collector that is away costs the spans, nothing else."""

    def __init__(self, endpoint: str) -> None:
        self.url = endpoint.rstrip("/") + "/v1/traces"
        self.client = httpx.Client(timeout=SECONDS_MAX, headers=_headers())

    def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
        """Send a batch of ended spans."""
        try:
            answer = self.client.post(self.url, json=document(spans))
        except httpx.HTTPError:
            return SpanExportResult.FAILURE
        return SpanExportResult.SUCCESS if answer.is_success else SpanExportResult.FAILURE

    def shutdown(self) -> None:
        """Close the connection."""
        self.client.close()


def document(spans: Sequence[ReadableSpan]) -> dict[str, Any]:
    """The spans as one OTLP ExportTraceServiceRequest."""
    resource = spans[0].resource.attributes if spans else {}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": "mingjing"}, "spans": [_span(s) for s in spans]}],
            }
        ]
    }


def _span(span: ReadableSpan) -> dict[str, Any]:
    at = span.get_span_context()
    assert at is not None
    said = {
        "traceId": f"{at.trace_id:032x}",
        "spanId": f"{at.span_id:016x}",
        "name": span.name,
        "kind": KINDS[span.kind.name],
        "startTimeUnixNano": str(span.start_time),
        "endTimeUnixNano": str(span.end_time),
        "attributes": _attributes(span.attributes or {}),
        "links": [
            {"traceId": f"{link.context.trace_id:032x}", "spanId": f"{link.context.span_id:016x}"}
            for link in span.links
        ],
    }
    if span.parent is not None:
        said["parentSpanId"] = f"{span.parent.span_id:016x}"
    return said


def _attributes(held: Any) -> list[dict[str, Any]]:
    return [{"key": name, "value": _value(value)} for name, value in held.items()]


def _value(value: Any) -> dict[str, Any]:
    if isinstance(value, bool):
        return {"boolValue": value}
    if isinstance(value, int):
        return {"intValue": str(value)}
    return {"stringValue": str(value)}


def _headers() -> dict[str, str]:
    """OTEL_EXPORTER_OTLP_HEADERS: `name=value,name=value`, as the specification has it."""
    said = os.environ.get("OTEL_EXPORTER_OTLP_HEADERS", "")
    pairs = (pair.partition("=") for pair in said.split(",") if "=" in pair)
    return {name.strip(): value.strip() for name, _, value in pairs}
