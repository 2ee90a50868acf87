"""A simulated inventory: plain REST collections with pagination.

No product's API: collections of JSON objects as many in-house services offer them. Errors are problem
documents (RFC 9457), versions are entity tags (RFC 9110).
"""

from labkit.services.inventory.service import Inventory

__all__ = ["Inventory"]
