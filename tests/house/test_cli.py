"""lti-tool: every command helps, answers a mistake with a sentence, and says by exit status how it went."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import structlog
from click.testing import CliRunner, Result

from lti_tool.cli import COMMANDS, tool
from tests.sandbox_lms.seed import seed_canvas
from tests.sandbox_lms.server import PracticeLms
from tests.sandbox_lms.world import ApiKey

Run = Callable[..., Result]
REGISTER = (
    *("register", "--issuer", "http://localhost:9/lms", "--client-id", "c1", "--deployment-id", "1"),
    *("--auth-login-url", "http://localhost:9/auth", "--token-url", "http://localhost:9/token"),
    *("--jwks-url", "http://localhost:9/jwks"),
)


@pytest.fixture
def run(tmp_path: Path) -> Run:
    """Run a command in an installation of its own (nothing migrated yet)."""
    runner = CliRunner()
    environment = {
        "VAR_DIR": str(tmp_path / "var"),
        "DATABASE_URL": None,
        "CONFIG_FILE": None,
        "PUBLIC_URL": "http://127.0.0.1:8900",
        "ALLOW_PRIVATE_NETWORK": "1",
    }

    def run(*words: str, **more: str) -> Result:
        result = runner.invoke(tool, words, env={**environment, **more})
        assert "Traceback" not in result.output
        assert result.exception is None or isinstance(result.exception, SystemExit), result.exception
        return result

    return run


@pytest.mark.parametrize("name", sorted(COMMANDS))
def test_every_command_has_help(run: Run, name: str) -> None:
    result = run(name, "--help")
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 4


@pytest.mark.parametrize(
    "words",
    [
        REGISTER,
        ("activate",),
        ("sync", "--context", "x"),
        ("course", "--context", "x", "--json"),
        ("rotate-keys",),
        (
            "connect",
            "--registration",
            "1",
            "--kind",
            "canvas",
            "--api-url",
            "http://x",
            "--token-env",
            "HOME",
        ),
    ],
)
def test_before_migrate_it_says_so(run: Run, words: tuple[str, ...]) -> None:
    result = run(*words)
    assert result.exit_code == 1
    assert "lti-tool migrate" in result.output


def test_register_prints_json_and_twice_changes_nothing(run: Run) -> None:
    assert run("migrate").exit_code == 0
    first, second = run(*REGISTER), run(*REGISTER)
    assert first.exit_code == 0
    assert first.output == second.output
    printed = json.loads(first.output)
    assert printed["id"] == 1
    assert printed["deployments"] == [{"deployment_id": "1", "active": True}]
    assert printed["any_deployment"] is False


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        (("--token-url", "not an address"), "--token-url"),
        (("--jwks-url", "ftp://localhost/jwks"), "--jwks-url"),
        (("--auth-login-url", "https://user:secret@lms.example/"), "--auth-login-url"),
        (("--time-zone", "Mars/Olympus"), "--time-zone"),
        (("--issuer", ""), "--issuer"),
        (("--deployment-id", " "), "--deployment-id"),
    ],
)
def test_a_wrong_registration_is_refused_by_name(run: Run, change: tuple[str, str], sentence: str) -> None:
    run("migrate")
    result = run(*REGISTER, *change)
    assert result.exit_code == 1
    assert sentence in result.output
    assert json.loads(run("activate").output) == {"registrations": [], "deployments": []}


def test_a_private_address_needs_the_development_setting(run: Run) -> None:
    run("migrate")
    result = run(*REGISTER, ALLOW_PRIVATE_NETWORK="0")
    assert result.exit_code == 1
    assert "https://" in result.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (("--token-env", "NO_SUCH_VARIABLE"), "NO_SUCH_VARIABLE is empty or not set"),
        ((), "--token-env"),
        (("--oauth-client-id", "1"), "--oauth-secret-env"),
    ],
)
def test_connect_says_what_is_missing(run: Run, words: tuple[str, ...], sentence: str) -> None:
    run("migrate")
    run(*REGISTER)
    where = ("connect", "--registration", "1", "--kind", "canvas", "--api-url", "http://localhost:9")
    result = run(*where, *words)
    assert result.exit_code == 1
    assert sentence in result.output


def test_connect_to_nothing_is_kept_and_said(run: Run) -> None:
    run("migrate")
    run(*REGISTER)
    where = ("connect", "--registration", "1", "--kind", "canvas", "--api-url", "http://localhost:9")
    result = run(*where, "--token-env", "A_TOKEN", A_TOKEN="7~secret-value")
    assert result.exit_code == 1
    assert "does not work yet" in result.output
    assert "secret-value" not in result.output


def test_an_oauth_key_waits_for_consent(run: Run) -> None:
    run("migrate")
    run(*REGISTER)
    where = ("connect", "--registration", "1", "--kind", "canvas", "--api-url", "http://localhost:9")
    result = run(*where, "--oauth-client-id", "7", "--oauth-secret-env", "A_SECRET", A_SECRET="s")
    assert result.exit_code == 1  # nobody answers there, and that is said at once
    assert "Canvas could not be reached" in result.output


def test_an_oauth_key_is_tried_at_once(run: Run) -> None:
    with PracticeLms().start([seed_canvas("http://localhost:0")]) as lms:
        world = lms.worlds["canvas"]
        world.api_keys["7"] = ApiKey("7", "s", "Plans", ["https://tool.example/connect/callback"])
        run("migrate")
        run(*REGISTER)
        where = ("connect", "--registration", "1", "--kind", "canvas", "--api-url", world.issuer)
        key = ("--oauth-client-id", "7", "--oauth-secret-env", "A_SECRET")
        result = run(*where, *key, A_SECRET="wrong")
        assert result.exit_code == 1
        assert "does not know the API key" in result.output
        assert "does not know the API key" in run("doctor").output
        result = run(*where, *key, A_SECRET="s")
        assert result.exit_code == 0
        assert "waits until a teacher or administrator" in result.output
        assert "/connect/callback" in result.output
        assert "Canvas knows the key" in run("doctor").output


def test_connect_to_an_unknown_registration_names_those_there_are(run: Run) -> None:
    run("migrate")
    run(*REGISTER)
    result = run(
        *("connect", "--registration", "9", "--kind", "moodle", "--api-url", "http://localhost:9"),
        *("--token-env", "A_TOKEN"),
        A_TOKEN="t",
    )
    assert result.exit_code == 1
    assert "Known: 1" in result.output


@pytest.mark.parametrize("words", [("course", "--context", "x", "--json"), ("sync", "--context", "x")])
def test_an_unknown_course_is_said(run: Run, words: tuple[str, ...]) -> None:
    run("migrate")
    result = run(*words)
    assert result.exit_code == 1
    assert "No course" in result.output


def test_doctor_says_what_is_bad_and_exits_1(run: Run) -> None:
    assert run("doctor").exit_code == 1
    run("migrate")
    good = run("doctor")
    assert good.exit_code == 0, good.output
    run(*REGISTER)
    bad = run("doctor")
    assert bad.exit_code == 1
    assert "BAD  registration 1" in bad.output


def test_rotate_keys_names_the_new_key(run: Run) -> None:
    run("migrate")
    first, second = run("rotate-keys"), run("rotate-keys")
    assert (first.exit_code, second.exit_code) == (0, 0)
    assert first.output != second.output


def test_wrong_settings_are_named(run: Run) -> None:
    result = run("migrate", PUBLIC_URL="plans.example", WEB_WORKERS="many")
    assert result.exit_code == 1
    assert "PUBLIC_URL" in result.output
    assert "WEB_WORKERS" in result.output


def test_serve_on_postgresql_wants_keys(run: Run) -> None:
    result = run("serve", DATABASE_URL="postgresql://nobody@127.0.0.1:9/none")
    assert result.exit_code == 1
    assert "ENCRYPTION_KEYS" in result.output


def test_a_database_that_is_away_is_a_sentence(run: Run) -> None:
    from cryptography.fernet import Fernet

    key = Fernet.generate_key().decode()
    result = run("migrate", DATABASE_URL="postgresql://nobody@127.0.0.1:9/none", ENCRYPTION_KEYS=key)
    assert result.exit_code == 1
    assert "could not be brought up to date" in result.output


def test_other_keys_than_those_the_secrets_were_made_with_are_said(run: Run) -> None:
    from cryptography.fernet import Fernet

    run("migrate")
    for words in (("migrate",), ("doctor",)):
        result = run(*words, ENCRYPTION_KEYS=Fernet.generate_key().decode())
        assert result.exit_code == 1
        assert "ENCRYPTION_KEYS" in result.output


def test_a_commands_output_is_its_own(run: Run, capfd: pytest.CaptureFixture[str]) -> None:
    assert run("migrate").exit_code == 0
    structlog.get_logger().info("something.happened")
    structlog.get_logger().warning("something.odd")
    said = capfd.readouterr()
    assert said.out == ""
    assert "something.odd" in said.err
    assert "something.happened" not in said.err
