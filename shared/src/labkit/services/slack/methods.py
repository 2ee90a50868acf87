"""The Web API: chat, conversations and reactions (docs.slack.dev/reference/methods)."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from labkit.http.wire import Response
from labkit.services.base import Call, Routes, json_answer
from labkit.services.slack.models import BOT, Channel, Message

if TYPE_CHECKING:
    from labkit.services.slack.service import Slack

_LONGEST: Final = 40_000
_MOST_ATTACHMENTS: Final = 100

routes = Routes()


class Failed(Exception):
    """An error of the Web API, which is sent with status 200."""


def _given(call: Call) -> dict[str, Any]:
    """The arguments of a method: JSON, a form or the query; lists in a form are JSON."""
    found = call.fields()
    for name in ("blocks", "attachments", "metadata"):
        if isinstance(found.get(name), str):
            try:
                found[name] = json.loads(found[name])
            except ValueError:
                raise Failed("invalid_blocks" if name == "blocks" else "invalid_arguments") from None
    return found


Method = Callable[["Slack", dict[str, Any], Call], dict[str, Any]]
_METHODS: dict[str, Method] = {}


def method(name: str) -> Callable[[Method], Method]:
    """Register a method of the Web API."""

    def register(function: Method) -> Method:
        _METHODS[name] = function
        return function

    return register


@routes.on("GET POST", "/api/{method}")
def call_method(slack: Slack, call: Call) -> Response:
    function = _METHODS.get(call["method"])
    try:
        if function is None:
            raise Failed("unknown_method")
        if call["method"] != "api.test":
            slack.check_token(call)
        return json_answer({"ok": True, **function(slack, _given(call), call)})
    except Failed as problem:
        return json_answer({"ok": False, "error": str(problem)})


@method("api.test")
def api_test(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    return {"args": given}


@method("auth.test")
def auth_test(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    return {
        "url": call.origin,
        "team": "Example",
        "team_id": "T0LABKIT",
        "user": "labkit-bot",
        "user_id": BOT,
        "bot_id": "B0LABKIT",
    }


def _channel(slack: Slack, given: dict[str, Any], *, post: bool = False) -> Channel:
    wanted = str(given.get("channel", "")).removeprefix("#")
    found = next((each for each in slack.channels.values() if wanted in (each.id, each.name)), None)
    if found is None:
        raise Failed("channel_not_found")
    if post and found.archived:
        raise Failed("is_archived")
    if post and not found.member:
        raise Failed("not_in_channel")
    return found


def content(given: dict[str, Any]) -> tuple[str, list[Any], list[Any]]:
    """Text, blocks and attachments of a message.

    Raises:
        Failed: there is nothing in it, or too much.
    """
    text, blocks, attachments = (given.get(name) or "" for name in ("text", "blocks", "attachments"))
    if not (text or blocks or attachments):
        raise Failed("no_text")
    if len(text) > _LONGEST:
        raise Failed("msg_too_long")
    if len(attachments) > _MOST_ATTACHMENTS:
        raise Failed("too_many_attachments")
    return text, list(blocks), list(attachments)


@method("chat.postMessage")
def post_message(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    channel = _channel(slack, given, post=True)
    text, blocks, attachments = content(given)
    slack.count(channel, call.now)
    thread = given.get("thread_ts")
    if thread and channel.find(thread) is None:
        raise Failed("thread_not_found")
    made = slack.say(channel, text, user=BOT, thread=thread, at=call.now)
    made.blocks, made.attachments, made.metadata = blocks, attachments, given.get("metadata")
    return {"channel": channel.id, "ts": made.ts, "message": view(made)}


def _own(channel: Channel, given: dict[str, Any], refusal: str) -> Message:
    found = channel.find(str(given.get("ts", "")))
    if found is None:
        raise Failed("message_not_found")
    if found.user != BOT:
        raise Failed(refusal)
    return found


@method("chat.update")
def update(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    channel = _channel(slack, given, post=True)
    found = _own(channel, given, "cant_update_message")
    found.text, found.blocks, found.attachments = content(given)
    found.edited = slack.next_ts(call.now)
    return {"channel": channel.id, "ts": found.ts, "text": found.text, "message": view(found)}


@method("chat.delete")
def delete(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    channel = _channel(slack, given)
    found = _own(channel, given, "cant_delete_message")
    channel.messages.remove(found)
    return {"channel": channel.id, "ts": found.ts}


@method("chat.getPermalink")
def permalink(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    channel = _channel(slack, given)
    ts = str(given.get("message_ts", ""))
    if channel.find(ts) is None:
        raise Failed("message_not_found")
    return {"channel": channel.id, "permalink": f"{call.origin}/archives/{channel.id}/p{ts.replace('.', '')}"}


@method("reactions.add")
def react(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    found = _channel(slack, given).find(str(given.get("timestamp", "")))
    if found is None:
        raise Failed("message_not_found")
    users = found.reactions.setdefault(str(given.get("name", "")), [])
    if BOT in users:
        raise Failed("already_reacted")
    users.append(BOT)
    return {}


# Conversations


def _paged(slack: Slack, given: dict[str, Any], name: str, items: list[Any], usual: int) -> dict[str, Any]:
    size = max(1, int(given.get("limit") or usual))
    size = min(size, slack.largest_page or size)
    cursor = str(given.get("cursor") or "")
    try:
        start = int(base64.b64decode(cursor).decode().removeprefix("next:")) if cursor else 0
    except ValueError:
        raise Failed("invalid_cursor") from None
    more = start + size < len(items)
    following = base64.b64encode(f"next:{start + size}".encode()).decode() if more else ""
    return {
        name: items[start : start + size],
        "has_more": more,
        "response_metadata": {"next_cursor": following},
    }


@method("conversations.list")
def list_channels(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    hidden = str(given.get("exclude_archived", "")).lower() in ("true", "1")
    found = [
        {
            "id": each.id,
            "name": each.name,
            "is_channel": True,
            "is_archived": each.archived,
            "is_member": each.member,
            "created": int(each.created),
        }
        for each in slack.channels.values()
        if not (hidden and each.archived)
    ]
    shown = _paged(slack, given, "channels", found, 100)
    del shown["has_more"]
    return shown


@method("conversations.history")
def history(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    channel = _channel(slack, given)
    if not channel.member:
        raise Failed("not_in_channel")
    messages = [each for each in channel.messages if each.thread is None and _within(each, given)]
    shown = [view(each, channel) for each in reversed(messages)]  # newest first
    return _paged(slack, given, "messages", shown, 100)


@method("conversations.replies")
def replies(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    channel = _channel(slack, given)
    ts = str(given.get("ts", ""))
    if channel.find(ts) is None:
        raise Failed("thread_not_found")
    found = [view(each, channel) for each in channel.messages if ts in (each.ts, each.thread)]
    return _paged(slack, given, "messages", found, 1000)


def _within(message: Message, given: dict[str, Any]) -> bool:
    oldest, latest = float(given.get("oldest") or 0), float(given.get("latest") or "inf")
    if str(given.get("inclusive", "")).lower() in ("true", "1"):
        return oldest <= float(message.ts) <= latest
    return oldest < float(message.ts) < latest


@method("conversations.join")
def join(slack: Slack, given: dict[str, Any], call: Call) -> dict[str, Any]:
    channel = _channel(slack, given)
    if channel.archived:
        raise Failed("is_archived")
    channel.member = True
    return {"channel": {"id": channel.id, "name": channel.name}}


def view(found: Message, channel: Channel | None = None) -> dict[str, Any]:
    """A message as the API shows it."""
    shown: dict[str, Any] = {"type": "message", "ts": found.ts, "user": found.user, "text": found.text}
    if found.user == BOT:
        shown["bot_id"] = "B0LABKIT"
    if found.blocks:
        shown["blocks"] = found.blocks
    if found.attachments:
        shown["attachments"] = found.attachments
    if found.metadata:
        shown["metadata"] = found.metadata
    if found.edited:
        shown["edited"] = {"user": found.user, "ts": found.edited}
    if found.reactions:
        shown["reactions"] = [
            {"name": name, "users": users, "count": len(users)} for name, users in found.reactions.items()
        ]
    answers = [each for each in channel.messages if each.thread == found.ts] if channel else []
    if found.thread or answers:
        shown["thread_ts"] = found.thread or found.ts
    if answers:
        shown |= {"reply_count": len(answers), "latest_reply": answers[-1].ts}
    return shown
