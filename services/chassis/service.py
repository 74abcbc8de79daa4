"""`create_service`: the whole process of a service in one call."""

import os
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager

from fastapi import APIRouter, FastAPI, Request
from fastapi.responses import Response
from starlette.routing import BaseRoute

from services.chassis import docs_page, logs, problems, tracing
from services.chassis.jobs import Job
from services.chassis.limits import BodyLimit
from services.chassis.model import Service
from services.chassis.operations import router as operations
from services.chassis.problems import json_response
from services.chassis.runtime import Runtime, Task
from services.chassis.settings import ServiceSettings

VERSION = "1.0.0"


def create_service(
    service: Service, settings: ServiceSettings, router: APIRouter,
    jobs: Iterable[Job] = (), tasks: Iterable[Task] = (),
) -> FastAPI:  # fmt: skip
    """A FastAPI application whose life cycle runs the service's writer, relay, intake, jobs and tasks."""
    logs.configure(service.name, settings.log_level)
    tracing.configure(service.name)
    runtime = Runtime(service, settings, jobs, tasks)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await runtime.start()
        yield
        await runtime.stop()
        tracing.off()

    app = FastAPI(
        title=f"Mingjing {service.name}",
        version=VERSION,
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    app.state.runtime = runtime
    app.add_middleware(BodyLimit, bytes_max=settings.body_bytes_max)
    app.add_middleware(tracing.Telemetry, service=service.name, metrics=runtime.metrics)
    problems.install(app)
    for part in (router, operations, _health(), docs_page.router):
        app.router.routes.extend(_flat(part))
    return app


def _flat(router: APIRouter) -> Iterator[BaseRoute]:
    """A router's routes, those of routers within it included.

    FastAPI searches nested routers twice on each level, for every request (a quarter of its time).
    Our routers within routers add no prefix and no dependency, so nothing is lost.
    """
    for route in router.routes:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from _flat(inner)


def _health() -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/healthz")
    async def healthz(request: Request) -> Response:
        """The process runs, and nothing in it has ended."""
        ended = request.app.state.runtime.ended()
        status = f"ended: {', '.join(ended)}" if ended else "ok"
        return json_response({"status": status}, 503 if ended else 200)

    @router.get("/readyz")
    async def readyz(request: Request) -> Response:
        """Whether the service can do its work now, and if not, why."""
        faults = request.app.state.runtime.faults()
        return json_response({"ready": not faults, "reasons": faults}, 503 if faults else 200)

    @router.get("/metrics")
    async def metrics(request: Request) -> Response:
        """Prometheus metrics."""
        return Response(
            request.app.state.runtime.metrics.text(), media_type="text/plain; version=0.0.4"
        )

    @router.get("/version")
    async def version(request: Request) -> dict[str, str]:
        """Which release runs here."""
        return {
            "service": request.app.state.runtime.service.name,
            "version": VERSION,
            "pid": str(os.getpid()),
        }

    return router
