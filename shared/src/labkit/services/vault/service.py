"""The service: the seal, who asks, and what their policies allow."""

from __future__ import annotations

import random
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Final

from labkit.faults import Refuse, Throttle
from labkit.http.wire import Request
from labkit.services.base import Call, Problem, Routes, Service
from labkit.services.vault import errors, kv, policies, system, tokens
from labkit.services.vault.models import Mount, Token

#: Deliberately unlike a real token (those begin with hvs.), for scanners of secrets.
ROOT: Final = "labkit-vault-root"
#: Answered without a token, and while it is sealed.
_OPEN: Final = ("/v1/sys/health", "/v1/sys/seal-status", "/v1/sys/init", "/v1/sys/unseal", "/v1/sys/leader")


class Vault(Service):
    """A Vault on loopback, unsealed, with a KV v2 engine at ``secret/``, as a development server has it.

    ``hvac.Client(vault.url, token=vault.root)`` talks to it; with its variables set, ``hvac.Client()`` does.

    Attributes:
        root: the root token.
        mounts: the engines by path, ``secret/``.
        tokens: all tokens by their text.
        policies: rules by name.
        initialized: whether it has keys and a root token yet.
        sealed: whether it is sealed.
        unseal_keys: keys of which ``threshold`` are needed to unseal it.
    """

    name = "vault"
    routes: ClassVar[Routes] = Routes().merge((system.routes, tokens.routes, kv.routes))
    unwanted = (
        "VAULT_NAMESPACE",
        "VAULT_CACERT",
        "VAULT_CAPATH",
        "VAULT_CLIENT_CERT",
        "VAULT_CLIENT_KEY",
        "VAULT_SKIP_VERIFY",
    )

    def begin(self) -> None:
        """An empty engine, one token, no policies but the default one."""
        self.random = random.Random(self.seed)  # noqa: S311 - ids that come again with the seed
        self.mounts: dict[str, Mount] = {"secret/": Mount("secret/", "key/value secret storage")}
        self.tokens: dict[str, Token] = {}
        self.policies: dict[str, policies.Rules] = {"default": policies.DEFAULT}
        self.texts: dict[str, str] = {}
        self.initialized = True
        self.sealed = False
        self.unseal_keys = [f"labkit-unseal-key-{number}" for number in range(1, 6)]
        self.threshold = 3
        self.progress: set[str] = set()
        self.root = self.token(["root"], ttl=None, text=ROOT).id

    def variables(self) -> dict[str, str]:
        """As hvac and the vault CLI read them ("Environment variables")."""
        return {"VAULT_ADDR": self.url, "VAULT_TOKEN": self.root}

    # What tests arrange

    def put(self, path: str, data: Mapping[str, Any], mount: str = "secret") -> int:
        """Write a version of a secret, as if somebody else had; return its number."""
        engine = self.mounts[f"{mount.strip('/')}/"]
        engine.write(path, dict(data), self.time())
        return engine.secrets[path].current

    def policy(self, name: str, rules: policies.Rules) -> None:
        """Make a policy: ``{"secret/data/app/*": ["read"], "secret/metadata/app/*": ["list"]}``.

        Raises:
            ValueError: a capability does not exist.
        """
        self.policies[name] = policies.checked(rules)

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
        """Make a token.

        Args:
            policies: their names; ``default`` comes with all but root.
            ttl: seconds that it is valid; None for ever.
            text: the token itself; made up when empty.
            renewable: whether its time can be prolonged.
            uses: after so many requests it is gone; 0 for any number.
            max_ttl: seconds beyond which no renewal goes; 0 for no limit.
            metadata: shown by look-ups.
            display_name: likewise.
        """
        now = self.time()
        names = sorted({*policies} if "root" in policies else {"default", *policies})
        made = Token(
            text or f"labkit-vault-{self.random.getrandbits(96):024x}",
            f"{self.random.getrandbits(96):024x}",
            names,
            now,
            ttl or 0.0,
            None if ttl is None else now + ttl,
            max_ttl,
            renewable and ttl is not None,
            uses,
            display_name,
            metadata=metadata,
        )
        self.tokens[made.id] = made
        return made

    def erase(self) -> None:
        """As a server that was just installed: without keys, root token, engines and policies."""
        self.initialized, self.sealed = False, True
        self.mounts, self.tokens, self.policies, self.texts = {}, {}, {"default": policies.DEFAULT}, {}
        self.unseal_keys, self.threshold, self.root = [], 0, ""
        self.progress.clear()

    def initialize(self, shares: int, threshold: int) -> None:
        """Make keys and a root token; it stays sealed until ``threshold`` keys were given."""
        self.unseal_keys = [f"{self.random.getrandbits(256):064x}" for _ in range(shares)]
        self.threshold, self.initialized = threshold, True
        self.root = self.token(["root"], ttl=None).id

    def seal(self) -> None:
        """Seal it: nothing but its state can be read until enough keys were given."""
        self.sealed = True
        self.progress.clear()

    def unseal(self, key: str = "") -> None:
        """Give one of the keys; without one, unseal it at once."""
        self.progress.add(key)
        if not key or len(self.progress) >= self.threshold:
            self.sealed = False
            self.progress.clear()

    def revoke(self, text: str) -> None:
        """End a token, and those that it made."""
        self.tokens.pop(text, None)
        for child in [each.id for each in self.tokens.values() if each.parent == text]:
            self.revoke(child)

    # Who asks

    def authenticate(self, request: Request, now: float) -> Token | None:
        """The token of a request, in either header."""
        if request.path in _OPEN:
            return None
        if self.sealed:
            raise errors.sealed()
        text = request.headers.get("x-vault-token", "")
        if not text:
            text = request.headers.get("authorization", "").removeprefix("Bearer ")
        if not text:
            raise errors.error(403, "permission denied")
        found = self.tokens.get(text)
        if found is None or (found.expires is not None and found.expires <= now):
            raise errors.invalid_token()
        if found.uses_left:
            found.uses_left -= 1
            if not found.uses_left:
                self.revoke(found.id)
        return found

    def allows(self, token: Token, path: str, capability: str) -> bool:
        """Whether the policies of a token allow something at a path."""
        if "root" in token.policies:
            return True
        return policies.allows(
            [self.policies[name] for name in token.policies if name in self.policies], path, capability
        )

    def need(self, call: Call, path: str, capability: str) -> None:
        """Refuse what the token's policies do not allow.

        Raises:
            Problem: 403.
        """
        if not self.allows(call.user, path, capability):
            raise errors.denied()

    # Words

    def error(self, status: int, message: str) -> Problem:
        """An error of the API."""
        return errors.error(status, message)

    def bad_body(self, reason: str) -> Problem:
        """400 for a body that is no JSON object."""
        return errors.error(400, f"failed to parse JSON input: {reason}")

    def throttled(self, fault: Throttle) -> Problem:
        """A rate limit quota ("Resource quotas")."""
        return errors.error(429, 'request path "secret": rate limit quota exceeded')

    def refused(self, fault: Refuse) -> Problem:
        """A policy that does not allow it."""
        return errors.error(403, fault.reason) if fault.reason else errors.denied()

    def failed(self, fault: Refuse) -> Problem:
        """A 500 as Vault words it."""
        return errors.error(500, fault.reason or "internal error")

    def expired(self) -> Problem:
        """A token whose time is over."""
        return errors.invalid_token()
