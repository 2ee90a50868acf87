import inspect
import locale

import health_guard
import pytest
from kubernetes.client.exceptions import ApiException

from labkit.checks import expect
from labkit.faults import Drop, Expire, Refuse, Throttle
from labkit.kube.behaviour import CrashLoop, Exits, ImagePull, NotReady, OomKilled, Running, Unschedulable

SHOP = "shop"


def pod(name, *containers, namespace=SHOP, **spec):
    made = [{"name": each, "image": f"registry.example/{each}:1"} for each in containers or ("app",)]
    meta = {"name": name, "namespace": namespace}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": meta, "spec": {"containers": made, **spec}}


def the_incident(shop, result):
    """The only incident, apart from the one that ends each test."""
    found = shop.incidents(result)
    result.expect(len(found), "number of incidents").equals(1)
    return found[0]


def test_a_crash_loop_is_one_incident(shop):
    """A container that crashes again and again is one incident, with reason and exit code of its end."""
    result = shop.guard((2, shop.crashing("pay")), seconds=60)
    shop.caught(result, "pay/app")
    incident = the_incident(shop, result)
    expect((incident.reason, incident.exit_code), "reason and exit code").equals(("Error", 2))
    uid = shop.kube.get("pods", "pay", SHOP)["metadata"]["uid"]
    expect(incident.uid, "uid of the incident").equals(uid)


def test_the_log_is_saved(shop):
    """The log of the crash is saved under pod, uid and container."""
    shop.guard((2, shop.crashing("pay")))
    shop.has_saved("pay")
    uid = shop.kube.get("pods", "pay", SHOP)["metadata"]["uid"]
    folder = shop.folder / "pay" / uid / "app"
    expect(folder.is_dir(), f"there is a folder incidents/pay/{uid}/app").equals(True)


def test_what_has_crashed_before(shop):
    """What is in a crash loop already when the guard begins is an incident."""
    shop.crashing("pay")()
    shop.kube.clock.advance(45)
    result = shop.guard(seconds=10)
    shop.caught(result, "pay/app", look="look at the pods that are there, before you wait for changes")


def test_both_logs_are_saved(shop):
    """The log of the run that is there and that of the run before it are saved, each under its name."""
    shop.crashing("pay")()
    shop.kube.clock.advance(45)
    shop.guard(seconds=10)
    files = shop.saved("pay")
    expect(sorted(files), "files of the incident").equals(["current.log", "previous.log"])
    runs = [int(files[name].split()[-1]) for name in ("previous.log", "current.log")]
    expect(
        runs[1] - runs[0], f"runs between previous.log (run {runs[0]}) and current.log (run {runs[1]})"
    ).equals(1, look="the log of the run before comes with previous=True")


def test_a_crash_that_is_over(shop):
    """A container that crashed once and runs again is an incident: its last state tells."""
    shop.crashing("pay")()
    shop.kube.clock.advance(2)
    shop.calm("pay")()
    shop.kube.clock.advance(30)
    status = shop.kube.get("pods", "pay", SHOP)["status"]["containerStatuses"][0]
    expect("running" in status["state"], "it runs again by now").equals(True)
    result = shop.guard(seconds=10)
    shop.caught(
        result, "pay/app", look="the state is running again; last_state still has how the run before ended"
    )


def test_out_of_memory(shop):
    """A container that was killed for its memory is an incident with that reason and exit code."""
    incident = the_incident(shop, shop.guard((2, shop.crashing("pay", behaviour=OomKilled(log="FATAL\n")))))
    expect((incident.reason, incident.exit_code), "reason and exit code").equals(("OOMKilled", 137))


def test_a_loop_without_errors(shop):
    """A container that ends with 0 again and again, and is in CrashLoopBackOff for it, is an incident."""
    result = shop.guard((2, shop.crashing("pay", behaviour=Exits(exit_code=0, log="FATAL\n"))), seconds=60)
    shop.caught(result, "pay/app")
    incident = the_incident(shop, result)
    expect((incident.reason, incident.exit_code), "reason and exit code").equals(("Completed", 0))


