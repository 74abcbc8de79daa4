"""Settings of finance: FINANCE_*."""

from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings


class Settings(ServiceSettings):
    """Nothing of its own."""

    model_config = SettingsConfigDict(env_prefix="FINANCE_", extra="ignore")
