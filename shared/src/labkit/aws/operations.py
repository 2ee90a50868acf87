"""Which operation of which service a request is for, and with which parameters."""

from __future__ import annotations

import contextlib
import re
from functools import cache
from typing import Any
from urllib.parse import parse_qs

from labkit.aws.requests import AwsRequest

#: Services whose signing name is not what boto3 calls them.
_BY_SIGNING_NAME = {
    "monitoring": "cloudwatch",
    "elasticloadbalancing": "elbv2",
    "email": "ses",
    "states": "stepfunctions",
    "tagging": "resourcegroupstaggingapi",
    "cognito-identity": "cognito-identity",
    "elasticfilesystem": "efs",
    "elasticmapreduce": "emr",
    "aws-marketplace": "marketplace-entitlement",
}
#: ``Credential=KEY/20260101/eu-central-1/ec2/aws4_request`` (AWS Signature Version 4).
_CREDENTIAL = re.compile(r"Credential=([^/]*)/\d{8}/([^/]*)/([^/]*)/aws4_request")
#: The path of Smithy RPC v2 (smithy.io, "Smithy RPC v2 CBOR protocol").
_RPC_PATH = re.compile(r"/service/[^/]+/operation/(\w+)")


def recognise(environ: dict[str, Any], body: bytes) -> AwsRequest:
    """Describe a request; nothing is raised for one that makes no sense.

    Args:
        environ: of WSGI.
        body: what came with it.
    """
    found = _CREDENTIAL.search(environ.get("HTTP_AUTHORIZATION", "") or _presigned(environ))
    key, region, signing_name = found.groups() if found else ("", "us-east-1", _of_host(environ))
    service = _BY_SIGNING_NAME.get(signing_name, signing_name)
    request = AwsRequest(
        service=service,
        name="",
        region=region,
        path=environ.get("PATH_INFO", ""),
        user_agent=environ.get("HTTP_USER_AGENT", ""),
        access_key=key,
    )
    target = environ.get("HTTP_X_AMZ_TARGET", "")
    rpc = _RPC_PATH.fullmatch(request.path)
    if target or rpc:
        request.name = target.rpartition(".")[2] or (rpc[1] if rpc else "")
    elif action := _action(environ, body):
        request.name = action
    with contextlib.suppress(Exception):  # a malformed request is the service's to refuse
        _add_parameters(request, environ, body)
    return request


def protocol_of(request: AwsRequest, environ: dict[str, Any]) -> str:
    """The wire protocol, as botocore's models call it: ec2, query, json, rest-json, rest-xml, rpc-v2-cbor."""
    if _RPC_PATH.fullmatch(request.path):
        return "rpc-v2-cbor"
    if environ.get("HTTP_X_AMZ_TARGET"):
        return "json"
    if request.service in ("ec2", "s3"):
        return {"ec2": "ec2", "s3": "rest-xml"}[request.service]
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        return "query"
    with contextlib.suppress(Exception):
        return str(_model(request.service).protocol)
    return "rest-json"


def _presigned(environ: dict[str, Any]) -> str:
    [credential] = parse_qs(environ.get("QUERY_STRING", "")).get("X-Amz-Credential", [""])[:1]
    return f"Credential={credential}"


def _of_host(environ: dict[str, Any]) -> str:
    """An unsigned request: S3 is what is open to everybody; STS has operations for people without a key."""
    return "sts" if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form") else "s3"


def _action(environ: dict[str, Any], body: bytes) -> str:
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = parse_qs(body.decode("utf-8", "replace"))
    else:
        form = parse_qs(environ.get("QUERY_STRING", ""))
    return form.get("Action", [""])[0]


def _add_parameters(request: AwsRequest, environ: dict[str, Any], body: bytes) -> None:
    """Let moto read the request as its own services will, by the models that botocore comes with."""
    import io

    from moto.core.parse import PROTOCOL_PARSERS
    from moto.core.request import Request, determine_request_protocol
    from moto.core.routing import get_service_router

    seen = Request({**environ, "wsgi.input": io.BytesIO(body)})
    in_path: dict[str, Any] = {}
    model = _model(request.service)
    if not request.name:
        operation, in_path = get_service_router(request.service).match(seen)
        request.name = str(operation.name)
    if _RPC_PATH.fullmatch(request.path):
        return  # CBOR: the name is all that is looked at
    protocol = determine_request_protocol(model, seen.content_type)
    parser = PROTOCOL_PARSERS[protocol](model.operation_model(request.name))
    request.parameters = dict(
        parser.parse(
            {
                "method": seen.method,
                "values": seen.values,
                "headers": seen.headers,
                "body": body,
                "url_path": seen.path,
                "url_params": in_path,
            }
        )
    )


@cache
def _model(service: str) -> Any:
    from moto.core.utils import get_service_model

    return get_service_model(service)
