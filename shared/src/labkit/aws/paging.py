"""Pages where moto knows none: ``DescribeVolumes(MaxResults=5)`` gives five and a token, as AWS does.

moto pages through instances but gives other lists of EC2 as a whole, whatever MaxResults says. So code that
never asks for a second page looks right. Here the answers of EC2's Describe operations that have a paginator
in botocore are cut to the page that was asked for. Lists that moto has cut already are left alone.
"""

from __future__ import annotations

import base64
import binascii
import xml.etree.ElementTree as ET
from functools import cache
from typing import Any
from urllib.parse import urlencode

from labkit.aws.instances import NAMESPACE
from labkit.aws.requests import AwsRequest

_MARK = "labkit:"


def page(request: AwsRequest, body: bytes) -> bytes:
    """The part of an answer that was asked for.

    Args:
        request: with ``MaxResults`` or a token given out here; anything else is left as it is.
        body: moto's answer, a success.
    """
    start, size = _place(request)
    if request.service != "ec2" or size is None:
        return body
    name = _list_element(request.name)
    if not name:
        return body
    ET.register_namespace("", NAMESPACE)
    root = ET.fromstring(body)  # noqa: S314
    found = {child.tag.rpartition("}")[2]: child for child in root}
    container, token = found.get(name), found.get("nextToken")
    if container is None or (token is not None and token.text):
        return body
    items = list(container)
    if start == 0 and len(items) <= size:
        return body
    for item in [*items[:start], *items[start + size :]]:
        container.remove(item)
    if start + size < len(items):
        if token is None:
            token = ET.SubElement(root, root.tag.rpartition("}")[0] + "}nextToken")
        token.text = _token(start + size, size)
    result: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return result


def limited(
    request: AwsRequest, environ: dict[str, Any], body: bytes, largest: int | None
) -> tuple[dict[str, Any], bytes]:
    """A request for a page of at most ``largest`` items, so that few items make many pages.

    A service may always give a shorter page than it was asked for ("Amazon EC2 API Reference", Pagination;
    "Amazon S3 API Reference", ListObjectsV2, MaxKeys).

    Returns:
        What WSGI needs to know, and the body, for moto.
    """
    asked = _number(request.parameters.get("MaxKeys" if request.service == "s3" else "MaxResults"))
    if largest is None or (asked is not None and asked <= largest):
        return environ, body
    if request.service == "s3" and request.name in ("ListObjects", "ListObjectsV2", "ListObjectVersions"):
        query = "&".join(
            part for part in environ.get("QUERY_STRING", "").split("&") if not part.startswith("max-keys=")
        )
        return {**environ, "QUERY_STRING": f"{query}&max-keys={largest}"}, body
    if request.service == "ec2" and _list_element(request.name) and not by_id(request):
        request.parameters["MaxResults"] = largest
        return environ, body + b"&" + urlencode({"MaxResults": largest}).encode()
    return environ, body


def by_id(request: AwsRequest) -> bool:
    """EC2 refuses MaxResults together with a list of ids."""
    return any(name.endswith("Ids") for name in request.parameters)


def is_ours(token: object) -> bool:
    """Whether a NextToken was given out here, so that moto must not see it."""
    return isinstance(token, str) and _decoded(token).startswith(_MARK)


def _place(request: AwsRequest) -> tuple[int, int | None]:
    token, size = request.parameters.get("NextToken"), _number(request.parameters.get("MaxResults"))
    if not is_ours(token):
        return 0, size
    start, _, asked = _decoded(str(token)).removeprefix(_MARK).partition(":")
    return int(start), size or int(asked)


def _number(value: Any) -> int | None:
    """A number above 0 from a parameter, else None."""
    try:
        return int(value) or None
    except (TypeError, ValueError):
        return None


def _token(start: int, size: int) -> str:
    return base64.urlsafe_b64encode(f"{_MARK}{start}:{size}".encode()).decode()


def _decoded(token: str) -> str:
    try:
        return base64.urlsafe_b64decode(token.encode()).decode()
    except (binascii.Error, ValueError):
        return ""


@cache
def _list_element(operation: str) -> str:
    """The XML element with the list that a Describe operation pages through; empty for none."""
    from botocore.loaders import Loader
    from moto.core.utils import get_service_model

    pages: dict[str, Any] = Loader().load_service_model("ec2", "paginators-1")["pagination"]
    key = pages.get(operation, {}).get("result_key")
    if not isinstance(key, str) or "." in key:
        return ""
    shape = get_service_model("ec2").operation_model(operation).output_shape
    member = shape.members.get(key) if shape is not None else None
    return str(member.serialization.get("name", key)) if member is not None else ""
