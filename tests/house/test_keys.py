"""Keys on disk: made once, readable by the owner alone; two starters at once agree."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from config.keys import KeysMissing, load_cipher, load_secret_key
from config.settings import Settings


def test_keys_are_made_once_and_kept(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path)
    secret = load_cipher(settings, make=True).encrypt(b"a token")
    assert load_cipher(settings, make=False).decrypt(secret) == b"a token"
    mode = stat.S_IMODE((tmp_path / "keys" / "encryption").stat().st_mode)
    assert mode == 0o600


def test_two_starters_at_once_get_the_same_key(tmp_path: Path) -> None:
    settings = Settings(var_dir=tmp_path)
    with ThreadPoolExecutor(8) as pool:
        keys = set(pool.map(lambda _: load_secret_key(settings, make=True), range(24)))
    assert len(keys) == 1


def test_without_keys_it_says_what_to_set(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="ENCRYPTION_KEYS"):
        load_cipher(Settings(var_dir=tmp_path), make=False)
    with pytest.raises(KeysMissing, match="SECRET_KEY"):
        load_secret_key(Settings(var_dir=tmp_path), make=False)


def test_a_key_that_is_none_is_refused(tmp_path: Path) -> None:
    with pytest.raises(KeysMissing, match="Fernet"):
        load_cipher(Settings(var_dir=tmp_path, encryption_keys="short"), make=False)


def test_an_older_key_still_reads_and_the_newest_writes(tmp_path: Path) -> None:
    from cryptography.fernet import Fernet

    old, new = Fernet.generate_key().decode(), Fernet.generate_key().decode()
    stored = load_cipher(Settings(var_dir=tmp_path, encryption_keys=old), make=False).encrypt(b"x")
    both = load_cipher(Settings(var_dir=tmp_path, encryption_keys=f"{new},{old}"), make=False)
    assert both.decrypt(stored) == b"x"
    assert Fernet(new).decrypt(both.encrypt(b"y")) == b"y"
