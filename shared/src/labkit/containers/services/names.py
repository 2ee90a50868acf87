"""Which services the container has, and on which ports."""

from __future__ import annotations

from typing import Final

#: Service to its class in ``labkit.services.NAME``.
KINDS: Final = {
    "azure": "Azure",
    "github": "GitHub",
    "gitlab": "GitLab",
    "helpdesk": "Helpdesk",
    "inventory": "Inventory",
    "itsm": "Itsm",
    "jira": "Jira",
    "portal": "Portal",
    "slack": "Slack",
}
#: Where tests arrange the services; the services follow.
CONTROL: Final = 8100
PORTS: Final = {name: CONTROL + 1 + place for place, name in enumerate(KINDS)}
#: What the control port says first; eight bytes, by which the broker knows that it is up.
GREETING: Final = b"LABKIT-1"
#: The container's variable with the word that callers of the control port must know.
TOKEN: Final = "LABKIT_TOKEN"  # noqa: S105 - the name of a variable
