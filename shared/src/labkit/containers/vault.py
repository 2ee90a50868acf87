"""The container form of the vault fixture: the real program, arranged by its API alone."""

from __future__ import annotations

import json
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Mapping
from types import TracebackType
from typing import Any, Self

from labkit.containers.client import ask
from labkit.containers.forms import ContainerForm, lacking
from labkit.services.vault.models import Token
from labkit.services.vault.policies import Rules, checked

#: What a test may ask of this form; the embedded one has ``clock``, ``faults``, ``log`` and its state, too.
ABILITIES = frozenset({"client", "policies", "seal", "tokens"})
_SHARES, _THRESHOLD = 5, 3
#: Seconds that a new engine may take.
_PATIENCE = 20
#: A server that keeps nothing, without TLS, for a container that ends with the run.
_CONFIGURATION = {
    "storage": {"inmem": {}},
    "listener": [{"tcp": {"address": "0.0.0.0:8200", "tls_disable": True}}],
    "disable_mlock": True,
}


class RealVault(ContainerForm):
    """A Vault that is initialized and unsealed, with a KV v2 engine at ``secret/``; a context manager.

    Attributes:
        url: where it answers.
        root: the root token.
        unseal_keys: keys of which ``threshold`` are needed to unseal it.
    """

    named = "a real Vault has"
    abilities = ABILITIES

    url: str
    root: str
    unseal_keys: list[str]
    threshold: int

    def __init__(self) -> None:
        self.url = self.root = self._container = ""
        self.unseal_keys, self.threshold = [], _THRESHOLD

    def __enter__(self) -> Self:
        environment = {"VAULT_LOCAL_CONFIG": json.dumps(_CONFIGURATION), "SKIP_SETCAP": "true"}
        [told] = ask("start", image="vault", environments=[environment], names=["vault"])
        self._container = told["id"]
        self.attach(f"http://{told['host']}:{told['port']}")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ask("stop", ids=[self._container])

    def attach(self, url: str) -> None:
        """Make a server ready that was just installed: keys, root token, engine.

        Args:
            url: of a Vault that is not initialized.
        """
        self.url = url
        made = self._ask("PUT", "sys/init", {"secret_shares": _SHARES, "secret_threshold": _THRESHOLD})
        self.root, self.unseal_keys = made["root_token"], made["keys_base64"]
        self.unseal()
        self._mount()

    def reset(self, seed: int | str | None = None) -> None:
        """An empty engine, no policies but Vault's own, no tokens but the root one."""
        self.unseal()
        own = self._ask("GET", "auth/token/lookup-self")["data"]["accessor"]
        for accessor in self._ask("LIST", "auth/token/accessors")["data"]["keys"]:
            if accessor != own:
                self._ask("POST", "auth/token/revoke-accessor", {"accessor": accessor}, missing=True)
        for name in self._ask("GET", "sys/policy")["policies"]:
            if name not in ("default", "root"):
                self._ask("DELETE", f"sys/policies/acl/{name}")
        for path, mount in self._ask("GET", "sys/mounts")["data"].items():
            if mount["type"] == "kv":
                self._ask("DELETE", f"sys/mounts/{path}")
        self._mount()

    def variables(self) -> dict[str, str]:
        """As hvac and the vault CLI read them."""
        return {"VAULT_ADDR": self.url, "VAULT_TOKEN": self.root}

    def put(self, path: str, data: Mapping[str, Any], mount: str = "secret") -> int:
        """Write a version of a secret, as if somebody else had; return its number."""
        made = self._ask("POST", f"{mount.strip('/')}/data/{path}", {"data": dict(data)})
        return int(made["data"]["version"])

    def policy(self, name: str, rules: Rules) -> None:
        """Make a policy: ``{"secret/data/app/*": ["read"], "secret/metadata/app/*": ["list"]}``.

        Raises:
            ValueError: a capability does not exist.
        """
        paths = {path: {"capabilities": list(words)} for path, words in checked(rules).items()}
        self._ask("PUT", f"sys/policies/acl/{name}", {"policy": json.dumps({"path": paths})})

    def token(
        self,
        policies: Iterable[str] = ("default",),
        *,
        ttl: float | None = 3600.0,
        text: str = "",
        renewable: bool = True,
        uses: int = 0,
        max_ttl: float = 0.0,
        metadata: dict[str, str] | None = None,
        display_name: str = "token",
    ) -> Token:
        """Make a token; see :meth:`labkit.services.vault.service.Vault.token`.

        Raises:
            EnvironmentMissing: one for ever was asked for that is no root token, which Vault does not make.
        """
        names = sorted({*policies})
        if ttl is None and "root" not in names:
            lacking("token for ever", self.named)
        asked: dict[str, Any] = {
            "policies": names,
            "renewable": renewable,
            "num_uses": uses,
            "meta": metadata,
            "display_name": display_name,
        }
        asked |= {"id": text} if text else {}
        asked |= {"ttl": f"{int(ttl)}s"} if ttl else {}
        asked |= {"explicit_max_ttl": f"{int(max_ttl)}s"} if max_ttl else {}
        made = self._ask("POST", "auth/token/create", asked)["auth"]
        shown = self._ask("POST", "auth/token/lookup-accessor", {"accessor": made["accessor"]})["data"]
        created = float(shown["creation_time"])
        return Token(
            made["client_token"],
            made["accessor"],
            made["token_policies"],
            created,
            float(ttl or 0.0),
            None if ttl is None else created + ttl,
            max_ttl,
            bool(made["renewable"]),
            uses,
            shown["display_name"],
            metadata=metadata,
        )

    def seal(self) -> None:
        """Seal it: nothing but its state can be read until enough keys were given."""
        self._ask("PUT", "sys/seal", {})

    def unseal(self, key: str = "") -> None:
        """Give one of the keys; without one, unseal it at once."""
        for each in [key] if key else self.unseal_keys[: self.threshold]:
            self._ask("PUT", "sys/unseal", {"key": each})

    def revoke(self, text: str) -> None:
        """End a token, and those that it made."""
        self._ask("POST", "auth/token/revoke", {"token": text}, missing=True)

    @property
    def sealed(self) -> bool:
        """Whether it is sealed."""
        return bool(self._ask("GET", "sys/seal-status")["sealed"])

    def _mount(self) -> None:
        self._ask("POST", "sys/mounts/secret", {"type": "kv", "options": {"version": "2"}})
        # A new engine is "upgrading to versioned data" for a moment, and refuses everything until it is done.
        end = time.monotonic() + _PATIENCE
        while True:
            try:
                self._ask("GET", "secret/config")
            except RuntimeError:
                if time.monotonic() > end:
                    raise
                time.sleep(0.02)
            else:
                return

    def _ask(self, method: str, path: str, body: Any = None, *, missing: bool = False) -> Any:
        request = urllib.request.Request(  # noqa: S310 - loopback
            f"{self.url}/v1/{path}",
            None if body is None else json.dumps(body).encode(),
            {"X-Vault-Token": self.root, "Content-Type": "application/json"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - loopback
                content = answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                if missing and problem.code in (400, 403, 404):
                    return None
                raise RuntimeError(f"Vault refused {method} {path}: {problem.read().decode()}") from None
        return json.loads(content) if content.strip() else None
