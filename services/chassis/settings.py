"""Settings every service has. Environment only, prefixed with the service's name; nothing secret has a default."""

from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

SECRET_CHARACTERS_MIN = 16
PLACEHOLDERS = {"changeme", "change-me", "secret", "placeholder", "password", "example"}


class ServiceSettings(BaseSettings):
    """Base of each service's settings; a subclass sets `env_prefix`, e.g. `ELIGIBILITY_`."""

    model_config = SettingsConfigDict(extra="ignore")

    database_url: str
    """postgresql://role:password@host:port/database"""
    kafka_bootstrap_servers: str
    replica: str = ""
    """Names this process among those of its service, the same after a restart: it then finds its
    partitions kept. Without one, those of a killed process wait ten seconds. Never give two one name."""
    token_secret: SecretStr
    """Seals bearer tokens; the same for all services of one installation."""
    clock: Literal["system", "header"] = "system"
    """`header`: the instant of a command comes from the Mingjing-Now header. For seasons and tests."""
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = "INFO"
    body_bytes_max: Annotated[int, Field(ge=1_024, le=64 * 2**20)] = 2 * 2**20
    batch_records_max: Annotated[int, Field(ge=1, le=5_000)] = 800
    cache_rows_max: Annotated[int, Field(ge=0, le=10_000_000)] = 300_000
    ask_seconds_max: Annotated[float, Field(gt=0, le=120)] = 30.0
    refused_share_max: Annotated[float, Field(gt=0, le=1)] = 0.5
    """The circuit breaker stops intake when more than this share of recent records was refused."""

    @field_validator("token_secret")
    @classmethod
    def _no_placeholder(cls, secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        if len(value) < SECRET_CHARACTERS_MIN or value.lower() in PLACEHOLDERS:
            raise ValueError(
                f"set a secret of at least {SECRET_CHARACTERS_MIN} characters that is not a placeholder"
            )
        return secret
