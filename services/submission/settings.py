"""Settings of submission, `SUBMISSION_*`: the chassis's own, and the key that signs receipts."""

from pydantic import SecretStr, field_validator
from pydantic_settings import SettingsConfigDict

from services.chassis.settings import ServiceSettings

KEY_HEX_DIGITS = 64
DIGITS_DISTINCT_MIN = 6
"""A key drawn at random has fewer distinct digits once in 10^28 draws; a typed one often does."""


class Settings(ServiceSettings):
    """Read from the environment when the application is built, never at import."""

    model_config = SettingsConfigDict(env_prefix="SUBMISSION_", extra="ignore")

    receipt_key: SecretStr
    """The Ed25519 secret behind receipts: 32 random bytes as 64 hexadecimal digits. No default."""

    @field_validator("receipt_key")
    @classmethod
    def _drawn_not_typed(cls, secret: SecretStr) -> SecretStr:
        value = secret.get_secret_value()
        digits = set(value.lower())
        if len(value) != KEY_HEX_DIGITS or not digits <= set("0123456789abcdef"):
            raise ValueError(
                "SUBMISSION_RECEIPT_KEY must be 64 hexadecimal digits, e.g. "
                "from `openssl rand -hex 32`"
            )
        if len(digits) < DIGITS_DISTINCT_MIN:
            raise ValueError(
                "SUBMISSION_RECEIPT_KEY is a placeholder; draw one with `openssl rand -hex 32`"
            )
        return secret
