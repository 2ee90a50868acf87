"""The envelope of Vault's answers."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labkit.services.vault.service import Vault


def enveloped(vault: Vault, data: Any, *, mount_type: str = "", **more: Any) -> dict[str, Any]:
    """Data as Vault sends it; ``more`` replaces parts of the envelope, such as ``auth``."""
    shown = {
        "request_id": str(uuid.UUID(int=vault.random.getrandbits(128), version=4)),
        "lease_id": "",
        "renewable": False,
        "lease_duration": 0,
        "data": data,
        "wrap_info": None,
        "warnings": None,
        "auth": None,
        "mount_type": mount_type,
    }
    return {**shown, **more}