def test_containers_are_told_apart(shop):
    """Of several containers those that crash are incidents, each for itself, with its own log."""

    def scene():
        for container in ("app", "mail"):
            crash = CrashLoop(exit_code=3, log=f"{container} FATAL\n")
            shop.kube.behave("pay", crash, namespace=SHOP, container=container)
        shop.kube.seed([pod("pay", "proxy", "app", "mail")], settle=0)

    result = shop.guard((2, scene), seconds=40)
    shop.caught(result, "pay/app", "pay/mail")
    for container in ("app", "mail"):
        texts = set(shop.saved("pay", container).values())
        expect(texts, f"logs of container {container}").equals(
            {f"{container} FATAL\n"}, look="ask for the container"
        )
    expect(shop.saved("pay", "proxy"), "logs of the container that runs").equals({})


@pytest.mark.parametrize("which", ["current", "previous"])
def test_each_log_is_that_of_its_container(shop, which):
    """Where two containers crash, each has its own log of the present run and of the run before."""

    def crash(container):
        return CrashLoop(exit_code=3, log=lambda run: f"{container} FATAL in run {run}\n")

    for container in ("app", "mail"):
        shop.kube.behave("pay", crash(container), namespace=SHOP, container=container)
    shop.kube.seed([pod("pay", "app", "mail")], settle=0)
    shop.kube.clock.advance(45)
    shop.guard(seconds=10)
    for container in ("app", "mail"):
        text = shop.saved("pay", container).get(f"{which}.log", "")
        expect(text.split(" in ")[0], f"beginning of {which}.log of {container}").equals(
            f"{container} FATAL", look="ask for the container, for both logs"
        )


def test_a_log_of_another_language(shop):
    """Logs are written in UTF-8, whatever encoding this machine takes for its own."""
    shop.crashing("pay", behaviour=CrashLoop(exit_code=2, log="FATAL: Gerät fehlt\n"))()
    shop.kube.clock.advance(2)
    before = locale.setlocale(locale.LC_CTYPE)
    locale.setlocale(locale.LC_CTYPE, "C")
    try:
        result = shop.guard(seconds=10)
    finally:
        locale.setlocale(locale.LC_CTYPE, before)
    shop.caught(result, "pay/app")
    expect("FATAL: Gerät fehlt\n" in shop.saved("pay").values(), "the log is saved in UTF-8").equals(
        True, look="name the encoding, or the machine chooses one"
    )


def test_what_waits_for_an_image_has_not_crashed(shop):
    """A container that has ended with 0, and waits for something else than a restart, is no incident."""
    status = {"name": "app", "ready": False, "restartCount": 1, "image": "i", "imageID": ""}
    ended = {"terminated": {"exitCode": 0, "reason": "Completed"}}
    waits = {**status, "state": {"waiting": {"reason": "ImagePullBackOff"}}, "lastState": ended}
    shop.kube.seed([{**pod("pull"), "status": {"phase": "Running", "containerStatuses": [waits]}}])
    result = shop.guard((2, shop.crashing("pay")))
    shop.caught(result, "pay/app", look="a container may wait for many reasons")


def test_what_is_no_incident(shop):
    """Pods that run, are not ready, are pending, or have done their work are no incidents."""
    shop.kube.behave("slow", NotReady())
    shop.kube.behave("pull", ImagePull())
    shop.kube.behave("big", Unschedulable("no"))
    shop.kube.behave("job", Exits(exit_code=0))

    def scene():
        shop.kube.seed([pod("slow"), pod("pull"), pod("big"), pod("job", restartPolicy="Never")], settle=0)

    result = shop.guard((1, scene), (10, shop.crashing("pay")), seconds=30)
    shop.caught(result, "pay/app", look="container_statuses of a pod that no node has taken is None")


def test_a_pod_that_is_told_to_end(shop):
    """A container that ends because its pod is deleted has not crashed, whatever its exit code."""
    shop.kube.behave("old", Running(stop=60))
    shop.kube.seed([pod("old")])
    result = shop.guard((3, shop.remove("old", grace=2)), (12, shop.crashing("pay")))
    shop.caught(result, "pay/app", look="a pod that is being deleted has a deletion_timestamp")


