"""The variables by which every AWS SDK and the AWS CLI find the server, and nothing else."""

from __future__ import annotations

from typing import Any

#: The region of an account unless a test or a learner says otherwise.
REGION = "eu-central-1"
#: moto's account number (moto.core.DEFAULT_ACCOUNT_ID).
ACCOUNT = "123456789012"

#: Deliberately unlike a real key (those begin with AKIA or ASIA and have 20 characters), so that no scanner
#: of secrets takes them for one, and nobody else either.
ACCESS_KEY, SECRET_KEY = "labkit", "labkit"

#: Variables that would lead a client elsewhere or change how it retries.
UNWANTED = (
    "AWS_PROFILE",
    "AWS_DEFAULT_PROFILE",
    "AWS_SESSION_TOKEN",
    "AWS_SECURITY_TOKEN",
    "AWS_ROLE_ARN",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
    "AWS_CONTAINER_CREDENTIALS_FULL_URI",
    "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS",
    "AWS_MAX_ATTEMPTS",
    "AWS_RETRY_MODE",
    "AWS_CA_BUNDLE",
    "AWS_USE_FIPS_ENDPOINT",
    "AWS_USE_DUALSTACK_ENDPOINT",
)


def variables(url: str, region: str = REGION) -> dict[str, str]:
    """What to put into the environment so that ``boto3.client("ec2")`` talks to the server at ``url``.

    Sources: "AWS SDKs and Tools Reference Guide", sections on service-specific endpoints and on environment
    variables. boto3 reads AWS_DEFAULT_REGION, most other SDKs AWS_REGION.
    """
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY,
        "AWS_SECRET_ACCESS_KEY": SECRET_KEY,
        "AWS_DEFAULT_REGION": region,
        "AWS_REGION": region,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def client_arguments(url: str, region: str = REGION) -> dict[str, Any]:
    """For ``boto3.client(service, **arguments)`` where the environment is not the client's own."""
    return {
        "endpoint_url": url,
        "region_name": region,
        "aws_access_key_id": ACCESS_KEY,
        "aws_secret_access_key": SECRET_KEY,
    }
