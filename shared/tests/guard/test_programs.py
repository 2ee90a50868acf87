"""Libraries and programs that an operations person has accounts for."""

from __future__ import annotations

import shutil
import socket
import threading
from typing import Any

import pytest


def _url(run: Any) -> str:
    host = run.recorder.host
    return f"http://[{host}]:{run.recorder.port}/" if ":" in host else f"http://{host}:{run.recorder.port}/"


def _plant(run: Any, name: str, text: str) -> None:
    file = run.owner / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def _need(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}")


def test_curl(run: Any) -> None:
    """curl, which no audit hook sees, is kept back by the proxies in the environment."""
    _need("curl")
    done = run.proves(["curl", "-sS", "--max-time", "5", _url(run)])
    assert done.returncode != 0


def test_urllib_says_why(run: Any) -> None:
    """A request that goes to the dead proxy is told as blocked, not as a refused connection, and recorded."""
    code = f"import urllib.request; urllib.request.urlopen({_url(run)!r}, timeout=5)"
    done = run.proves(run.python(code))
    assert "blocked: code in a lab reaches only this machine" in done.stderr
    assert run.blocked() == [f"request to {_url(run)[7:-1]}"]


def test_https_says_the_host(run: Any) -> None:
    """An https request that goes to the dead proxy is recorded with the host it was meant for."""
    done = run.guarded(
        run.python("import urllib.request; urllib.request.urlopen('https://example.invalid/', timeout=5)")
    )
    assert "NetworkBlocked" in done.stderr
    assert run.blocked() == ["request to example.invalid:443"]


BOTO3 = (
    "import boto3\nfrom botocore.config import Config\n"
    "config = Config(retries={'total_max_attempts': 1}, connect_timeout=5, read_timeout=5)\n"
)


def test_boto3_with_a_planted_profile(run: Any) -> None:
    """boto3 finds neither the owner's profile nor the credentials in the environment."""
    pytest.importorskip("boto3")
    _plant(run, ".aws/credentials", "[default]\naws_access_key_id = AKIAREAL\naws_secret_access_key = real\n")
    _plant(run, ".aws/config", f"[default]\nregion = eu-central-1\nendpoint_url = {_url(run)}\n")
    code = (
        BOTO3 + "found = boto3.Session().get_credentials()\nprint(found and found.access_key)\n"
        "boto3.client('sts', config=config, region_name='eu-central-1').get_caller_identity()"
    )
    done = run.proves(run.python(code))
    assert done.stdout.strip() == "None"

    run.base |= {
        "AWS_ACCESS_KEY_ID": "AKIAREAL",
        "AWS_SECRET_ACCESS_KEY": "real",
        "AWS_ENDPOINT_URL": _url(run),
    }
    assert run.proves(run.python(code)).stdout.strip() == "None"


def test_boto3_with_credentials_in_the_code(run: Any) -> None:
    """boto3 with keys pasted into the code does not get through, and the attempt is recorded."""
    pytest.importorskip("boto3")
    code = BOTO3 + (
        "boto3.client('sts', config=config, region_name='eu-central-1', aws_access_key_id='a',\n"
        f"    aws_secret_access_key='b', endpoint_url={_url(run)!r}).get_caller_identity()"
    )
    run.proves(run.python(code))
    assert run.blocked() == [f"request to {_url(run)[7:-1]}"]


def test_kubernetes_with_a_planted_kubeconfig(run: Any) -> None:
    """The Kubernetes client finds neither ~/.kube/config nor the file that KUBECONFIG names."""
    pytest.importorskip("kubernetes")
    _plant(
        run,
        ".kube/config",
        f"""
apiVersion: v1
kind: Config
current-context: production
clusters: [{{name: c, cluster: {{server: "{_url(run)}"}}}}]
users: [{{name: u, user: {{token: real}}}}]
contexts: [{{name: production, context: {{cluster: c, user: u}}}}]
""",
    )
    code = (
        "from kubernetes import client, config\nconfig.load_kube_config()\n"
        "settings = client.Configuration.get_default_copy()\nsettings.retries = False\n"
        "client.CoreV1Api(client.ApiClient(settings)).list_namespace(_request_timeout=5)"
    )
    assert "ConfigException" in run.proves(run.python(code)).stderr
    run.base["KUBECONFIG"] = str(run.owner / ".kube/config")
    run.base["HOME"] = str(run.folder.parent)
    assert "ConfigException" in run.proves(run.python(code)).stderr


