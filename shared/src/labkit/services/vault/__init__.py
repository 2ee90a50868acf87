"""A simulated HashiCorp Vault: KV v2, tokens, policies and the seal, as far as hvac and the vault CLI need.

Source: "Vault HTTP API documentation" (developer.hashicorp.com/vault/api-docs), as of Vault 1.20.
"""

from labkit.services.vault.service import Vault

__all__ = ["Vault"]
