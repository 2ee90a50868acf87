"""Ed25519 keys: host keys and the clients' own. RSA takes a thousand times longer and is never made here."""

from __future__ import annotations

from pathlib import Path

import asyncssh


class KeyPair:
    """An Ed25519 key pair.

    Args:
        comment: the last word of the public key's line.
    """

    def __init__(self, comment: str = "") -> None:
        self.private = asyncssh.generate_private_key("ssh-ed25519", comment=comment or None)

    @property
    def public_line(self) -> str:
        """The public key as in ``id_ed25519.pub``: ``ssh-ed25519 AAAA... comment``."""
        return self.private.export_public_key("openssh").decode().strip()

    @property
    def public_data(self) -> bytes:
        """The public key in the wire format of RFC 4253, as ``paramiko.Ed25519Key(data=...)`` takes it."""
        return self.private.public_data

    @property
    def fingerprint(self) -> str:
        """As ``ssh-keygen -l`` shows it: ``SHA256:...``."""
        return self.private.get_fingerprint()

    def write(self, path: Path) -> Path:
        """Write the private key in OpenSSH's format, for the owner only, and ``<path>.pub`` beside it."""
        path.touch(mode=0o600)
        path.write_bytes(self.private.export_private_key("openssh"))
        path.with_name(path.name + ".pub").write_text(self.public_line + "\n")
        return path


def key_body(line: str) -> str:
    """What identifies a public key: type and data, without options and comment. Empty for other lines."""
    words = line.split()
    for place, word in enumerate(words[:-1]):
        if word.startswith(("ssh-", "ecdsa-", "sk-")) and words[place + 1].startswith("AAAA"):
            return f"{word} {words[place + 1]}"
    return ""
