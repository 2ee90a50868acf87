"""A mail server on loopback that keeps what it gets: aiosmtpd with a mailbox, faults and a login."""

from labkit.services.smtp.service import Smtp

__all__ = ["Smtp"]