def test_other_namespaces_are_not_guarded(shop):
    """Only the given namespace is guarded, and only it is asked for."""
    shop.kube.faults.inject(Refuse(match="/api/v1/pods$"))

    def elsewhere():
        shop.kube.behave("far", CrashLoop(exit_code=1), namespace="other")
        shop.kube.seed([pod("far", namespace="other")], settle=0)

    shop.caught(shop.guard((1, elsewhere), (2, shop.crashing("pay"))), "pay/app")


def test_a_new_pod_of_the_same_name(shop):
    """A pod that is made again under the same name is another pod, and its crash another incident."""
    result = shop.guard(
        (2, shop.crashing("pay")), (12, shop.remove("pay")), (16, shop.crashing("pay")), seconds=40
    )
    found = [f"{one.pod}/{one.container}" for one in shop.incidents(result)]
    expect(found, "incidents").equals(["pay/app", "pay/app"], look="the uid tells the two pods apart")
    expect(len({one.uid for one in shop.incidents(result)}), "different uids").equals(2)


def test_nothing_happens(shop):
    """Where nothing crashes, the guard ends when it is told, without incidents and without files."""
    shop.caught(shop.guard(seconds=25))
    found = [one.name for one in shop.folder.iterdir() if not one.name.startswith("zz-last")]
    expect(found, "folders of incidents").equals([])


def test_a_watch_ends_by_itself(shop):
    """Whoever watches gives the watch an end after ten seconds at most; whoever polls pauses no longer."""
    shop.guard(seconds=20)
    ends = [
        request.query.get("timeoutSeconds") for request in shop.kube.requests if request.query.get("watch")
    ]
    endless = [end for end in ends if not end or not 1 <= int(str(end)) <= 10]
    expect(endless, "timeout_seconds of watches that are not between 1 and 10").equals(
        [], look="a watch ends after the timeout_seconds that it is given, so that until() is asked again"
    )
    expect([pause for pause in shop.pauses if pause > 10], "pauses of more than ten seconds").equals([])


def test_what_happens_between_list_and_watch(shop):
    """What crashes just after the pods were listed is not missed."""
    done = []

    def hook(request):
        ours = request.headers.get("user-agent") == "labkit-seed"
        if not done and not ours and request.method == "GET" and request.flag("watch"):
            done.append(request)
            shop.crashing("pay")()
            shop.kube.clock.advance(3)

    shop.kube.app.before.append(hook)
    try:
        # For a guard that does not watch, the same crash comes a little later.
        result = shop.guard((8, lambda: done or shop.crashing("pay")()), seconds=25)
    finally:
        shop.kube.app.before.remove(hook)
    shop.caught(
        result, "pay/app", look="a watch goes on where the list ended, at the list's resource_version"
    )


@pytest.mark.parametrize("loss", ["cut", "end", "expired"])
def test_a_watch_that_is_lost(shop, loss):
    """A watch that is cut, ends, or expires: no incident is missed, none comes twice."""
    lose = {"cut": shop.kube.cut_watches, "end": shop.kube.end_watches, "expired": shop.kube.expire_watches}[
        loss
    ]
    result = shop.guard(
        (2, shop.crashing("one")),
        (8, lose),
        (9, shop.crashing("two")),
        (14, lose),
        (16, shop.crashing("three")),
        seconds=40,
    )
    shop.caught(result, "one/app", "two/app", "three/app")


def test_a_watch_that_is_cut_in_the_middle_of_events(shop):
    """A watch that is cut after an event goes on with the next one."""
    shop.kube.faults.inject(Drop(at="watch", after=2, times=1))
    shop.kube.faults.inject(Expire(at="watch", after=5, times=1))
    result = shop.guard((2, shop.crashing("one")), (4, shop.crashing("two")), seconds=40)
    shop.caught(result, "one/app", "two/app")


