"""Slack by slack_sdk: webhooks, messages and threads, pages, limits."""

from __future__ import annotations

import os
from typing import Any
from urllib.error import URLError

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.webhook import WebhookClient

from labkit.faults import Drop, Expire, Malformed, Refuse, Throttle
from labkit.services.slack import Slack


def client(slack: Slack, **more: Any) -> WebClient:
    return WebClient(more.pop("token", slack.token), base_url=slack.api_url, **more)


def refusal(call: Any) -> Any:
    with pytest.raises(SlackApiError) as caught:
        call()
    return caught.value.response


def test_webhook(slack: Slack) -> None:
    """A webhook answers ok, and the message with its blocks is in the channel."""
    found = WebhookClient(os.environ["SLACK_WEBHOOK_URL"]).send(
        text="Disk is full", blocks=[{"type": "section", "text": {"type": "mrkdwn", "text": "*Disk*"}}]
    )
    assert (found.status_code, found.body) == (200, "ok")
    assert slack.texts() == ["Disk is full"]
    assert slack.channels["ops"].messages[0].blocks[0]["type"] == "section"


@pytest.mark.parametrize(
    ("body", "status", "words"),
    [(b"{", 400, "invalid_payload"), (b"{}", 400, "no_text"), (b'["text"]', 400, "invalid_payload")],
)
def test_webhook_refuses(slack: Slack, body: bytes, status: int, words: str) -> None:
    """What is no payload, or has nothing in it, is refused in a word."""
    answer = requests.post(slack.webhook_url, data=body, timeout=5)
    assert (answer.status_code, answer.text, slack.texts()) == (status, words, [])


def test_webhooks_that_lead_nowhere(slack: Slack) -> None:
    """A webhook that was removed is 404, one of an archived channel 410; a form is as good as JSON."""
    url = f"{slack.url}/services/T1/B1/none"
    assert requests.post(url, json={"text": "x"}, timeout=5).text == "no_service"
    slack.channel("old", archived=True)
    gone = WebhookClient(slack.webhook("old")).send(text="x")
    assert (gone.status_code, gone.body) == (410, "channel_is_archived")
    form = requests.post(slack.webhook_url, data={"payload": '{"text": "as a form"}'}, timeout=5)
    assert (form.text, slack.texts()) == ("ok", ["as a form"])


def test_post_update_delete(slack: Slack) -> None:
    """A message is posted, edited in place and deleted by its ts; those of others are not."""
    web = client(slack)
    made = web.chat_postMessage(channel="#ops", text="Incident open")
    web.chat_update(channel=made["channel"], ts=made["ts"], text="Incident closed")
    assert slack.texts() == ["Incident closed"]
    assert slack.channels["ops"].messages[0].edited is not None
    other = slack.say("ops", "from somebody")
    assert (
        refusal(lambda: web.chat_update(channel="ops", ts=other.ts, text="x"))["error"]
        == "cant_update_message"
    )
    web.chat_delete(channel=made["channel"], ts=made["ts"])
    assert slack.texts() == ["from somebody"]
    assert refusal(lambda: web.chat_delete(channel="ops", ts=made["ts"]))["error"] == "message_not_found"


def test_threads(slack: Slack) -> None:
    """Answers stand in their thread and not in the history of the channel."""
    web = client(slack)
    top = web.chat_postMessage(channel="ops", text="Incident")
    for text in ("looking", "solved"):
        web.chat_postMessage(channel="ops", text=text, thread_ts=top["ts"])
    assert [each["text"] for each in web.conversations_history(channel="ops")["messages"]] == ["Incident"]
    found = web.conversations_replies(channel="ops", ts=top["ts"])["messages"]
    assert [each["text"] for each in found] == ["Incident", "looking", "solved"]
    assert (found[0]["reply_count"], found[1]["thread_ts"]) == (2, top["ts"])
    wrong = refusal(lambda: web.chat_postMessage(channel="ops", text="x", thread_ts="1.0"))
    assert wrong["error"] == "thread_not_found"


def test_history_in_pages(slack: Slack) -> None:
    """The history comes newest first, page by page, and from a moment on."""
    messages = [slack.say("ops", f"m{number}") for number in range(5)]
    web = client(slack)
    # One response object walks through the pages.
    pages = [
        [each["text"] for each in page["messages"]]
        for page in web.conversations_history(channel="ops", limit=2)
    ]
    assert pages == [
        ["m4", "m3"],
        ["m2", "m1"],
        ["m0"],
    ]
    later = web.conversations_history(channel="ops", oldest=messages[2].ts)["messages"]
    assert [each["text"] for each in later] == ["m4", "m3"]


