"""One trace from a request to the last event it leads to; nothing at all when nobody collects."""

import json
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from subprocess import run
from threading import Thread
from typing import Any

import httpx
import pytest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic import SecretStr

from services.chassis import tracing
from services.chassis.auth import token_for
from services.chassis.otlp import OtlpJson
from services.chassis.service import create_service
from services.chassis.settings import ServiceSettings
from tests.chassis.harness_live import SECRET, Live, until
from tests.chassis.http_service import APPLICANT, GOOD, SERVICE, router
from tests.chassis.probes import MIDDLE_SERVICE, SINK_SERVICE

GIVEN = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


@pytest.fixture
def collector() -> Iterator[InMemorySpanExporter]:
    """Collects the spans of this process."""
    exporter = InMemorySpanExporter()
    tracing.configure("tests", exporter)
    yield exporter
    tracing.off()


@asynccontextmanager
async def door(it: Live, url: str) -> AsyncIterator[httpx.AsyncClient]:
    """The source over HTTP, on the real thing."""
    settings = ServiceSettings(
        database_url=url, kafka_bootstrap_servers=it.bootstrap, token_secret=SecretStr(SECRET),
        log_level="ERROR",
    )  # fmt: skip
    app = create_service(SERVICE, settings, router)
    await app.state.runtime.start()
    token = token_for(SECRET, APPLICANT)
    try:
        async with httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://source",
            headers={"authorization": f"Bearer {token}"},
        ) as http:  # fmt: skip
            yield http
    finally:
        await app.state.runtime.stop()


async def submitted(it: Live, url: str, **headers: str) -> None:
    """One application over HTTP, and all that follows from it."""
    async with door(it, url) as http:
        answer = await http.post("/v1/applications/a1/submission", json=GOOD, headers=headers)
        assert answer.status_code == 201, answer.text
        await until("the last event is on the log", lambda: it.log("document.events"))
        await it.settle()


async def trace_ids(it: Live) -> dict[str, str]:
    """The trace that each event on the log belongs to."""
    said = {}
    for topic in ("submission.events", "eligibility.events", "document.events"):
        for place in [p for p in it.starts if p.topic == topic]:
            end = (await it.reader.end_offsets([place]))[place]
            it.reader.seek(place, it.starts[place])
            it.reader.resume(place)
            while await it.reader.position(place) < end:
                for r in (await it.reader.getmany(place, timeout_ms=200)).get(place, []):
                    said[topic] = dict(r.headers)["ce_traceparent"].decode().split("-")[1]
            it.reader.pause(place)
    return said


@pytest.mark.kafka
async def test_one_trace_leads_from_the_request_to_the_last_event(
    live: Callable[..., Any], store: Callable[[], str], collector: InMemorySpanExporter
) -> None:
    """The request continues the caller's trace; every event and every batch belongs or links to it."""
    it = await live(MIDDLE_SERVICE, SINK_SERVICE)
    await submitted(it, store(), traceparent=GIVEN)

    trace_id = GIVEN.split("-")[1]
    assert await trace_ids(it) == dict.fromkeys(
        ("submission.events", "eligibility.events", "document.events"), trace_id
    )
    spans = collector.get_finished_spans()
    (request,) = [s for s in spans if s.name.startswith("POST")]
    assert f"{request.context.trace_id:032x}" == trace_id
    assert request.parent is not None
    assert f"{request.parent.span_id:016x}" == GIVEN.split("-")[2]
    assert request.attributes is not None
    assert request.attributes["http.response.status_code"] == 201
    publishers = {"submission", "eligibility", "document"}
    for name, services in (("process batch", {"middle", "sink"}), ("publish batch", publishers)):
        batches = [s for s in spans if s.name == name]
        linked = [s for s in batches if trace_id in {f"{k.context.trace_id:032x}" for k in s.links}]
        assert {str((s.attributes or {})["mingjing.service"]) for s in linked} == services


@pytest.mark.kafka
async def test_a_request_without_a_trace_begins_one(
    live: Callable[..., Any], store: Callable[[], str], collector: InMemorySpanExporter
) -> None:
    """The last event carries the id of the span that began it all."""
    it = await live(MIDDLE_SERVICE, SINK_SERVICE)
    await submitted(it, store())

    (request,) = [s for s in collector.get_finished_spans() if s.name.startswith("POST")]
    assert set((await trace_ids(it)).values()) == {f"{request.context.trace_id:032x}"}


def test_without_a_collector_nothing_is_imported() -> None:
    """A service that exports no spans does not even load the SDK."""
    code = (
        "import sys; import services.chassis.service; from services.chassis import tracing; "
        "tracing.configure('x'); assert not tracing._provider; "
        "with_ = tracing.batch('x', 'process', [[('ce_traceparent', b'x')]]).__enter__(); "
        "sys.exit(any(m.startswith('opentelemetry.sdk') for m in sys.modules))"
    )
    assert run([sys.executable, "-c", code], check=False, timeout=60).returncode == 0


def test_spans_reach_a_collector_as_otlp(monkeypatch: pytest.MonkeyPatch) -> None:
    """What arrives is what OTLP says: hexadecimal ids, times in nanoseconds as text, links."""
    arrived: list[tuple[str, str, Any]] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["content-length"]))
            arrived.append((self.path, self.headers["x-key"], json.loads(body)))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            """A test's collector says nothing."""

    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    monkeypatch.setenv("OTEL_EXPORTER_OTLP_HEADERS", "x-key=secret")
    tracing.configure("tests", OtlpJson(f"http://127.0.0.1:{server.server_port}"))
    with tracing.batch("middle", "process", [[("ce_traceparent", GIVEN.encode())]]):
        pass
    tracing.off()
    server.shutdown()
    server.server_close()
    thread.join()

    ((path, key, said),) = arrived
    assert (path, key) == ("/v1/traces", "secret")
    (span,) = said["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert (span["name"], span["kind"], span["traceId"]) == (
        "process batch",
        5,
        GIVEN.split("-")[1],
    )
    assert span["parentSpanId"] == span["links"][0]["spanId"] == GIVEN.split("-")[2]
    assert int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"]) > 10**18


def test_a_collector_that_is_away_costs_only_the_spans() -> None:
    """The work goes on."""
    tracing.configure("tests", OtlpJson("http://127.0.0.1:1"))
    with tracing.batch("middle", "process", []):
        pass
    tracing.off()