def test_a_history_that_is_gone(shop):
    """When the history is forgotten (410), it looks at everything again, and repeats nothing."""

    def gone():
        shop.kube.cut_watches()
        shop.crashing("two")()
        shop.kube.clock.advance(4)
        shop.kube.compact()

    result = shop.guard((2, shop.crashing("one")), (10, gone), (16, shop.crashing("three")), seconds=45)
    shop.caught(
        result,
        "one/app",
        "two/app",
        "three/app",
        look="after 410 list again, and watch from that list's resource_version",
    )


def test_an_api_server_that_restarts(shop):
    """While the API server is away the guard tries again after a pause; what crashed meanwhile is found."""

    def away():
        shop.kube.faults.inject(Drop(at="request", times=12))
        shop.kube.cut_watches()

    result = shop.guard((2, shop.crashing("one")), (8, away), (9, shop.crashing("two")), seconds=60)
    shop.caught(result, "one/app", "two/app")
    expect([pause for pause in shop.pauses if pause > 0] != [], "it paused before it tried again").equals(
        True
    )


@pytest.mark.parametrize(
    "fault", ["too many requests", "too many requests, with Retry-After", "overload", "internal"]
)
def test_a_server_that_is_busy(shop, fault):
    """429, 503 and 500 for a moment do no harm: the guard tries again after a pause."""
    faults = {
        "too many requests": Throttle(match="/pods$", after=1, times=2, retry_after=0),
        "too many requests, with Retry-After": Throttle(match="/pods", after=2, times=6),
        "overload": Throttle(match="/pods", at="overload", after=2, times=6),
        "internal": Refuse(match="/pods$", at="internal", after=1, times=2),
    }
    shop.kube.faults.inject(faults[fault])
    result = shop.guard(
        (2, shop.crashing("one")), (10, shop.kube.cut_watches), (12, shop.crashing("two")), seconds=60
    )
    shop.caught(result, "one/app", "two/app")


def test_what_the_guard_may_not_see(shop):
    """When the pods may not be listed or watched (403), the ApiException goes on."""
    shop.kube.faults.inject(Refuse(match="/pods$"))
    problem = shop.guard(seconds=30, raising=True)
    came = f"{type(problem).__name__} {getattr(problem, 'status', '')}".strip()
    refused = isinstance(problem, ApiException) and problem.status == 403
    expect(refused, f"guard raised ApiException 403 (it was {came})").equals(
        True, look="a refusal does not pass: let it go on to the caller"
    )


def test_logs_that_may_not_be_read(shop):
    """A crash whose logs may not be read is an incident without files, and the guard goes on."""
    shop.kube.faults.inject(Refuse(match="/pods/one/log"))
    result = shop.guard((2, shop.crashing("one")), (10, shop.crashing("two")), seconds=30)
    shop.caught(result, "one/app", "two/app")
    expect(shop.saved("one"), "files of the incident without logs").equals({})
    shop.has_saved("two")


def test_logs_that_come_at_the_second_try(shop):
    """A log that a busy server refuses for a moment (500) is asked for again."""
    shop.kube.faults.inject(Refuse(match="/pods/pay/log", at="internal", times=2))
    result = shop.guard((2, shop.crashing("pay")), seconds=40)
    shop.caught(result, "pay/app")
    shop.has_saved("pay", look="a 500 for a log is no answer: pause, and ask again")
    paused = [pause for pause in shop.pauses if 1 <= pause <= 10]
    expect(len(paused) >= 2, "a pause of 1 to 10 seconds before each further try").equals(True)


@pytest.mark.parametrize("trouble", ["no answer", "internal", "too many requests"])
def test_logs_that_come_at_the_fifth_try(shop, trouble):
    """A log is asked for up to five times, also that of what has crashed before."""
    shop.crashing("pay")()
    shop.kube.clock.advance(45)
    faults = {
        # The client itself tries each request four times when the connection is cut.
        "no answer": Drop(match="/pods/pay/log", at="request", times=16),
        "internal": Refuse(match="/pods/pay/log", at="internal", times=4),
        "too many requests": Throttle(match="/pods/pay/log", retry_after=0, times=4),
    }
    shop.kube.faults.inject(faults[trouble])
    shop.caught(shop.guard(seconds=60), "pay/app")
    look = "no answer, 429 and 5xx may pass: pause, and ask again, five times in all"
    expect(sorted(shop.saved("pay")), "files of the incident").equals(
        ["current.log", "previous.log"], look=look
    )


