"""Vault by hvac: KV v2 with versions and metadata, tokens, policies, the seal."""

from __future__ import annotations

from typing import Any

import hvac
import pytest
import requests
from hvac.exceptions import (
    Forbidden,
    InternalServerError,
    InvalidPath,
    InvalidRequest,
    RateLimitExceeded,
    VaultDown,
)

from labkit.faults import Drop, Expire, Malformed, Refuse, Throttle
from labkit.services.vault import Vault


def kv(vault: Vault, token: str | None = None) -> Any:
    return hvac.Client(vault.url, token=token or vault.root).secrets.kv.v2


def test_the_environment_leads_to_it(vault: Vault) -> None:
    """A client without arguments finds address and token in the environment."""
    client = hvac.Client()
    assert client.url == vault.url
    assert client.is_authenticated()
    assert not client.sys.is_sealed()


def test_write_and_read(vault: Vault) -> None:
    """What is written is read back with its version and its time of creation."""
    made = kv(vault).create_or_update_secret("app/db", {"password": "one"})
    assert made["data"]["version"] == 1
    found = kv(vault).read_secret_version("app/db", raise_on_deleted_version=True)["data"]
    assert found["data"] == {"password": "one"}
    assert found["metadata"]["created_time"] == "2026-03-02T10:00:00.000000000Z"
    assert (found["metadata"]["destroyed"], found["metadata"]["deletion_time"]) == (False, "")


def test_what_is_not_there(vault: Vault) -> None:
    """A secret, a version and a folder that are not there are 404; another engine is named."""
    vault.put("app/db", {"a": "1"})
    for call in (
        lambda: kv(vault).read_secret_version("app/none", raise_on_deleted_version=True),
        lambda: kv(vault).read_secret_version("app/db", version=2, raise_on_deleted_version=True),
        lambda: kv(vault).list_secrets("app/none"),
        lambda: kv(vault).read_secret_metadata("app/none"),
    ):
        with pytest.raises(InvalidPath):
            call()
    with pytest.raises(InvalidPath, match="no handler for route"):
        kv(vault).list_secrets("", mount_point="other")


def test_every_key_below_a_path(vault: Vault) -> None:
    """Lists show folders with a slash and secrets without, each once and sorted."""
    for path in ("app/db", "app/web/tls", "app/web/session", "app/web", "ops"):
        vault.put(path, {"x": "1"})
    assert kv(vault).list_secrets("")["data"]["keys"] == ["app/", "ops"]
    assert kv(vault).list_secrets("app")["data"]["keys"] == ["db", "web", "web/"]
    assert kv(vault).list_secrets("app/web/")["data"]["keys"] == ["session", "tls"]


def test_versions(vault: Vault) -> None:
    """Old versions can be read; those beyond the maximum are gone; metadata tells all of it."""
    for number in range(1, 13):
        vault.put("app/db", {"n": number})
    assert kv(vault).read_secret_version("app/db", version=3, raise_on_deleted_version=True)["data"][
        "data"
    ] == {"n": 3}
    with pytest.raises(InvalidPath):
        kv(vault).read_secret_version("app/db", version=2, raise_on_deleted_version=True)
    kv(vault).update_metadata("app/db", max_versions=2, custom_metadata={"owner": "ops"})
    kv(vault).create_or_update_secret("app/db", {"n": 13})
    found = kv(vault).read_secret_metadata("app/db")["data"]
    assert sorted(found["versions"]) == ["12", "13"]
    assert (found["current_version"], found["oldest_version"], found["custom_metadata"]) == (
        13,
        12,
        {"owner": "ops"},
    )
    assert found["updated_time"] > found["created_time"]


def test_check_and_set(vault: Vault) -> None:
    """A write with the number of the present version goes through, any other is refused; 0 is for new."""
    kv(vault).create_or_update_secret("app/db", {"n": 1}, cas=0)
    kv(vault).create_or_update_secret("app/db", {"n": 2}, cas=1)
    for number in (0, 1, 3):
        with pytest.raises(InvalidRequest, match="check-and-set parameter did not match the current version"):
            kv(vault).create_or_update_secret("app/db", {"n": 9}, cas=number)
    kv(vault).update_metadata("app/db", cas_required=True)
    with pytest.raises(InvalidRequest, match="check-and-set parameter required for this call"):
        kv(vault).create_or_update_secret("app/db", {"n": 9})
    assert vault.mounts["secret/"].secrets["app/db"].current == 2


def test_two_writers(vault: Vault) -> None:
    """Somebody who writes in between makes check-and-set fail."""
    vault.put("app/db", {"n": 1})
    vault.before("POST /v1/secret/data/app/db", lambda seen: vault.put("app/db", {"n": "theirs"}))
    with pytest.raises(InvalidRequest, match="did not match"):
        kv(vault).create_or_update_secret("app/db", {"n": "mine"}, cas=1)


