"""The process the supervisor starts: the real service, perhaps broken on purpose, perhaps about to die."""

import os
from importlib import import_module

from fastapi import FastAPI

SERVICE, BROKEN, CRASH_AT = "MINGJING_SERVICE", "MINGJING_BROKEN", "MINGJING_CRASH_AT"
NEXT_RELEASE = "MINGJING_NEXT_RELEASE"


def create_app() -> FastAPI:
    """The service named in the environment; with nothing else there it is the release itself."""
    main = import_module(f"services.{os.environ[SERVICE]}.main")
    if broken := os.environ.get(BROKEN):
        from tests.faults.broken import BUILDS  # noqa: PLC0415 (never in a good build)

        BUILDS[broken].apply()
    if os.environ.get(NEXT_RELEASE):
        from tests.faults.upgrade import become_the_next_release  # noqa: PLC0415 (as above)

        become_the_next_release()
    if crash_at := os.environ.get(CRASH_AT):
        from tests.faults.steps import arm  # noqa: PLC0415 (as above)

        arm(crash_at)
    app: FastAPI = main.create_app()
    return app