def test_previous_logs_that_come_late(shop):
    """A previous log that is refused for a moment (500) is asked for again."""
    shop.crashing("pay")()
    shop.kube.clock.advance(45)
    shop.kube.faults.inject(Refuse(match="/pods/pay/log", at="internal", after=1, times=2))
    shop.caught(shop.guard(seconds=60), "pay/app")
    look = "no answer, 429 and 5xx may pass: pause, and ask again, five times in all"
    expect(sorted(shop.saved("pay")), "files of the incident").equals(
        ["current.log", "previous.log"], look=look
    )


def test_logs_that_never_come(shop):
    """After five tries the guard does without a log."""
    shop.kube.faults.inject(Refuse(match="/pods/pay/log", at="internal"))
    shop.caught(shop.guard((2, shop.crashing("pay")), seconds=90), "pay/app")
    expect(asked(shop, "pay"), "requests for the two logs of the container").equals(10)


def test_logs_that_nobody_answers_for(shop):
    """Where there is no answer for a log, five times, the guard does without it as well."""
    shop.kube.faults.inject(Drop(match="/pods/one/log", at="request"))
    result = shop.guard((2, shop.crashing("one")), (40, shop.crashing("two")), seconds=120)
    shop.caught(
        result, "one/app", "two/app", look="no answer for a log must not keep the guard from the rest"
    )
    shop.has_saved("two")


def test_a_refused_log_is_not_asked_for_again(shop):
    """A log that may not be read (403) is asked for once."""
    shop.kube.faults.inject(Refuse(match="/pods/pay/log"))
    shop.caught(shop.guard((2, shop.crashing("pay")), seconds=30), "pay/app")
    expect(asked(shop, "pay"), "requests for the two logs of the container").equals(
        2, look="a refusal does not pass: asking again is of no use"
    )


def asked(shop, name):
    """How often a log of this pod was asked for."""
    return sum(request.path.endswith(f"/pods/{name}/log") for request in shop.kube.requests)


def test_a_pod_that_is_gone(shop):
    """When the pod is gone before its log is read, the guard goes on."""
    removed = []

    def hook(request):
        if not removed and request.path.endswith("/pods/one/log"):
            removed.append(request)
            shop.remove("one")()

    shop.kube.app.before.append(hook)
    try:
        result = shop.guard((2, shop.crashing("one")), (12, shop.crashing("two")), seconds=30)
    finally:
        shop.kube.app.before.remove(hook)
    shop.caught(result, "one/app", "two/app")
    shop.has_saved("two")


def test_a_second_guard(shop):
    """A guard that begins again later, with the same folder, does not report what is saved there already."""
    first = shop.guard((2, shop.crashing("one")), seconds=20)
    shop.caught(first, "one/app")
    second = shop.guard((2, shop.crashing("two")), seconds=20)
    shop.caught(second, "two/app", look="what has a folder already was reported by an earlier guard")


def test_who_waits_when_nobody_says(shop):
    """Without sleep the guard pauses by the clock of this machine."""
    shop.caught(shop.guard((2, shop.crashing("pay"))), "pay/app")
    given = inspect.signature(health_guard.guard).parameters["sleep"].default
    expect(getattr(given, "__name__", ""), "function that is the default of sleep").equals("sleep")


def test_a_folder_that_cannot_be_written(shop):
    """When a log cannot be written, the OSError goes on to the caller."""
    shop.crashing("pay")()
    shop.kube.clock.advance(2)
    shop.folder.write_text("a file where the folder should be")
    problem = shop.guard(seconds=30, raising=True)
    expect(isinstance(problem, OSError), f"guard raised an OSError (it was {type(problem).__name__})").equals(
        True, look="trying again helps where the cluster is in trouble, not where this machine is"
    )
