"""The installation's secrets on disk: made once under VAR_DIR/keys (0600) when none are set.

Database backups hold no keys, so a stolen backup opens nothing; losing the folder means
connecting the LMS APIs again, nothing worse.
"""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from cryptography.fernet import Fernet, MultiFernet

from config.settings import Settings


class KeysMissing(Exception):
    """No keys are set and none may be made here; the message says what to set."""


def load_cipher(settings: Settings, *, make: bool) -> MultiFernet:
    """The keys that encrypt stored secrets, newest first.

    Args:
        make: create the key file when neither ENCRYPTION_KEYS nor the file is there.
    Raises:
        KeysMissing: nothing set, no file, and `make` is false; or a key is not a Fernet key.
    """
    given = settings.encryption_keys or _stored(settings, "encryption", Fernet.generate_key().decode(), make)
    if not given:
        raise KeysMissing(
            "ENCRYPTION_KEYS is not set and VAR_DIR/keys has none. Set it to a Fernet key, or run "
            "`lti-tool up` once to have one made."
        )
    try:
        return MultiFernet([Fernet(key.strip()) for key in given.split(",") if key.strip()])
    except ValueError:
        raise KeysMissing(
            "ENCRYPTION_KEYS must be Fernet keys (32 bytes, base64), separated by commas."
        ) from None


def load_secret_key(settings: Settings, *, make: bool) -> str:
    """The key that signs what we hand to browsers; raises KeysMissing like load_cipher."""
    found = settings.secret_key or _stored(settings, "secret", secrets.token_urlsafe(48), make)
    if not found:
        raise KeysMissing("SECRET_KEY is not set and VAR_DIR/keys has none. Set it to 40 random characters.")
    return found


def _stored(settings: Settings, name: str, fresh: str, make: bool) -> str:
    file = settings.var_dir / "keys" / name
    if make and not file.exists():
        _write_once(file, fresh)
    return file.read_text().strip() if file.exists() else ""


def _write_once(file: Path, text: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    part = file.with_name(f".{file.name}.{secrets.token_hex(8)}")
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "w") as stream:
        stream.write(text + "\n")
    try:
        os.link(part, file)  # fails when another process was first: theirs stands
    except FileExistsError:
        pass
    finally:
        part.unlink()
