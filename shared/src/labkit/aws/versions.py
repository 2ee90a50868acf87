"""Pages of ListObjectVersions that stay right while versions are deleted.

moto looks for the version that a page ended with, and gives an empty page when that one is gone. So a
program that deletes as it lists, which is the way to purge a large bucket, would stop after the first page.
S3 goes on behind the place where the version was. Versions of a key come newest first ("Amazon S3 API
Reference", ListObjectVersions), also those of the same second. And no version is copied, so a page takes as
long in a bucket of ten thousand versions as in a small one.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from unittest import mock

Page = tuple[list[Any], list[str], list[Any], str | None, str | None]


class VersionPages:
    """In place of moto's method, from the first use until :meth:`stop`."""

    def __init__(self) -> None:
        self._patches = ExitStack()
        self._started = False
        #: Version id at the end of a page: the ids of the same key that were still to come.
        self._rest: dict[str, frozenset[str]] = {}

    def start(self) -> None:
        """Take effect; the import of moto's S3 is left to those who use it."""
        if self._started:
            return
        from moto.s3.models import FakeDeleteMarker, S3Backend

        def list_object_versions(
            backend: Any,
            bucket_name: str,
            delimiter: str | None = None,
            key_marker: str | None = None,
            max_keys: int | None = 1000,
            prefix: str = "",
            version_id_marker: str | None = None,
        ) -> Page:
            bucket = backend.get_bucket(bucket_name)
            items = self._items(bucket.keys, prefix, key_marker, version_id_marker)
            return self._page(items, len(prefix), delimiter, key_marker, max_keys, FakeDeleteMarker)

        self._patches.enter_context(
            mock.patch.object(S3Backend, "list_object_versions", list_object_versions)
        )
        self._started = True

    def stop(self) -> None:
        self._patches.close()
        self._rest.clear()
        self._started = False

    def _items(
        self, keys: Any, prefix: str, key_marker: str | None, version_marker: str | None
    ) -> Iterator[tuple[Any, list[Any]]]:
        """Versions behind the markers, each with the older ones of its key."""
        for name in sorted(keys):
            if not name.startswith(prefix) or (key_marker is not None and name < key_marker):
                continue
            versions = list(reversed(keys.getlist(name)))
            for version in versions:
                version.is_latest = version is versions[0]
            if name == key_marker:
                rest = self._rest.get(version_marker or "", frozenset())
                versions = [version for version in versions if str(version.version_id) in rest]
            for place, version in enumerate(versions):
                yield version, versions[place + 1 :]

    def _page(
        self,
        items: Iterator[tuple[Any, list[Any]]],
        prefix_length: int,
        delimiter: str | None,
        key_marker: str | None,
        max_keys: int | None,
        marker_kind: type,
    ) -> Page:
        versions: list[Any] = []
        deleted: list[Any] = []
        prefixes: dict[str, None] = {}
        last: tuple[str, str | None] = ("", None)
        rest: list[Any] = []
        for version, older in items:
            folder = _folder(version.name, prefix_length, delimiter)
            if folder and (folder in prefixes or folder == key_marker):
                continue
            if max_keys is not None and len(versions) + len(deleted) + len(prefixes) >= max_keys:
                if last[1] is not None:
                    self._rest[last[1]] = frozenset(str(other.version_id) for other in rest)
                return versions, list(prefixes), deleted, *last
            if folder:
                prefixes[folder] = None
                last = (folder, None)
                continue
            (deleted if isinstance(version, marker_kind) else versions).append(version)
            last = (version.name, str(version.version_id))
            rest = older
        return versions, list(prefixes), deleted, None, None


def _folder(name: str, prefix_length: int, delimiter: str | None) -> str:
    """The common prefix that a key is summed up under; empty for none."""
    if not delimiter or delimiter not in name[prefix_length:]:
        return ""
    return name[: name.index(delimiter, prefix_length) + len(delimiter)]
