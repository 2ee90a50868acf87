"""The workspace, its webhooks, and who may speak in it."""

from __future__ import annotations

import json
from typing import Any, ClassVar, Final

from labkit.faults import Expire, Fault, Refuse, Throttle
from labkit.http.wire import Request, Response
from labkit.services.base import Call, Problem, Routes, Service, ServiceRequest, text_answer
from labkit.services.base.moments import Moment, seconds
from labkit.services.slack import methods
from labkit.services.slack.methods import Failed, content
from labkit.services.slack.models import BOT, Channel, Message

#: Deliberately unlike a real token (those begin with xoxb-).
TOKEN: Final = "labkit-slack-token"  # noqa: S105 - made for a simulated service
_HOOKS: Final = "/services/"

routes = Routes()


# Incoming webhooks


def _hook_error(status: int, text: str) -> Problem:
    return Problem(status, text.encode())


@routes.post("/services/{path*}")
def webhook(slack: Slack, call: Call) -> Response:
    channel = slack.hooks.get(call["path"])
    if channel is None:
        raise _hook_error(404, "no_service")
    if channel.archived:
        raise _hook_error(410, "channel_is_archived")
    try:
        form = call.header("content-type").startswith("application/x-www-form-urlencoded")
        payload = json.loads(call.form().get("payload", "") if form else call.request.body)
    except ValueError:
        raise _hook_error(400, "invalid_payload") from None
    if not isinstance(payload, dict):
        raise _hook_error(400, "invalid_payload")
    try:
        text, blocks, attachments = content(payload)
        slack.count(channel, call.now)
    except Failed as problem:
        raise _hook_error(400, str(problem)) from None
    made = slack.say(channel, text, user=BOT, at=call.now)
    made.blocks, made.attachments = blocks, attachments
    return text_answer("ok", content_type="text/html; charset=utf-8")


class Slack(Service):
    """A Slack workspace on loopback with the channel ``#ops``.

    ``WebClient(slack.token, base_url=slack.api_url)`` and ``WebhookClient(slack.webhook_url)`` talk to it.

    Attributes:
        channels: by name; :meth:`channel` makes more.
        token: of the bot.
        per_second: messages that a channel takes per second before 429; None for any number.
        largest_page: the most items on a page.
    """

    name = "slack"
    routes: ClassVar[Routes] = Routes().merge((routes, methods.routes))

    def begin(self) -> None:
        """One channel with a webhook."""
        self.channels: dict[str, Channel] = {}
        self.hooks: dict[str, Channel] = {}
        self.token = TOKEN
        self.per_second: int | None = None
        self.largest_page: int | None = None
        self._sent: dict[str, list[float]] = {}
        self._last_ts = ""
        self.channel("ops")

    @property
    def api_url(self) -> str:
        """The base of the Web API, with a slash at its end as WebClient takes it."""
        return f"{self.url}/api/"

    @property
    def webhook_url(self) -> str:
        """The incoming webhook of ``#ops``."""
        return self.webhook("ops")

    def variables(self) -> dict[str, str]:
        """Address and credentials, for programs that take them from their environment."""
        return {
            "SLACK_WEBHOOK_URL": self.webhook_url,
            "SLACK_API_URL": self.api_url,
            "SLACKBOT_TOKEN": self.token,
        }

    def webhook(self, channel: str) -> str:
        """The incoming webhook of a channel."""
        return f"{self.url}{_HOOKS}{next(path for path, each in self.hooks.items() if each.name == channel)}"

    # What tests arrange and ask

    def channel(self, name: str, **more: Any) -> Channel:
        """Make a channel, with a webhook; ``more``: ``archived``, ``member``."""
        number = len(self.channels) + 1
        made = Channel(f"C{number:010}", name, created=self.time(), **more)
        self.channels[name] = made
        self.hooks[f"T0LABKIT/B{number:08}/example-{number}"] = made
        return made

    def say(
        self,
        channel: Channel | str,
        text: str,
        *,
        user: str = "U0SOMEBODY",
        thread: str | None = None,
        at: Moment | None = None,
    ) -> Message:
        """Put a message into a channel, as if somebody had written it."""
        home = self.channels[channel] if isinstance(channel, str) else channel
        when = seconds(at, self.time())
        made = Message(self.next_ts(when), text, user, thread=thread, sent=when)
        home.messages.append(made)
        return made

    def texts(self, channel: str = "ops") -> list[str]:
        """The texts of all messages of a channel, oldest first."""
        return [each.text for each in self.channels[channel].messages]

    def next_ts(self, now: float) -> str:
        """A ts that no message has: a moment in microseconds."""
        found = f"{int(now)}.{int(now % 1 * 1e6):06}"
        if self._last_ts >= found:
            whole, _, part = self._last_ts.partition(".")
            found = f"{whole}.{int(part) + 1:06}"
        self._last_ts = found
        return found

    def count(self, channel: Channel, now: float) -> None:
        """Count a message against the limit of its channel.

        Raises:
            Problem: 429.
        """
        recent = [each for each in self._sent.get(channel.id, []) if each > now - 1]
        if self.per_second is not None and len(recent) >= self.per_second:
            raise Problem(429, {"ok": False, "error": "ratelimited"}, {"Retry-After": "1"})
        self._sent[channel.id] = [*recent, now]

    # Who asks

    def check_token(self, call: Call) -> None:
        """Refuse a missing or a wrong token."""
        text = call.header("authorization").removeprefix("Bearer ") or call.fields().get("token", "")
        if not text:
            raise Failed("not_authed")
        if text != self.token:
            raise Failed("invalid_auth")

    # Words

    def error(self, status: int, message: str) -> Problem:
        """An error of the API."""
        return Problem(status, {"ok": False, "error": message.lower().replace(" ", "_")})

    def bad_body(self, reason: str) -> Problem:
        """A body that cannot be read."""
        return Problem(200, {"ok": False, "error": "invalid_json"})

    def not_found(self, request: Request) -> Problem:
        """A path that is not served."""
        return Problem(404, b"no_path")

    def throttled(self, fault: Throttle) -> Problem:
        """Too many requests."""
        return Problem(429, {"ok": False, "error": "ratelimited"})

    def wording(self, fault: Fault, stage: str, seen: ServiceRequest) -> Problem:
        """Webhooks answer with a status and a word; the Web API with 200 and ``ok`` false."""
        if seen.path.startswith(_HOOKS):
            match fault:
                case Refuse() if stage == "request":
                    return _hook_error(403, fault.reason or "action_prohibited")
                case Refuse():
                    return _hook_error(500, fault.reason or "rollup_error")
                case Expire():
                    return _hook_error(403, "invalid_token")
        elif isinstance(fault, Refuse) and stage == "request":
            return Problem(200, {"ok": False, "error": fault.reason or "restricted_action"})
        elif isinstance(fault, Refuse):
            return Problem(500, {"ok": False, "error": fault.reason or "internal_error"})
        elif isinstance(fault, Expire):
            return Problem(200, {"ok": False, "error": "token_expired"})
        return super().wording(fault, stage, seen)
