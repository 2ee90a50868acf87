"""What sessions share while shared_models is on, and what they do not."""

from __future__ import annotations

from typing import Any

import boto3
import botocore.client
import botocore.session

from labkit.aws import AwsServer
from labkit.aws.clients import shared_models


def test_sessions_share_models_only(aws: AwsServer) -> None:
    """Handlers and added methods of one session do not show in another one's clients."""
    first, second = boto3.Session(), boto3.Session()

    def add(class_attributes: dict[str, Any], **_: Any) -> None:
        class_attributes["mine"] = lambda self: "mine"

    first.events.register("creating-client-class.s3", add)
    ours, theirs = first.client("s3"), second.client("s3")
    assert ours.mine() == "mine"
    assert not hasattr(theirs, "mine")
    assert hasattr(theirs, "upload_file")  # boto3's own additions come as ever
    seen: list[str] = []
    ours.meta.events.register("before-call.s3", lambda model, **_: seen.append(model.name))
    theirs.list_buckets()
    ours.list_buckets()
    assert seen == ["ListBuckets"]


def test_the_second_session_parses_nothing(aws: AwsServer) -> None:
    """A new session has the loader, and a new client the methods, of the first one."""
    one, other = botocore.session.Session(), botocore.session.Session()
    assert one.get_component("data_loader") is other.get_component("data_loader")
    clients = [boto3.Session().client("sts") for _ in range(2)]
    assert type(clients[0]).get_caller_identity is type(clients[1]).get_caller_identity


def test_botocore_is_left_as_it_was() -> None:
    """Afterwards botocore has its own functions again."""

    def parts() -> list[object]:
        creator = botocore.client.ClientCreator
        return [botocore.session.create_loader, creator._create_methods, creator._create_name_mapping]

    before = parts()
    with shared_models():
        assert all(new is not old for new, old in zip(parts(), before, strict=True))
    assert parts() == before
