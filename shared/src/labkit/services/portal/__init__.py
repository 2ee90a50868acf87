"""A simulated legacy web portal: pages with the quirks that browser automation has to cope with."""

from labkit.services.portal.service import Portal

__all__ = ["Portal"]
