"""The mail server by smtplib: mails, logins, refusals, faults."""

from __future__ import annotations

import os
import smtplib
import threading
from email.message import EmailMessage
from typing import Any

import pytest

from labkit.faults import Drop, Expire, Hang, Malformed, Refuse, Slow, Throttle
from labkit.services.smtp import Smtp


def mail(subject: str = "Disk full", **headers: str) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = headers.get("sender", "monitor@example.com")
    message["To"] = headers.get("to", "ops@example.com")
    message.set_content("node-1 has no space left.\n.\nLine with ümlaut\n")
    return message


def send(smtp: Smtp, message: EmailMessage | None = None, timeout: float = 5, login: bool = False) -> Any:
    with smtplib.SMTP(smtp.host, smtp.port, timeout=timeout) as client:
        if login:
            client.login(smtp.user, smtp.password)
        return client.send_message(message or mail())


def test_a_mail_arrives_as_it_was_sent(smtp: Smtp) -> None:
    """Envelope, subject, body and attachments are in the mailbox; lone dots and umlauts survive."""
    message = mail("Größe überschritten", to="ops@example.com, dev@example.com")
    message.add_attachment(b"a,b\n", maintype="text", subtype="csv", filename="report.csv")
    assert send(smtp, message) == {}
    found = smtp.mails[0]
    assert (found.sender, found.recipients) == ("monitor@example.com", ("ops@example.com", "dev@example.com"))
    assert (found.subject, found.user) == ("Größe überschritten", "")
    assert found.text.splitlines() == ["node-1 has no space left.", ".", "Line with ümlaut"]
    assert found.attachments == {"report.csv": b"a,b\n"}
    assert smtp.mails.to("dev@example.com") == [found]


def test_the_environment_leads_to_it(smtp: Smtp) -> None:
    """Host, port and login stand in the environment; several mails go over one connection."""
    with smtplib.SMTP(os.environ["SMTP_HOST"], int(os.environ["SMTP_PORT"]), timeout=5) as client:
        client.login(os.environ["SMTP_USER"], os.environ["SMTP_PASSWORD"])
        for number in range(3):
            client.send_message(mail(f"m{number}"))
    assert [each.subject for each in smtp.mails] == ["m0", "m1", "m2"]
    assert {each.user for each in smtp.mails} == {"automation"}


def test_logins(smtp: Smtp) -> None:
    """Where a login is needed, a mail without one is 530; a wrong password is 535."""
    smtp.require_login = True
    with pytest.raises(smtplib.SMTPSenderRefused, match="Authentication required") as caught:
        send(smtp)
    assert caught.value.smtp_code == 530
    smtp.password = "another"
    with smtplib.SMTP(smtp.host, smtp.port, timeout=5) as client:
        with pytest.raises(smtplib.SMTPAuthenticationError) as refused:
            client.login(smtp.user, "example-password")
        assert refused.value.smtp_code == 535
    send(smtp, login=True)
    assert len(smtp.mails) == 1


def test_recipients_that_are_not_there(smtp: Smtp) -> None:
    """One unknown recipient of two is told, and the other gets the mail; with none left it is an error."""
    smtp.mailboxes = {"ops@example.com"}
    refused = send(smtp, mail(to="ops@example.com, nobody@example.com"))
    assert list(refused) == ["nobody@example.com"]
    assert refused["nobody@example.com"][0] == 550
    assert smtp.mails[0].recipients == ("ops@example.com",)
    with pytest.raises(smtplib.SMTPRecipientsRefused):
        send(smtp, mail(to="nobody@example.com"))


def test_too_large(smtp: Smtp) -> None:
    """A mail beyond the limit is 552 and not taken."""
    smtp.largest = 1000
    message = mail()
    message.add_attachment(b"x" * 2000, maintype="application", subtype="octet-stream", filename="x")
    with pytest.raises((smtplib.SMTPSenderRefused, smtplib.SMTPDataError)) as caught:
        send(smtp, message)
    assert (caught.value.smtp_code, len(smtp.mails)) == (552, 0)


@pytest.mark.parametrize(
    ("fault", "error", "code"),
    [
        (Refuse(), smtplib.SMTPRecipientsRefused, 550),
        (Throttle(), smtplib.SMTPRecipientsRefused, 451),
        (Refuse(at="mail"), smtplib.SMTPSenderRefused, 550),
        (Refuse(at="data", reason="spam"), smtplib.SMTPDataError, 554),
        (Refuse(at="connect"), smtplib.SMTPConnectError, 554),
        (Throttle(at="connect"), smtplib.SMTPConnectError, 421),
        (Expire(), smtplib.SMTPAuthenticationError, 535),
        (Drop(), smtplib.SMTPServerDisconnected, 0),
        (Drop(at="rcpt"), smtplib.SMTPServerDisconnected, 0),
        (Drop(at="connect"), (smtplib.SMTPServerDisconnected, ConnectionError), 0),
    ],
)
def test_faults(smtp: Smtp, fault: Any, error: Any, code: int) -> None:
    """Each fault reaches smtplib as its exception with the code, and no mail is taken."""
    with smtp.faults.during(fault), pytest.raises(error) as caught:
        send(smtp, login=isinstance(fault, Expire))
    refused = getattr(caught.value, "recipients", None)
    found = next(iter(refused.values()))[0] if refused else getattr(caught.value, "smtp_code", 0)
    assert (found, len(smtp.mails)) == (code, 0)
    send(smtp)
    assert len(smtp.mails) == 1


def test_an_answer_that_was_cut(smtp: Smtp) -> None:
    """A connection that is cut after the mail was taken looks like a failure; the mail is there."""
    with smtp.faults.during(Drop(at="answer")), pytest.raises(smtplib.SMTPServerDisconnected):
        send(smtp)
    assert len(smtp.mails) == 1


@pytest.mark.parametrize("stage", ["connect", "data"])
def test_hanging(smtp: Smtp, stage: str) -> None:
    """A server that says nothing runs into the client's timeout."""
    with smtp.faults.during(Hang(at=stage)), pytest.raises(smtplib.SMTPServerDisconnected, match="timed out"):
        send(smtp, timeout=0.1)
    assert len(smtp.mails) == 0
    send(smtp)


def test_slow_and_malformed(smtp: Smtp) -> None:
    """A late answer is waited for; a greeting that is not SMTP is an error."""
    with smtp.faults.during(Slow(delay=0.01)):
        send(smtp)
    with smtp.faults.during(Slow(at="connect", delay=0.01)):
        send(smtp)
    assert len(smtp.mails) == 2
    with (
        smtp.faults.during(Malformed()),
        pytest.raises((smtplib.SMTPConnectError, smtplib.SMTPServerDisconnected)),
    ):
        send(smtp)


def test_down_and_up_again(smtp: Smtp) -> None:
    """A stopped server refuses connections and has no thread; it comes back on its port."""
    port = smtp.port
    smtp.stop()
    with pytest.raises(ConnectionRefusedError):
        send(smtp)
    assert "labkit-smtp" not in {thread.name for thread in threading.enumerate()}
    smtp.reset()
    send(smtp)
    assert (smtp.port, len(smtp.mails)) == (port, 1)