def test_delete_undelete_destroy(vault: Vault) -> None:
    """A deleted version can be brought back, a destroyed one cannot; the 404 tells which it was."""
    vault.put("app/db", {"n": 1})
    vault.put("app/db", {"n": 2})
    kv(vault).delete_latest_version_of_secret("app/db")
    with pytest.raises(InvalidPath):
        kv(vault).read_secret_version("app/db", raise_on_deleted_version=True)
    gone = kv(vault).read_secret_version("app/db", raise_on_deleted_version=False)["data"]
    assert gone["data"] is None
    assert gone["metadata"]["deletion_time"].startswith("2026-03-02T10:00")
    kv(vault).undelete_secret_versions("app/db", [2])
    assert kv(vault).read_secret_version("app/db", raise_on_deleted_version=True)["data"]["data"] == {"n": 2}
    kv(vault).destroy_secret_versions("app/db", [1])
    kv(vault).undelete_secret_versions("app/db", [1])
    with pytest.raises(InvalidPath) as caught:
        kv(vault).read_secret_version("app/db", version=1, raise_on_deleted_version=False)
    assert caught.value.json["data"]["metadata"]["destroyed"] is True
    kv(vault).delete_metadata_and_all_versions("app/db")
    with pytest.raises(InvalidPath):
        kv(vault).read_secret_metadata("app/db")


def test_patch(vault: Vault) -> None:
    """A patch changes single keys and makes a new version."""
    vault.put("app/db", {"user": "u", "password": "one"})
    kv(vault).patch("app/db", {"password": "two"})
    assert vault.mounts["secret/"].secrets["app/db"].versions[2].data == {"user": "u", "password": "two"}
    with pytest.raises(InvalidPath):
        kv(vault).patch("app/none", {"a": "b"})


def test_versions_that_end_by_themselves(vault: Vault) -> None:
    """With delete_version_after a version cannot be read once its time is over."""
    kv(vault).update_metadata("app/db", delete_version_after="1h30m")
    kv(vault).create_or_update_secret("app/db", {"n": 1})
    assert kv(vault).read_secret_metadata("app/db")["data"]["delete_version_after"] == "1h30m0s"
    vault.clock.advance(5400)
    with pytest.raises(InvalidPath):
        kv(vault).read_secret_version("app/db", raise_on_deleted_version=True)


def test_policies(vault: Vault) -> None:
    """A token may do what its policies say, and reads nothing else; the most specific path counts."""
    vault.policy(
        "reader",
        {
            "secret/data/app/*": ["read"],
            "secret/metadata/app/*": ["list"],
            "secret/data/app/root": ["deny"],
            "secret/data/+/shared": ["read", "create"],
        },
    )
    token = vault.token(["reader"]).id
    for path in ("app/db", "app/root", "ops/shared", "ops/own"):
        vault.put(path, {"x": "1"})
    for path in ("app/db", "ops/shared"):
        kv(vault, token).read_secret_version(path, raise_on_deleted_version=True)
    for path in ("app/root", "ops/own", "none"):
        with pytest.raises(Forbidden, match="permission denied"):
            kv(vault, token).read_secret_version(path, raise_on_deleted_version=True)
    with pytest.raises(Forbidden):
        kv(vault, token).create_or_update_secret("ops/shared", {"x": "2"})
    kv(vault, token).create_or_update_secret("new/shared", {"x": "2"})
    assert kv(vault, token).list_secrets("app")["data"]["keys"] == ["db", "root"]
    with pytest.raises(Forbidden):
        kv(vault, token).list_secrets("ops")


def test_policies_in_hcl(vault: Vault) -> None:
    """Policies are written and read in HCL; nonsense is refused."""
    client = hvac.Client()
    text = '# app\npath "secret/data/app/*" {\n  capabilities = ["read", "update"]\n}\n'
    client.sys.create_or_update_policy("app", text)
    assert client.sys.read_policy("app")["data"]["rules"] == text
    assert "app" in client.sys.list_policies()["data"]["policies"]
    assert vault.policies["app"] == {"secret/data/app/*": ["read", "update"]}
    with pytest.raises(InvalidRequest, match="invalid capability"):
        client.sys.create_or_update_policy("bad", 'path "x" { capabilities = ["fly"] }')
    client.sys.delete_policy("app")
    with pytest.raises(InvalidPath):
        client.sys.read_policy("app")


