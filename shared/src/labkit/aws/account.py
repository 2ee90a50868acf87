"""Fill the account fast: hundreds of instances and thousands of objects, without a request for each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from labkit.aws.backends import backend
from labkit.aws.environment import REGION
from labkit.aws.instances import CODES, set_state

#: Tags of a resource, or a function from its number (from 0) to them.
Tags = Mapping[str, str] | Callable[[int], Mapping[str, str]]

_IMAGE = "ami-0a1b2c3d4e5f60001"


class Account:
    """Helpers that write into the state of the account directly.

    Args:
        region: where things are made unless a call says otherwise.
    """

    def __init__(self, region: str = REGION) -> None:
        self.region = region

    def instances(
        self,
        count: int = 1,
        *,
        tags: Tags | None = None,
        region: str | None = None,
        state: str = "running",
        instance_type: str = "t3.micro",
    ) -> list[str]:
        """Launch instances, each in a reservation of its own, so that lists of them have pages.

        Args:
            count: how many.
            tags: the same for all, or by number: ``tags=lambda n: {"Name": f"web-{n}"}``.
            region: another region than the account's.
            state: what they are in: running, stopped, terminated, pending, stopping, shutting-down.
            instance_type: such as ``m5.large``.

        Returns:
            Their ids, in the order in which DescribeInstances lists them.

        Raises:
            ValueError: there is no such state.
        """
        if state not in CODES:
            raise ValueError(f"instances cannot be {state!r}; there are {', '.join(CODES)}")
        place = region or self.region
        ec2 = backend("ec2", place)
        found: list[str] = []
        known = ec2.reservations
        try:
            for number in range(count):
                # moto looks through all instances there are for each new one; here it sees but the new one.
                ec2.reservations = {}
                reservation = ec2.run_instances(
                    _IMAGE,
                    1,
                    None,
                    [],
                    tags={"instance": tags_of(tags, number)},
                    instance_type=instance_type,
                    is_instance_type_default=True,  # not checked against the list of 800 types
                    region_name=place,
                )
                set_state(reservation.instances[0], state)
                known[reservation.id] = reservation
                found.append(reservation.instances[0].id)
        finally:
            ec2.reservations = known
        return found

    def instance_state(self, identifier: str, region: str | None = None) -> str:
        """The state of an instance, now.

        Raises:
            LookupError: there is no such instance in the region.
        """
        return str(self._instance(identifier, region).state)

    def set_instance_state(self, identifier: str, state: str, region: str | None = None) -> None:
        """Put an instance into a state, as if somebody else had.

        Raises:
            LookupError: there is no such instance in the region.
        """
        set_state(self._instance(identifier, region), state)

    def forget_instance(self, identifier: str, region: str | None = None) -> None:
        """Make an instance unknown, as one is an hour after its end.

        Raises:
            LookupError: there is no such instance in the region.
        """
        instance = self._instance(identifier, region)
        for reservation in instance.ec2_backend.reservations.values():
            if instance in reservation.instances:
                reservation.instances.remove(instance)

    def tag_instance(self, identifier: str, tags: Mapping[str, str], region: str | None = None) -> None:
        """Add tags to an instance, or change them.

        Raises:
            LookupError: there is no such instance in the region.
        """
        self._instance(identifier, region).add_tags(dict(tags))

    def volumes(
        self, count: int = 1, *, size: int = 8, tags: Tags | None = None, region: str | None = None
    ) -> list[str]:
        """Create volumes that no instance uses; ``size`` in GiB."""
        place = region or self.region
        ec2 = backend("ec2", place)
        found = []
        for number in range(count):
            volume = ec2.create_volume(size=size, zone_name=f"{place}a")
            volume.add_tags(tags_of(tags, number))
            found.append(str(volume.id))
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
            tags: None for a bucket without a set of tags (GetBucketTagging then gives NoSuchTagSet).
            created: when; now when None.
            versioned: whether it keeps versions.
            region: where.
        """
        s3 = backend("s3")
        bucket = s3.create_bucket(name, region or self.region)
        if tags:
            s3.put_bucket_tagging(name, dict(tags))
        if created is not None:
            bucket.creation_date = _naive(created)
        if versioned:
            bucket.versioning_status = "Enabled"
        return name

    def objects(
        self, bucket: str, keys: Iterable[str], *, body: bytes = b"", modified: datetime | None = None
    ) -> int:
        """Put an object under each key; in a versioned bucket a key that is there gets a new version.

        Args:
            bucket: its name.
            keys: any number, also the same again.
            body: the content of all of them.
            modified: when; now when None.

        Returns:
            How many.
        """
        s3 = backend("s3")
        number = 0
        for key in keys:
            made = s3.put_object(bucket, key, body, disable_notification=True)
            if modified is not None:
                made.last_modified = _naive(modified)
            number += 1
        return number

    def delete_markers(self, bucket: str, keys: Iterable[str], *, modified: datetime | None = None) -> int:
        """Delete keys of a versioned bucket without naming a version: each gets a delete marker.

        Returns:
            How many.
        """
        s3 = backend("s3")
        number = 0
        for key in keys:
            s3.delete_object(bucket, key)
            if modified is not None:
                s3.get_bucket(bucket).keys.getlist(key)[-1].last_modified = _naive(modified)
            number += 1
        return number

    def _instance(self, identifier: str, region: str | None) -> Any:
        place = region or self.region
        instance = backend("ec2", place).get_instance_by_id(identifier)
        if instance is None:
            raise LookupError(f"there is no instance {identifier!r} in {place}")
        return instance


def tags_of(tags: Tags | None, number: int) -> dict[str, str]:
    """The tags of the resource of a number."""
    return dict(tags(number) if callable(tags) else tags or {})


def _naive(moment: datetime) -> datetime:
    """As moto keeps moments: UTC, without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None) if moment.tzinfo else moment
