"""Fill an account as :class:`labkit.aws.account.Account` does, by requests alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from labkit.aws.account import Tags, tags_of
from labkit.containers.forms import lacking

_IMAGE = "ami-12c6146b"
#: What brings an instance into a state; the others pass by themselves, and nobody can hold one there.
_WAYS = {"stopped": "stop_instances", "running": "start_instances", "terminated": "terminate_instances"}


class ContainerAccount:
    """Helpers that make things by boto3.

    Args:
        client: gives the client of a service in a region.
        region: where things are made unless a call says otherwise.
    """

    def __init__(self, client: Callable[[str, str | None], Any], region: str) -> None:
        self._client, self.region = client, region

    def instances(
        self,
        count: int = 1,
        *,
        tags: Tags | None = None,
        region: str | None = None,
        state: str = "running",
        instance_type: str = "t3.micro",
    ) -> list[str]:
        """Launch instances, each in a reservation of its own.

        Args:
            count: how many.
            tags: the same for all, or by number.
            region: another region than the account's.
            state: running, stopped or terminated.
            instance_type: such as ``m5.large``.

        Returns:
            Their ids.

        Raises:
            EnvironmentMissing: no request brings an instance into that state for good.
        """
        if state not in _WAYS:
            lacking(f"instances that stay {state}", "moto's server has")
        ec2, found = self._client("ec2", region), []
        for number in range(count):
            pairs = _pairs(tags_of(tags, number))
            asked = {"TagSpecifications": [{"ResourceType": "instance", "Tags": pairs}]} if pairs else {}
            made = ec2.run_instances(
                ImageId=_IMAGE, MinCount=1, MaxCount=1, InstanceType=instance_type, **asked
            )
            found.append(str(made["Instances"][0]["InstanceId"]))
        if state != "running" and found:
            getattr(ec2, _WAYS[state])(InstanceIds=found)
        return found

    def instance_state(self, identifier: str, region: str | None = None) -> str:
        """The state of an instance, now.

        Raises:
            LookupError: there is no such instance in the region.
        """
        found = self._instance(identifier, region)
        return str(found["State"]["Name"])

    def set_instance_state(self, identifier: str, state: str, region: str | None = None) -> None:
        """Put an instance into a state, as if somebody else had.

        Raises:
            LookupError: there is no such instance in the region.
            EnvironmentMissing: no request brings an instance into that state for good.
        """
        self._instance(identifier, region)
        if state not in _WAYS:
            lacking(f"instances that stay {state}", "moto's server has")
        getattr(self._client("ec2", region), _WAYS[state])(InstanceIds=[identifier])

    def forget_instance(self, identifier: str, region: str | None = None) -> None:
        """Nobody can: an instance that ended is known for an hour.

        Raises:
            EnvironmentMissing: always.
        """
        lacking("way to forget an instance", "moto's server has")

    def tag_instance(self, identifier: str, tags: Mapping[str, str], region: str | None = None) -> None:
        """Add tags to an instance, or change them.

        Raises:
            LookupError: there is no such instance in the region.
        """
        self._instance(identifier, region)
        self._client("ec2", region).create_tags(Resources=[identifier], Tags=_pairs(tags))

    def volumes(
        self, count: int = 1, *, size: int = 8, tags: Tags | None = None, region: str | None = None
    ) -> list[str]:
        """Create volumes that no instance uses; ``size`` in GiB."""
        ec2, found = self._client("ec2", region), []
        for number in range(count):
            made = ec2.create_volume(Size=size, AvailabilityZone=f"{region or self.region}a")
            if pairs := _pairs(tags_of(tags, number)):
                ec2.create_tags(Resources=[made["VolumeId"]], Tags=pairs)
            found.append(str(made["VolumeId"]))
        return found

    def bucket(
        self,
        name: str,
        *,
        tags: Mapping[str, str] | None = None,
        created: datetime | None = None,
        versioned: bool = False,
        region: str | None = None,
    ) -> str:
        """Create a bucket.

        Args:
            name: of at least three characters.
            tags: None for a bucket without a set of tags.
            created: nobody can say; only None.
            versioned: whether it keeps versions.
            region: where.

        Raises:
            EnvironmentMissing: ``created`` was given, or a tag with an empty value, which moto loses.
        """
        if created is not None:
            lacking("date of creation to choose", "moto's server has")
        if tags and not all(tags.values()):
            lacking("tag with an empty value", "moto's server has")
        s3, place = self._client("s3", region), region or self.region
        where = {} if place == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": place}}
        s3.create_bucket(Bucket=name, **where)
        if tags:
            s3.put_bucket_tagging(Bucket=name, Tagging={"TagSet": _pairs(tags)})
        if versioned:
            s3.put_bucket_versioning(Bucket=name, VersioningConfiguration={"Status": "Enabled"})
        return name

    def objects(
        self, bucket: str, keys: Iterable[str], *, body: bytes = b"", modified: datetime | None = None
    ) -> int:
        """Put an object under each key; in a versioned bucket a key that is there gets a new version.

        Args:
            bucket: its name.
            keys: any number, also the same again.
            body: the content of all of them.
            modified: nobody can say; only None.

        Returns:
            How many.

        Raises:
            EnvironmentMissing: ``modified`` was given.
        """
        if modified is not None:
            lacking("date of an object to choose", "moto's server has")
        s3, number = self._client("s3", None), 0
        for key in keys:
            s3.put_object(Bucket=bucket, Key=key, Body=body)
            number += 1
        return number

    def delete_markers(self, bucket: str, keys: Iterable[str], *, modified: datetime | None = None) -> int:
        """Delete keys of a versioned bucket without naming a version: each gets a delete marker.

        Returns:
            How many.

        Raises:
            EnvironmentMissing: ``modified`` was given.
        """
        if modified is not None:
            lacking("date of a delete marker to choose", "moto's server has")
        s3, number = self._client("s3", None), 0
        for key in keys:
            s3.delete_object(Bucket=bucket, Key=key)
            number += 1
        return number

    def _instance(self, identifier: str, region: str | None) -> Any:
        from botocore.exceptions import ClientError

        try:
            told = self._client("ec2", region).describe_instances(InstanceIds=[identifier])
        except ClientError:
            raise LookupError(f"there is no instance {identifier!r} in {region or self.region}") from None
        return told["Reservations"][0]["Instances"][0]


def _pairs(tags: Mapping[str, str]) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]
