"""The services in a lab: under the guard of a run, by the fixtures that `needs` brings."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from labkit.fixtures.services_offered import SERVICES

if TYPE_CHECKING:
    from conftest import Checkout  # type: ignore[import-not-found]

MODULE = '''
"""Programs that find their services in the environment."""

import os


def report():
    """Write a message, a secret and a mail."""
    raise NotImplementedError("task 1")
'''
SOLVED = '''
"""Programs that find their services in the environment."""

import os
import smtplib

import hvac
from github import Auth, Github
from gitlab import Gitlab
from jira import JIRA
from slack_sdk.webhook import WebhookClient


def report():
    """Write a message, a secret and a mail."""
    hvac.Client().secrets.kv.v2.create_or_update_secret("app", {"a": "b"})
    WebhookClient(os.environ["SLACK_WEBHOOK_URL"]).send(text="hello")
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"])) as client:
        client.sendmail("a@example.com", ["b@example.com"], "Subject: hello\\n\\nhello")
    auth = Auth.Token(os.environ["GITHUB_TOKEN"])
    user = Github(base_url=os.environ["GITHUB_API_URL"], auth=auth).get_user().login
    gitlab = Gitlab(os.environ["CI_SERVER_URL"], private_token=os.environ["GITLAB_TOKEN"])
    jira = JIRA(os.environ["JIRA_URL"], token_auth=os.environ["JIRA_TOKEN"])
    return [user, len(gitlab.projects.list(get_all=True)), jira.myself()["name"]]
'''
TEST = '''
import needy_report


def test_report(slack, vault, smtp, github, gitlab, jira, azure, portal, itsm, inventory, helpdesk):
    """It reports."""
    assert needy_report.report() == ["octo-operator", 0, "automation"]
    assert slack.texts() == ["hello"]
    assert vault.mounts["secret/"].secrets["app"].current == 1
    assert [mail.subject for mail in smtp.mails] == ["hello"]
'''


def test_all_services_in_one_lab(checkout: Checkout, lab: Callable[..., Any]) -> None:
    """A lab that needs all services gets them, finds them by its environment, and nothing is blocked."""
    made = checkout.lab(
        MODULE,
        tests={1: TEST},
        solution=SOLVED,
        id="31",
        slug="needy",
        module="needy_report",
        names=["report"],
    )
    file = made.path / "lab.toml"
    names = json.dumps([offer.name for offer in SERVICES])
    file.write_text(
        file.read_text()
        .replace("needs = []", f"needs = {names}")
        .replace("time_limit = 5", "time_limit = 30")
    )
    status, out, _ = lab("run", "31")
    assert status == 1, out
    (made.path / "needy_report.py").write_text(SOLVED)
    status, out, errors = lab("run", "31")
    assert (status, "blocked" in out.lower()) == (0, False), out + errors
