"""Every setting of the tool: its name, default and meaning.

Values come from environment variables or from one file of `NAME=value` lines (CONFIG_FILE).
`config/example.env` lists them all; a test holds the two together.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """The tool's settings, read once at start and handed on as an argument."""

    model_config = SettingsConfigDict(extra="ignore", case_sensitive=False, frozen=True)

    var_dir: Path = Field(Path("var"), description="Folder for the database file, keys and uploads.")
    files_dir: str = Field(
        "",
        description="Folder for uploaded files; the same one for every machine. Empty: files under VAR_DIR.",
    )
    upload_mb: int = Field(15, ge=1, le=100, description="Largest file a student may add, in megabytes.")
    portfolio_mb: int = Field(100, ge=1, description="Room for one student's files, in megabytes.")
    database_url: str = Field(
        "", description="SQLAlchemy URL. Empty means an SQLite file, plans.sqlite, under VAR_DIR."
    )
    public_url: str = Field(
        "http://127.0.0.1:8900", description="The address browsers and the LMS reach the tool at, no slash."
    )
    bind: str = Field("127.0.0.1:8900", description="host:port the web server listens on.")
    secret_key: str = Field(
        "", description="Signs launch states. Empty: made once under VAR_DIR/keys by `up` and `migrate`."
    )
    encryption_keys: str = Field(
        "",
        description="Fernet keys, newest first, comma separated; encrypt tokens and private keys at rest. "
        "Empty: made once under VAR_DIR/keys. `serve` on PostgreSQL needs them set.",
    )
    allow_private_network: bool = Field(
        False, description="1 lets platforms and LMS APIs live on loopback and private addresses over http."
    )
    trusted_proxies: int = Field(0, description="Number of reverse proxies whose X-Forwarded-* to trust.")
    web_workers: int = Field(2, description="gunicorn processes.")
    web_threads: int = Field(4, description="Threads in each gunicorn process.")
    worker_threads: int = Field(4, description="Courses one background worker reads at once.")
    log_level: str = Field("INFO", description="DEBUG, INFO, WARNING or ERROR.")
    log_format: str = Field("json", description="json or text.")
    session_idle_minutes: int = Field(120, description="A launch ends after this long without a click.")
    session_max_hours: int = Field(12, description="A launch ends at this age whatever happens.")
    sync_every_minutes: int = Field(10, description="How often a started course's grades are read.")
    board_every_minutes: int = Field(2, description="How often, while staff have the board open.")
    quiet_most_hours: int = Field(6, description="How often at least, where nothing has happened for days.")
    full_sync_hours: int = Field(24, description="How often everything is read again, flags included.")
    goal_items_minutes: int = Field(60, description="How often columns that goals look at are read whole.")
    roster_every_hours: int = Field(6, description="How often the roster is read.")
    launch_stale_minutes: int = Field(5, description="A launch starts a sync when grades are older.")
    tick_seconds: float = Field(15, description="How often the worker looks for what is due.")
    queue_poll_seconds: float = Field(
        1, gt=0, description="How often a worker with room looks into the queue."
    )
    lease_seconds: int = Field(120, description="A sync run not renewed for this long is taken over.")
    key_rotation_days: int = Field(
        90, ge=0, description="Age at which our signing key gets a successor; 0 = only by `rotate-keys`."
    )
    lms_connect_seconds: float = Field(5.0, description="Time to connect to an LMS.")
    lms_read_seconds: float = Field(
        20.0, description="Time an LMS may be silent; 30 s more for a whole answer. Reports: six times it."
    )
    smtp_host: str = Field("", description="Mail server for the weekly e-mails people ask for. Empty: none.")
    smtp_port: int = Field(587, ge=1, le=65535, description="Its port.")
    smtp_security: Literal["starttls", "tls", "none"] = Field(
        "starttls", description="starttls, tls or none (only on a network of your own)."
    )
    smtp_user: str = Field("", description="The account there, if it needs one.")
    smtp_password: str = Field("", description="The password of that account.")
    smtp_from: str = Field("", description="The address the e-mails come from; none are sent without it.")
    default_language: str = Field("en", description="Language where the launch names none we have.")
    metrics_token: str = Field("", description="If set, /metrics wants it as a Bearer token.")

    @field_validator("public_url")
    @classmethod
    def _trim(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in {"http", "https"} or not parts.netloc:
            raise ValueError("PUBLIC_URL must start with http:// or https:// and name a host")
        return value.rstrip("/")

    @field_validator("bind")
    @classmethod
    def _host_port(cls, value: str) -> str:
        host, colon, port = value.rpartition(":")
        if not (colon and host and port.isdigit()):
            raise ValueError("BIND must be host:port, for example 127.0.0.1:8900")
        return value

    @property
    def resolved_database_url(self) -> str:
        """The SQLAlchemy URL in use; PostgreSQL always through psycopg 3."""
        url = self.database_url or f"sqlite:///{(self.var_dir / 'plans.sqlite').resolve()}"
        for prefix in ("postgresql://", "postgres://"):
            if url.startswith(prefix):
                return "postgresql+psycopg://" + url.removeprefix(prefix)
        return url

    @property
    def files_folder(self) -> Path:
        """The folder of uploaded files."""
        return Path(self.files_dir) if self.files_dir else self.var_dir / "files"

    @property
    def is_sqlite(self) -> bool:
        """True for the one-machine database."""
        return self.resolved_database_url.startswith("sqlite")

    @property
    def sends_mail(self) -> bool:
        """True where e-mails can be sent at all."""
        return bool(self.smtp_host and self.smtp_from)

    @property
    def is_https(self) -> bool:
        """True when browsers reach the tool over TLS."""
        return self.public_url.startswith("https://")


def load_settings(**overrides: object) -> Settings:
    """Read the settings; raises pydantic.ValidationError naming each wrong one."""
    file = os.environ.get("CONFIG_FILE")
    return Settings(_env_file=file, **overrides)  # type: ignore[arg-type]
