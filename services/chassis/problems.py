"""Refusals as RFC 9457 problem documents: what, where and how to mend it, in both languages."""

from collections.abc import Mapping
from typing import Any

import orjson
import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException

from services.chassis.errors import (
    BadRequest,
    Invalid,
    ServiceError,
    Transient,
    Unauthenticated,
)

log = structlog.get_logger()


def json_response(
    body: Mapping[str, Any] | list[Any], status: int, media: str = "application/json"
) -> Response:
    """A JSON response, bytes in the order the body was built."""
    return Response(orjson.dumps(body), status, media_type=media)


def problem_response(problem: ServiceError) -> Response:
    """A refusal as application/problem+json; a transient one says when to come back."""
    response = json_response(problem.problem(), problem.status, "application/problem+json")
    if problem.status == Transient.status:
        response.headers["Retry-After"] = "1"
    if problem.status == Unauthenticated.status:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def install(app: FastAPI) -> None:
    """Answer every failure of an application with a problem document."""
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(Exception, _bug)


async def _service_error(_: Request, problem: Exception) -> Response:
    assert isinstance(problem, ServiceError)
    return problem_response(problem)


async def _validation_error(_: Request, bad: Exception) -> Response:
    assert isinstance(bad, RequestValidationError)
    faults = [_fault(dict(error)) for error in bad.errors()]
    unreadable = any(error["type"] == "json_invalid" for error in bad.errors())
    kind: type[ServiceError] = BadRequest if unreadable else Invalid
    code = "json_malformed" if unreadable else "body_invalid"
    first = faults[0]
    return problem_response(
        kind(
            code,
            f"{first['where']}: {first['what']}. Mend the fields listed in errors and send again.",
            f"{first['where']}：{first['what']}。请按 errors 逐项更正后重新提交。",
            errors=faults,
        )
    )


def _fault(error: dict[str, Any]) -> dict[str, str]:
    where = ".".join(str(part) for part in error["loc"])
    if error["type"] == "json_invalid":
        where = f"body, character {error['loc'][-1]}"
    return {"where": where, "what": str(error["msg"]), "kind": str(error["type"])}


async def _http_error(request: Request, bad: Exception) -> Response:
    assert isinstance(bad, HTTPException)
    codes = {
        404: ("no_such_route", "没有该地址"),
        405: ("method_not_allowed", "该地址不支持此方法"),
    }
    code, zh = codes.get(bad.status_code, ("http_error", str(bad.detail)))
    problem = ServiceError(
        code,
        f"{request.method} {request.url.path}: {bad.detail}; see /docs.",
        f"{zh}；参见 /docs。",
    )
    body = {**problem.problem(), "status": bad.status_code}
    response = json_response(body, bad.status_code, "application/problem+json")
    response.headers.update(bad.headers or {})
    return response


async def _bug(_: Request, bug: Exception) -> Response:
    log.error("request failed", error=type(bug).__name__, exc_info=bug)
    return problem_response(
        ServiceError(
            "bug",
            "This is our fault; it was recorded. Try again later.",
            "系统内部错误，已记录，请稍后再试。",
        )
    )