def test_paramiko_to_another_address(run: Any) -> None:
    """paramiko to an address that is not the fixture's never arrives, with a message that explains it."""
    pytest.importorskip("paramiko")
    code = (
        "import paramiko\nssh = paramiko.SSHClient()\n"
        "ssh.set_missing_host_key_policy(paramiko.AutoAddPolicy())\n"
        "ssh.connect(host, port, username='root', password='x', timeout=5, banner_timeout=5)"
    )
    done = run.proves(run.python(code))
    assert "blocked: code in a lab reaches only this machine" in done.stderr
    assert run.blocked() == [f"connect to {run.recorder.host}:{run.recorder.port}"]


def test_ssh_agent_is_out_of_reach(run: Any) -> None:
    """The owner's SSH agent is not in the environment, and its socket is refused."""
    run.base["SSH_AUTH_SOCK"] = run.recorder.path
    code = "import os\nsocket.socket(socket.AF_UNIX).connect(os.environ.get('SSH_AUTH_SOCK', path))"
    run.proves(run.python(code))
    assert "SSH_AUTH_SOCK" not in run.environment()


def test_docker_socket_is_out_of_reach(run: Any) -> None:
    """The address in DOCKER_HOST leads to nothing, whatever the owner's own was."""
    run.base["DOCKER_HOST"] = f"unix://{run.recorder.path}"
    code = (
        "import os\nsocket.socket(socket.AF_UNIX).connect(os.environ['DOCKER_HOST'].removeprefix('unix://'))"
    )
    assert "FileNotFoundError" in run.proves(run.python(code)).stderr


@pytest.mark.parametrize("program", ["ssh", "sftp", "scp"])
def test_openssh(run: Any, program: str) -> None:
    """OpenSSH's clients reach no other host and say why, although they heed neither proxies nor HOME."""
    _need(program)
    host, port = run.recorder.host, str(run.recorder.port)
    remote = f"[{host}]" if ":" in host else host
    command = {
        "ssh": ["ssh", "-p", port, f"root@{host}", "true"],
        "sftp": ["sftp", "-b", "/dev/null", "-P", port, f"root@{remote}"],
        "scp": ["scp", "-P", port, f"root@{remote}:/etc/hostname", str(run.folder.parent / "copy")],
    }[program]
    done = run.proves(["env", *command])  # by env: the program is looked for on the PATH of the run
    assert f"labkit: ssh to {host}:{port} blocked" in done.stderr
    assert run.blocked() == [f"ssh to {host}:{port}"]


def test_openssh_reaches_this_machine(run: Any) -> None:
    """The wrapper of ssh lets a connection to an allowed address through."""
    _need("ssh")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = server.getsockname()[1]
        came: list[bool] = []

        def accept() -> None:
            server.accept()[0].close()
            came.append(True)

        thread = threading.Thread(target=accept)
        thread.start()
        run.guarded(["env", "ssh", "-p", str(port), "root@127.0.0.1", "true"])
        thread.join(60)
    assert came == [True]
    assert run.blocked() == []


def test_openssh_offers_no_key_of_the_owner(run: Any) -> None:
    """ssh in a run takes keys, agent and known hosts from the run's home only."""
    _need("ssh")
    shown = run.guarded(["env", "ssh", "-G", "127.0.0.1"]).stdout.lower()
    files = [line for line in shown.splitlines() if line.startswith(("identityfile", "userknownhostsfile"))]
    assert files
    assert all(f" {run.folder}/home/".lower() in line for line in files)
    assert "identityagent none" in shown


def test_git(run: Any) -> None:
    """git reaches no remote over http or its own protocol, and asks for no password."""
    _need("git")
    assert run.proves(["git", "ls-remote", _url(run)]).returncode != 0
    own = _url(run).replace("http://", "git://")
    assert run.proves(["git", "ls-remote", own]).returncode != 0
