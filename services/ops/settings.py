"""Settings of ops: OPS_*."""

from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Where the services answer, to ask them for their own lag and dead letters."""

    model_config = SettingsConfigDict(env_prefix="OPS_", extra="ignore")

    services: Annotated[dict[str, str], Field(default_factory=dict)]
    """Service name → base address."""