def test_tokens_expire(vault: Vault) -> None:
    """A look-up tells how long a token lasts; a renewal prolongs it, and afterwards it is invalid."""
    token = vault.token(["default"], ttl=600)
    client = hvac.Client(vault.url, token=token.id)
    found = client.auth.token.lookup_self()["data"]
    assert (found["ttl"], found["creation_ttl"], found["policies"]) == (600, 600, ["default"])
    assert found["expire_time"].startswith("2026-03-02T10:10:00")
    vault.clock.advance(500)
    client.auth.token.renew_self()
    vault.clock.advance(500)
    assert client.is_authenticated()
    vault.clock.advance(200)
    assert not client.is_authenticated()
    with pytest.raises(Forbidden, match="invalid token"):
        client.auth.token.lookup_self()


def test_tokens_are_made_and_revoked(vault: Vault) -> None:
    """A token that is revoked takes those along that it made."""
    root = hvac.Client()
    parent = root.auth.token.create(policies=["default"], ttl="1h")["auth"]["client_token"]
    vault.policy("maker", {"auth/token/create": ["update"]})
    vault.tokens[parent].policies.append("maker")
    child = hvac.Client(vault.url, token=parent).auth.token.create()["auth"]["client_token"]
    assert root.auth.token.lookup(child)["data"]["orphan"] is False
    root.auth.token.revoke(parent)
    with pytest.raises(Forbidden, match="bad token"):
        root.auth.token.lookup(child)
    once = vault.token(uses=1).id
    assert hvac.Client(vault.url, token=once).is_authenticated()
    assert not hvac.Client(vault.url, token=once).is_authenticated()


def test_no_token_and_a_wrong_one(vault: Vault, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a token, and with one that was never made, nothing can be read."""
    answer = requests.get(f"{vault.url}/v1/secret/data/x", timeout=5)
    assert (answer.status_code, answer.json()) == (403, {"errors": ["permission denied"]})
    with pytest.raises(Forbidden, match="invalid token"):
        kv(vault, "wrong").list_secrets("")


def test_the_seal(vault: Vault) -> None:
    """A sealed Vault says so to every request, and opens when enough different keys were given."""
    vault.put("app/db", {"n": 1})
    client = hvac.Client()
    client.sys.seal()
    assert client.sys.is_sealed()
    with pytest.raises(VaultDown, match="Vault is sealed"):
        kv(vault).read_secret_version("app/db", raise_on_deleted_version=True)
    assert client.sys.read_health_status(method="GET").status_code == 503
    first, second, third, *_ = vault.unseal_keys
    assert client.sys.submit_unseal_keys([first, first, second])["progress"] == 2
    with pytest.raises(InvalidRequest):
        client.sys.submit_unseal_key("wrong")
    assert client.sys.submit_unseal_key(third)["sealed"] is False
    assert kv(vault).read_secret_version("app/db", raise_on_deleted_version=True)["data"]["data"] == {"n": 1}


def test_mounts(vault: Vault) -> None:
    """Further KV v2 engines can be mounted, once."""
    client = hvac.Client()
    client.sys.enable_secrets_engine("kv", path="team", options={"version": "2"})
    client.secrets.kv.v2.configure(max_versions=3, mount_point="team")
    client.secrets.kv.v2.create_or_update_secret("a", {"b": "c"}, mount_point="team")
    assert sorted(client.sys.list_mounted_secrets_engines()["data"]) == ["secret/", "team/"]
    with pytest.raises(InvalidRequest, match="path is already in use"):
        client.sys.enable_secrets_engine("kv", path="team", options={"version": "2"})


@pytest.mark.parametrize(
    ("fault", "error", "words"),
    [
        (Throttle(), RateLimitExceeded, "rate limit quota exceeded"),
        (Throttle(at="overload"), VaultDown, "Service Unavailable"),
        (Refuse(), Forbidden, "permission denied"),
        (Refuse(at="internal"), InternalServerError, "internal error"),
        (Expire(), Forbidden, "invalid token"),
    ],
)
def test_faults_in_vaults_words(vault: Vault, fault: Any, error: Any, words: str) -> None:
    """Each fault reaches hvac as the real API words it."""
    with vault.faults.during(fault), pytest.raises(error, match=words):
        kv(vault).list_secrets("")


def test_cut_and_garbled(vault: Vault) -> None:
    """A write that was cut at the answer has been done; a garbled answer is an error."""
    with vault.faults.during(Drop(at="response")), pytest.raises(requests.ConnectionError):
        kv(vault).create_or_update_secret("app/db", {"n": 1})
    assert vault.mounts["secret/"].secrets["app/db"].current == 1
    with vault.faults.during(Malformed(payload=b'["rubbish"]')), pytest.raises((TypeError, AttributeError)):
        kv(vault).read_secret_version("app/db", raise_on_deleted_version=True)["data"]