def test_channels(slack: Slack) -> None:
    """Channels are listed in pages; one that the bot is not in, or that is not there, takes no message."""
    for name in ("alerts", "old"):
        slack.channel(name, archived=name == "old", member=False)
    slack.largest_page = 1
    web = client(slack)
    names = [
        each["name"] for page in web.conversations_list(exclude_archived=True) for each in page["channels"]
    ]
    assert names == ["ops", "alerts"]
    for channel, error in (
        ("alerts", "not_in_channel"),
        ("old", "is_archived"),
        ("none", "channel_not_found"),
    ):
        found = refusal(lambda channel=channel: web.chat_postMessage(channel=channel, text="x"))
        assert found["error"] == error
    web.conversations_join(channel="alerts")
    web.chat_postMessage(channel="alerts", text="x")
    assert slack.texts("alerts") == ["x"]


def test_reactions_and_permalinks(slack: Slack) -> None:
    """A reaction is added once; a message has an address."""
    web = client(slack)
    made = web.chat_postMessage(channel="ops", text="x")
    web.reactions_add(channel="ops", timestamp=made["ts"], name="eyes")
    again = refusal(lambda: web.reactions_add(channel="ops", timestamp=made["ts"], name="eyes"))
    assert again["error"] == "already_reacted"
    assert (
        made["ts"].replace(".", "")
        in web.chat_getPermalink(channel="ops", message_ts=made["ts"])["permalink"]
    )


def test_tokens_and_texts(slack: Slack) -> None:
    """A missing and a wrong token are told apart; so are empty and endless messages."""
    assert client(slack).auth_test()["user"] == "labkit-bot"
    assert refusal(lambda: client(slack, token="wrong").auth_test())["error"] == "invalid_auth"
    assert requests.post(f"{slack.api_url}auth.test", timeout=5).json()["error"] == "not_authed"
    web = client(slack)
    assert refusal(lambda: web.chat_postMessage(channel="ops", text="x" * 40_001))["error"] == "msg_too_long"
    assert refusal(lambda: web.api_call("no.method"))["error"] == "unknown_method"


def test_the_limit_of_a_channel(slack: Slack, http_pauses: Any) -> None:
    """More than so many messages in a second are 429 with Retry-After; a patient client waits."""
    slack.per_second = 1
    slack.clock.step = 0.1
    web = client(slack)
    web.chat_postMessage(channel="ops", text="one")
    found = refusal(lambda: web.chat_postMessage(channel="ops", text="two"))
    assert (found.status_code, found["error"], found.headers["Retry-After"]) == (429, "ratelimited", "1")
    patient = client(slack, retry_handlers=[RateLimitErrorRetryHandler(max_retry_count=1)])
    patient.chat_postMessage(channel="ops", text="two")
    assert slack.texts() == ["one", "two"]
    assert http_pauses.total >= 1


@pytest.mark.parametrize(
    ("fault", "status", "error"),
    [
        (Throttle(retry_after=3), 429, "ratelimited"),
        (Refuse(), 200, "restricted_action"),
        (Refuse(at="internal"), 500, "internal_error"),
        (Throttle(at="overload"), 503, "service_unavailable"),
        (Expire(), 200, "token_expired"),
    ],
)
def test_faults_of_the_web_api(slack: Slack, fault: Any, status: int, error: str) -> None:
    """The Web API tells errors in its body, often with status 200."""
    with slack.faults.during(fault):
        found = refusal(lambda: client(slack, retry_handlers=[]).chat_postMessage(channel="ops", text="x"))
    assert (found.status_code, found["error"], slack.texts()) == (status, error, [])


@pytest.mark.parametrize(
    ("fault", "status"), [(Throttle(), 429), (Refuse(), 403), (Refuse(at="internal"), 500), (Expire(), 403)]
)
def test_faults_of_webhooks(slack: Slack, fault: Any, status: int) -> None:
    """A webhook tells errors by its status."""
    with slack.faults.during(fault):
        found = WebhookClient(slack.webhook_url, retry_handlers=[]).send(text="x")
    assert (found.status_code, slack.texts()) == (status, [])


def test_cut_and_garbled(slack: Slack) -> None:
    """A cut connection raises; after a garbled answer the message is there all the same."""
    with slack.faults.during(Drop()), pytest.raises((URLError, ConnectionError)):
        client(slack, retry_handlers=[]).chat_postMessage(channel="ops", text="x")
    assert slack.texts() == []
    with slack.faults.during(Malformed()), pytest.raises((ValueError, SlackApiError)):
        client(slack).chat_postMessage(channel="ops", text="x").validate()
    assert slack.texts() == ["x"]
