"""The contract of the vault fixture by hvac: simulated, real, and what arranges the real one.

HashiCorp's image comes from a public registry. Where none can be reached, the real one is not run, which is
said by name; that its arranging speaks Vault's API is then known from the simulated server alone.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import hvac
import pytest
from hvac.exceptions import Forbidden, InvalidPath, InvalidRequest, VaultDown

from labkit.containers.building import provide
from labkit.containers.images import images
from labkit.containers.vault import RealVault
from labkit.errors import EnvironmentMissing
from labkit.fixtures.services import fault_seed, http_pauses, http_service
from labkit.fixtures.vault import vault, vault_server
from labkit.services.vault import Vault

from .conftest import found, needs_engine

__all__ = ["fault_seed", "http_pauses", "http_service", "vault", "vault_server"]


@pytest.fixture(scope="module")
def real_vault(broker_variables: dict[str, str]) -> Iterator[RealVault]:
    """The real program, where its image can be had."""
    import docker

    client = docker.from_env()
    try:
        provide(client, "vault")
    except EnvironmentMissing as problem:
        pytest.skip(
            f"NOT RUN, the real Vault: {images()['vault'].reference} cannot be pulled ({problem.why[:60]})"
        )
    finally:
        client.close()
    with found(broker_variables), RealVault() as made:
        yield made


@pytest.fixture(scope="module")
def arranged_vault() -> Iterator[RealVault]:
    """What arranges a real one, on a simulated one that was just installed."""
    with Vault() as server:
        server.erase()
        found = RealVault()
        found.attach(server.url)
        yield found


@pytest.fixture(params=["embedded", "arranged", pytest.param("real", marks=needs_engine)])
def back_end(request: pytest.FixtureRequest) -> str:
    """The form that a test is run on."""
    return "embedded" if request.param == "embedded" else "container"


@pytest.fixture
def container_vault(request: pytest.FixtureRequest) -> RealVault:
    """Which of the two that are asked by the API alone."""
    found: RealVault = request.getfixturevalue(f"{request.node.callspec.params['back_end']}_vault")
    return found


def kv(token: str | None = None) -> Any:
    return (hvac.Client() if token is None else hvac.Client(token=token)).secrets.kv.v2


def read(path: str, token: str | None = None, **other: Any) -> dict[str, Any]:
    found: dict[str, Any] = kv(token).read_secret_version(path, raise_on_deleted_version=True, **other)[
        "data"
    ]
    return found


def test_the_environment_leads_to_it(vault: Any) -> None:
    """A client without arguments finds an unsealed Vault, as root."""
    client = hvac.Client()
    assert client.is_authenticated()
    assert not client.sys.is_sealed()
    assert client.sys.is_initialized()
    assert "root" in client.auth.token.lookup_self()["data"]["policies"]


def test_secrets_with_versions(vault: Any) -> None:
    """Each write is a version; older ones can be read, deleted, brought back and destroyed."""
    assert vault.put("app/db", {"password": "one"}) == 1
    assert kv().create_or_update_secret("app/db", {"password": "two"})["data"]["version"] == 2
    assert read("app/db")["data"] == {"password": "two"}
    assert read("app/db", version=1)["data"] == {"password": "one"}
    kv().delete_secret_versions("app/db", [1])
    with pytest.raises(InvalidPath):
        read("app/db", version=1)
    kv().undelete_secret_versions("app/db", [1])
    assert read("app/db", version=1)["data"] == {"password": "one"}
    kv().destroy_secret_versions("app/db", [1])
    told = kv().read_secret_metadata("app/db")["data"]
    assert told["versions"]["1"]["destroyed"] is True
    assert told["current_version"] == 2


def test_check_and_set(vault: Any) -> None:
    """A write that names the version it knows is refused when another was first."""
    kv().create_or_update_secret("app/db", {"n": 1}, cas=0)
    kv().create_or_update_secret("app/db", {"n": 2}, cas=1)
    with pytest.raises(InvalidRequest, match="check-and-set parameter did not match the current version"):
        kv().create_or_update_secret("app/db", {"n": 3}, cas=1)
    assert read("app/db")["data"] == {"n": 2}


def test_lists(vault: Any) -> None:
    """Keys and folders right below a path; nothing below one is a 404."""
    for path in ("app/db", "app/web/tls", "other"):
        vault.put(path, {"x": "1"})
    assert kv().list_secrets("")["data"]["keys"] == ["app/", "other"]
    assert kv().list_secrets("app")["data"]["keys"] == ["db", "web/"]
    with pytest.raises(InvalidPath):
        kv().list_secrets("none")


def test_policies(vault: Any) -> None:
    """A token may do what its policies say, and no more."""
    vault.policy("reader", {"secret/data/app/*": ["read"], "secret/metadata/app/*": ["list"]})
    vault.put("app/db", {"x": "1"})
    token = vault.token(["reader"])
    assert read("app/db", token.id)["data"] == {"x": "1"}
    assert kv(token.id).list_secrets("app")["data"]["keys"] == ["db"]
    with pytest.raises(Forbidden, match="permission denied"):
        kv(token.id).create_or_update_secret("app/db", {"x": "2"})
    with pytest.raises(ValueError, match="write"):
        vault.policy("wrong", {"secret/*": ["write"]})


def test_tokens(vault: Any) -> None:
    """A token has policies, a time and metadata; revoked, it is nobody's."""
    token = vault.token(["default"], ttl=600, metadata={"team": "ops"}, display_name="ci")
    client = hvac.Client(token=token.id)
    told = client.auth.token.lookup_self()["data"]
    assert 590 <= told["ttl"] <= 600
    assert (told["meta"], told["renewable"], told["policies"]) == ({"team": "ops"}, True, ["default"])
    assert token.accessor == told["accessor"]
    client.auth.token.renew_self()
    vault.revoke(token.id)
    assert not client.is_authenticated()
    once = vault.token(uses=1).id
    assert hvac.Client(token=once).is_authenticated()
    assert not hvac.Client(token=once).is_authenticated()


