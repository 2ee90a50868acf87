"""A simulated help desk that speaks Zendesk's Ticketing API.

Source: "Tickets", "Ticket comments", "Pagination", "Idempotency" and "Rate limits" (developer.zendesk.com).
"""

from labkit.services.helpdesk.service import Helpdesk

__all__ = ["Helpdesk"]
