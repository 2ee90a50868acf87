"""The environment of a run has what a process needs and nothing that opens a door."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path

import pytest

from labkit import guard
from labkit.guard.environ import LONGEST_FOLDER

SECRETS = """
    AWS_ACCESS_KEY_ID AWS_SECRET_ACCESS_KEY AWS_SESSION_TOKEN AWS_PROFILE AWS_WEB_IDENTITY_TOKEN_FILE
    AWS_ENDPOINT_URL AWS_CONTAINER_CREDENTIALS_FULL_URI AZURE_CLIENT_SECRET AZURE_CONFIG_DIR ARM_CLIENT_SECRET
    GOOGLE_APPLICATION_CREDENTIALS GOOGLE_CLOUD_PROJECT CLOUDSDK_CONFIG CLOUDSDK_CORE_PROJECT
    DIGITALOCEAN_ACCESS_TOKEN HCLOUD_TOKEN OS_PASSWORD OS_AUTH_URL
    DOCKER_CONTEXT DOCKER_CERT_PATH DOCKER_TLS_VERIFY CONTAINER_HOST HELM_KUBETOKEN
    KUBERNETES_SERVICE_HOST KUBE_TOKEN TALOSCONFIG GITHUB_TOKEN GH_TOKEN GH_HOST GITLAB_TOKEN CI_JOB_TOKEN
    GLAB_TOKEN BITBUCKET_PASSWORD
    VAULT_ADDR VAULT_TOKEN CONSUL_HTTP_TOKEN NOMAD_TOKEN TF_VAR_password TF_TOKEN_app_terraform_io
    SSH_AUTH_SOCK SSH_AGENT_PID SSH_CONNECTION SSH_ASKPASS GPG_AGENT_INFO GNUPGHOME
    GIT_SSH_COMMAND GIT_ASKPASS GIT_CONFIG_COUNT NETRC CURL_HOME
    SLACK_WEBHOOK_URL SLACK_BOT_TOKEN PAGERDUTY_TOKEN SERVICENOW_PASSWORD DATADOG_API_KEY OPENAI_API_KEY
    PIP_INDEX_URL PIP_EXTRA_INDEX_URL UV_INDEX_URL UV_PUBLISH_TOKEN TWINE_PASSWORD NPM_TOKEN
    PGPASSWORD PGHOST DATABASE_URL MYSQL_PWD REDIS_URL ANSIBLE_VAULT_PASSWORD_FILE ANSIBLE_CONFIG
    PYTHONSTARTUP PYTHONPATH PYTHONHOME DBUS_SESSION_BUS_ADDRESS FTP_PROXY LD_PRELOAD BASH_ENV
    MY_TOKEN MY_API_KEY MY_SECRET_X MY_PASSWORD
""".split()  # noqa: SIM905 - a list of this length is read best as words


def test_no_credentials(tmp_path: Path) -> None:
    """No variable that holds or leads to a credential is passed on."""
    base = dict.fromkeys(SECRETS, "owner-secret")
    result = guard.environment(tmp_path / "run", base | {"PATH": "/bin"})
    assert not [name for name, value in result.items() if "owner-secret" in value]


def test_owner_values_are_replaced(tmp_path: Path) -> None:
    """Each protective variable has the guard's value, whatever the owner's was."""
    protective = guard.Settings(tmp_path / "run").variables()
    result = guard.environment(tmp_path / "run", dict.fromkeys(protective, "owner"))
    assert protective.items() <= result.items()


@pytest.mark.parametrize(
    "name",
    ["LANG", "LC_ALL", "TERM", "TZ", "NO_COLOR", "COLUMNS", "VIRTUAL_ENV", "PYTHONHASHSEED", "SYSTEMROOT"],
)
def test_harmless_variables_pass(tmp_path: Path, name: str) -> None:
    """What a process needs of its surroundings is passed on unchanged."""
    assert guard.environment(tmp_path / "run", {name: "value"})[name] == "value"


def test_keep(tmp_path: Path) -> None:
    """Kept names win over the guard's own value, by name or pattern, but never the guard's variable."""
    base = {"KUBECONFIG": "/lab/kubeconfig", "LAB_A": "a", "LAB_B": "b", "LABKIT_GUARD": "x", "OTHER": "o"}
    result = guard.environment(tmp_path / "run", base, keep=["KUBECONFIG", "LAB_*", "LABKIT_GUARD"])
    assert (result["KUBECONFIG"], result["LAB_A"], result["LAB_B"]) == ("/lab/kubeconfig", "a", "b")
    assert "OTHER" not in result
    assert json.loads(result["LABKIT_GUARD"])["folder"] == os.path.realpath(tmp_path / "run")


def test_folders(tmp_path: Path) -> None:
    """Home, XDG folders and TMPDIR exist in the folder, are empty and the owner's only."""
    result = guard.environment(tmp_path / "run", {})
    names = ["HOME", "TMPDIR", *(name for name in result if name.startswith("XDG_"))]
    assert len(names) == 7
    for name in names:
        folder = Path(result[name])
        assert folder.is_relative_to(os.path.realpath(tmp_path / "run"))
        assert list(folder.iterdir()) == []
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert result["USERPROFILE"] == result["HOME"]
    assert result["TEMP"] == result["TMP"] == result["TMPDIR"]


