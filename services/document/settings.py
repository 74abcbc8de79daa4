"""Document's settings: DOCUMENT_* in the environment."""

from pathlib import Path
from typing import Annotated

from pydantic import Field
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """What document needs beside what every service needs."""

    model_config = SettingsConfigDict(env_prefix="DOCUMENT_", extra="ignore")

    blob_folder: Path
    """Where the bytes of files lie, named by their digest. Never shared with another service."""
    file_bytes_max: Annotated[int, Field(ge=1_024, le=63 * 2**20)] = 20 * 2**20
    body_bytes_max: Annotated[int, Field(ge=1_024, le=64 * 2**20)] = 21 * 2**20
    """A file and its multipart wrapping."""