def test_the_seal(vault: Any) -> None:
    """Sealed it says so to everybody; enough different keys open it, and nothing was lost."""
    vault.put("app/db", {"x": "1"})
    vault.seal()
    client = hvac.Client()
    assert (vault.sealed, client.sys.is_sealed()) == (True, True)
    with pytest.raises(VaultDown, match="sealed"):
        read("app/db")
    assert client.sys.read_health_status(method="GET").status_code == 503
    for key in vault.unseal_keys[: vault.threshold - 1]:
        assert client.sys.submit_unseal_key(key)["sealed"] is True
    assert client.sys.submit_unseal_key(vault.unseal_keys[vault.threshold - 1])["sealed"] is False
    assert read("app/db")["data"] == {"x": "1"}


@pytest.mark.parametrize("turn", [1, 2])
def test_each_test_begins_with_nothing(vault: Any, turn: int) -> None:
    """No secret, policy, token or engine of the test before is left, and it is not sealed."""
    client = hvac.Client()
    assert sorted(client.sys.list_policies()["data"]["policies"]) == ["default", "root"]
    with pytest.raises(InvalidPath):
        kv().list_secrets("")
    assert [path for path, mount in client.sys.list_mounted_secrets_engines()["data"].items()
            if mount["type"] == "kv"] == ["secret/"]  # fmt: skip
    assert len(client.auth.token.list_accessors()["data"]["keys"]) == 1
    vault.put("left", {"turn": str(turn)})
    vault.policy("left", {"secret/*": ["read"]})
    vault.token()
    client.sys.enable_secrets_engine("kv", path="team", options={"version": "2"})
    vault.seal()


def test_what_the_real_one_lacks(arranged_vault: RealVault) -> None:
    """What nobody can ask a real Vault for is the environment's fault, with words."""
    for name in ("clock", "faults", "requests", "before"):
        with pytest.raises(EnvironmentMissing, match=f"a real Vault has no {name}"):
            getattr(arranged_vault, name)
    with pytest.raises(EnvironmentMissing, match="for ever"):
        arranged_vault.token(ttl=None)


@pytest.fixture
def installed() -> Iterator[Callable[[], Vault]]:
    """A simulated Vault that was just installed."""
    servers: list[Vault] = []

    def start() -> Vault:
        servers.append(Vault().__enter__())
        servers[-1].erase()
        return servers[-1]

    yield start
    for server in servers:
        server.__exit__(None, None, None)


def test_a_new_installation(installed: Callable[[], Vault]) -> None:
    """Before it is initialized it is sealed and has nothing; that is done once, with sound numbers."""
    server = installed()
    client = hvac.Client(server.url)
    assert not client.sys.is_initialized()
    assert client.sys.read_health_status(method="GET").status_code == 501
    with pytest.raises(InvalidRequest, match="threshold cannot be larger than shares"):
        client.sys.initialize(2, 3)
    made = client.sys.initialize(3, 2)
    assert (len(made["keys"]), len(made["keys_base64"])) == (3, 3)
    with pytest.raises(InvalidRequest, match="already initialized"):
        client.sys.initialize(3, 2)
    client.sys.submit_unseal_keys([made["keys"][0], made["keys_base64"][2]])
    client.token = made["root_token"]
    assert client.is_authenticated()
    assert "secret/" not in client.sys.list_mounted_secrets_engines()["data"]
