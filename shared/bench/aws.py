"""The AWS endpoint: first and later calls, memory, and a large account, against moto's own server."""

from __future__ import annotations

import json
import statistics
from collections.abc import Iterator

from measuring import ROOT, Row, median, milliseconds, python

from labkit.aws.server import AwsServer

_INSTANCES, _CALLS = 2_000, 100
#: A process that starts one of the two servers, makes a hundred calls by boto3 and prints what they took.
_CALLER = """
import json, sys, time
import boto3, psutil
from botocore.config import Config

process = psutil.Process()
kind, service = sys.argv[1:3]
access = {"region_name": "eu-central-1", "aws_access_key_id": "labkit", "aws_secret_access_key": "labkit"}
if kind == "bare":
    from moto.server import ThreadedMotoServer

    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    url = f"http://{host}:{port}"
else:
    from labkit.aws.server import AwsServer

    server = AwsServer().start()
    url = server.url
client = boto3.client(service, endpoint_url=url, config=Config(retries={"total_max_attempts": 1}), **access)
call = client.describe_instances if service == "ec2" else client.list_buckets
taken = []
for _ in range(int(sys.argv[3])):
    began = time.perf_counter()
    call()
    taken.append(time.perf_counter() - began)
print(json.dumps({"taken": taken, "memory": process.memory_info().rss}))
server.stop()
"""


def rows(*, quick: bool) -> Iterator[Row]:
    times = 2 if quick else 5
    memory: dict[str, list[int]] = {"labkit": [], "bare": []}
    for service, name in (("ec2", "describe_instances"), ("s3", "list_buckets")):
        first: dict[str, list[float]] = {"labkit": [], "bare": []}
        hundredth: dict[str, list[float]] = {"labkit": [], "bare": []}
        for _ in range(times):
            for kind in ("labkit", "bare"):  # in turns, so that a busy moment meets both
                told = json.loads(python(["-c", _CALLER, kind, service, str(_CALLS)], ROOT))
                first[kind].append(told["taken"][0])
                # One call is a matter of luck: the last ten stand for the hundredth.
                hundredth[kind].append(statistics.median(told["taken"][-10:]))
                memory[kind].append(told["memory"])
        yield _compared(f"first call of {service} (`{name}`)", first)
        yield _compared(f"hundredth call of {service} (`{name}`)", hundredth)
    ours, bare = (statistics.median(memory[kind]) for kind in ("labkit", "bare"))
    yield Row(
        "memory of a process with the AWS endpoint and boto3, after a hundred calls",
        f"{ours / 2**20:.0f} MB",
        f"bare moto server {bare / 2**20:.0f} MB",
        ours / bare,
    )
    yield from _large(times)


def _compared(what: str, found: dict[str, list[float]]) -> Row:
    ours, bare = (statistics.median(found[kind]) for kind in ("labkit", "bare"))
    return Row(what, milliseconds(ours), f"bare moto server {milliseconds(bare)}", ours / bare)


def _large(times: int) -> Iterator[Row]:
    """An account with two thousand tagged instances: to fill it, and to list it page by page."""
    import boto3

    with AwsServer() as aws:
        client = boto3.client("ec2", **aws.client_arguments())

        def fill() -> None:
            aws.reset()
            aws.account.instances(_INSTANCES, tags=lambda number: {"Name": f"web-{number}"})

        def listed() -> int:
            pages = client.get_paginator("describe_instances").paginate()
            return sum(len(one["Instances"]) for page in pages for one in page["Reservations"])

        filled = median(fill, times)
        if listed() != _INSTANCES:
            raise RuntimeError("the pages do not hold all instances")
        yield Row(f"fill an AWS account with {_INSTANCES:,} tagged instances", milliseconds(filled))
        yield Row(f"`describe_instances` over {_INSTANCES:,} instances", milliseconds(median(listed, times)))
