"""Notification's settings: NOTIFICATION_* in the environment."""

from email.utils import parseaddr
from typing import Annotated, Literal

from pydantic import Field, SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """What notification needs beside what every service needs."""

    model_config = SettingsConfigDict(env_prefix="NOTIFICATION_", extra="ignore")

    smtp_host: str
    smtp_port: Annotated[int, Field(ge=1, le=65_535)]
    smtp_tls: Literal["auto", "starttls", "tls", "none"] = "auto"
    """`auto`: encrypted when the server offers it; `starttls` and `tls` insist."""
    smtp_username: str = ""
    smtp_password: SecretStr = SecretStr("")
    smtp_timeout_seconds: Annotated[float, Field(gt=0, le=300)] = 20.0
    sender: str
    """The From address, e.g. `Mingjing <no-reply@example.org>`."""
    mail_domain: Annotated[str, Field(pattern=r"^[A-Za-z0-9.-]{1,200}$")]
    """The right half of every Message-ID; never changed, or a re-sent mail looks like a new one."""
    send_batch_max: Annotated[int, Field(ge=1, le=1_000)] = 100
    attempts_max: Annotated[int, Field(ge=1, le=50)] = 8
    retry_seconds_first: Annotated[int, Field(ge=1, le=86_400)] = 60
    retry_seconds_max: Annotated[int, Field(ge=1, le=7 * 86_400)] = 3_600

    @field_validator("sender")
    @classmethod
    def _one_address(cls, sender: str) -> str:
        local, _, domain = parseaddr(sender)[1].rpartition("@")
        if not local or not domain or not sender.isprintable():
            raise ValueError("NOTIFICATION_SENDER must be one address, e.g. Name <box@example.org>")
        return sender
