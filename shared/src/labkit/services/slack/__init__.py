"""A simulated Slack: incoming webhooks and the chat and conversations methods of the Web API.

Source: "Sending messages using incoming webhooks", "Web API methods" and "Rate limits" (docs.slack.dev).
"""

from labkit.services.slack.service import Slack

__all__ = ["Slack"]
