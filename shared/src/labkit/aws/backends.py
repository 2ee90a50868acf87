"""moto's state behind the server: where the simulated resources live, and how all of it goes away again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from labkit.aws.environment import ACCOUNT, REGION, UNWANTED

#: moto comes with 1,300 images per region, which cost 0.2 s at the first use of each and after each reset.
_IMAGES = Path(__file__).with_name("amis.json")


def backend(service: str, region: str = REGION) -> Any:
    """moto's backend of a service in a region (any region for services that have none).

    Raises:
        KeyError: no such region.
    """
    from moto.backends import get_backend

    account: Any = get_backend(service)[ACCOUNT]  # type: ignore[call-overload]
    return account[region if region in account and service != "s3" else "aws"]


def existing(service: str, region: str) -> Any | None:
    """The backend when anything has used it yet; creating one costs time."""
    from moto.backends import get_backend

    account: Any = get_backend(service)[ACCOUNT]  # type: ignore[call-overload]
    return account[region] if region in set(account) else None


def reset() -> None:
    """An account with nothing in it."""
    from moto.moto_api._internal.models import moto_api_backend

    moto_api_backend.reset()


@contextmanager
def configured() -> Iterator[None]:
    """Settings for as long as a server runs: no Docker for Lambda and Batch, a handful of images.

    And none of the user's own profiles: moto asks boto3 for its regions, and boto3 would look for them.
    """
    from moto.core.config import default_user_config

    before = {name: default_user_config[name] for name in ("lambda", "batch")}
    images = os.environ.get("MOTO_AMIS_PATH")
    profiles = {name: os.environ.pop(name) for name in UNWANTED if name in os.environ}
    default_user_config["lambda"] = {"use_docker": False}
    default_user_config["batch"] = {"use_docker": False}
    os.environ["MOTO_AMIS_PATH"] = images or str(_IMAGES)
    try:
        yield
    finally:
        default_user_config.update(before)  # type: ignore[typeddict-item]
        if images is None:
            os.environ.pop("MOTO_AMIS_PATH", None)
        os.environ.update(profiles)