def test_addresses_lead_nowhere(tmp_path: Path) -> None:
    """The files that AWS, Kubernetes and Docker are pointed at do not exist, and the proxies are dead."""
    result = guard.environment(tmp_path / "run", {})
    for name in (
        "AWS_CONFIG_FILE",
        "AWS_SHARED_CREDENTIALS_FILE",
        "KUBECONFIG",
        "DOCKER_CONFIG",
        "DOCKER_HOST",
    ):
        file = Path(result[name].removeprefix("unix://"))
        assert file.is_relative_to(os.path.realpath(tmp_path / "run"))
        assert not file.exists()
    assert result["AWS_EC2_METADATA_DISABLED"] == "true"
    for name in ("HTTP_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        assert result[name] == "http://127.0.0.1:9"
    assert result["NO_PROXY"] == result["no_proxy"] == "127.0.0.1,localhost,::1"


def test_works_with_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No HOME, no PATH, a relative folder: the environment is whole and its paths absolute."""
    monkeypatch.chdir(tmp_path)
    result = guard.environment(Path("run"), {})
    assert Path(result["HOME"]).is_absolute()
    assert result["PATH"].endswith(os.defpath)


def test_base_is_not_changed(tmp_path: Path) -> None:
    """The environment that is given stays as it is, and so does the process's own."""
    base = {"HOME": "/home/owner", "X": "y"}
    before = dict(os.environ)
    guard.environment(tmp_path / "run", base)
    assert base == {"HOME": "/home/owner", "X": "y"}
    assert dict(os.environ) == before


def test_again_in_the_same_folder(tmp_path: Path) -> None:
    """A second worker of a run gets the same environment and what the first left in its home."""
    first = guard.environment(tmp_path / "run", {"PATH": "/bin:/usr/bin"})
    (Path(first["HOME"]) / "kept").touch()
    assert guard.environment(tmp_path / "run", {"PATH": "/bin:/usr/bin"}) == first
    assert (Path(first["HOME"]) / "kept").exists()


def test_nested(tmp_path: Path) -> None:
    """A run within a run has wrappers of its own, which start the real programs."""
    outer = guard.environment(tmp_path / "outer")
    inner = guard.environment(tmp_path / "inner", outer)
    assert inner["HOME"] != outer["HOME"]
    for wrapper in (tmp_path / "inner" / "bin").glob("s*"):
        assert str(tmp_path / "outer") not in wrapper.read_text(encoding="utf-8")


def test_malformed_allow(tmp_path: Path) -> None:
    """A malformed allow-list is refused before anything is started."""
    with pytest.raises(ValueError, match=r"cannot allow 'example\.com'"):
        guard.environment(tmp_path / "run", {}, allow=["example.com"])


def test_longest_folder_leaves_room_for_sockets() -> None:
    """The longest folder holds multiprocessing's sockets within the 104 bytes of macOS."""
    assert LONGEST_FOLDER + len("/tmp/pymp-xxxxxxxx/listener-xxxxxxxx") < 104


def test_a_folder_on_the_path_that_cannot_be_looked_into(tmp_path: Path) -> None:
    """An entry of PATH that the system refuses to look into is passed over."""
    base = {"PATH": os.pathsep.join(["/nonexistent/" + "x" * 300, os.environ["PATH"]])}
    assert "x" * 300 in guard.environment(tmp_path / "run", base)["PATH"]
