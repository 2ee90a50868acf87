"""Creating and replacing objects. Source: k8s.io/apiserver/pkg/endpoints/handlers and pkg/registry/rest."""

from __future__ import annotations

import re
from typing import Any

import pytest
from kube_wire_requests import APPS, CORE, Api, config_map, deployment, pod, service

MAPS = f"{CORE}/configmaps"
HANDLED = 'ConfigMap in version "v1" cannot be handled as a ConfigMap: '


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (
            b"{nope",
            (
                "couldn't get version/kind; json parse error: invalid character 'n' looking for beginning of "
                "object key string"
            ),
        ),
        (b"{", "couldn't get version/kind; json parse error: unexpected end of JSON input"),
        (
            b"nope",
            (
                "couldn't get version/kind; json parse error: invalid character 'n' looking for "
                "beginning of value"
            ),
        ),
        (
            b'{"a" 1}',
            "couldn't get version/kind; json parse error: invalid character '1' after object key",
        ),
        (
            b'{"a": 1 "b"}',
            "couldn't get version/kind; json parse error: invalid character '\"' after object key:value pair",
        ),
        (b"{} x", "couldn't get version/kind; json parse error: invalid character 'x' after top-level value"),
        (
            {"kind": "Secret", "apiVersion": "v1"},
            (
                'Secret in version "v1" cannot be handled as a ConfigMap: converting (v1.Secret) to '
                "(core.ConfigMap): unknown conversion"
            ),
        ),
        (
            {"kind": "ConfigMap", "apiVersion": "v9"},
            (
                'ConfigMap in version "v9" cannot be handled as a ConfigMap: no kind "ConfigMap" is '
                "registered for "
                'version "v9" in scheme "pkg/api/legacyscheme/scheme.go:30"'
            ),
        ),
        (
            config_map(data={"k": 1}),
            f"{HANDLED}json: cannot unmarshal number into Go struct field ConfigMap.data of type string",
        ),
        (
            config_map(data=["k"]),
            (
                f"{HANDLED}json: cannot unmarshal array into Go struct field ConfigMap.data of type "
                f"map[string]string"
            ),
        ),
        (
            config_map(immutable="yes"),
            f"{HANDLED}json: cannot unmarshal string into Go struct field ConfigMap.immutable of type bool",
        ),
        (
            config_map(metadata={"labels": {"a": True}}),
            (
                f"{HANDLED}json: cannot unmarshal bool into Go struct field ObjectMeta.metadata.labels "
                f"of type string"
            ),
        ),
        (config_map(binaryData={"b": "%"}), f"{HANDLED}illegal base64 data at input byte 0"),
        (
            config_map(metadata={"namespace": "other"}),
            "the namespace of the provided object does not match the namespace sent on the request",
        ),
    ],
)
def test_body_that_cannot_be_read(api: Api, body: Any, message: str) -> None:
    """A body that is not JSON, not this kind, or of the wrong types is refused with 400, as Go decodes it."""
    status, found = api.send("POST", MAPS, body)
    assert (status, found["reason"], found["message"]) == (400, "BadRequest", message)


@pytest.mark.parametrize(
    ("path", "body", "message"),
    [
        (
            f"{APPS}/deployments",
            deployment(replicas="2"),
            (
                'Deployment in version "v1" cannot be handled as a Deployment: json: cannot unmarshal '
                "string into "
                "Go struct field DeploymentSpec.spec.replicas of type int32"
            ),
        ),
        (
            f"{CORE}/pods",
            pod(container={"env": [{"name": "A", "value": 1}]}),
            (
                'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number into Go '
                "struct field "
                "EnvVar.spec.containers.env.value of type string"
            ),
        ),
        (
            f"{CORE}/pods",
            pod(terminationGracePeriodSeconds=1.5),
            (
                'Pod in version "v1" cannot be handled as a Pod: json: cannot unmarshal number 1.5 into '
                "Go struct "
                "field PodSpec.spec.terminationGracePeriodSeconds of type int64"
            ),
        ),
        (
            f"{CORE}/pods",
            pod(container={"resources": {"limits": {"cpu": "lots"}}}),
            (
                'Pod in version "v1" cannot be handled as a Pod: quantities must match the regular '
                "expression "
                "'^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"
            ),
        ),
        (
            "/apis/coordination.k8s.io/v1/namespaces/default/leases",
            {"metadata": {"name": "l"}, "spec": {"renewTime": "noon"}},
            (
                'Lease in version "v1" cannot be handled as a Lease: parsing time "noon" as '
                '"2006-01-02T15:04:05.000000Z07:00": cannot parse "noon" as "2006"'
            ),
        ),
    ],
)
def test_wrong_type_names_the_go_field(api: Api, path: str, body: Any, message: str) -> None:
    """A value of the wrong type is refused with the struct, the path without indices, and the Go type."""
    status, found = api.send("POST", path, body)
    assert (status, found["message"]) == (400, message)


@pytest.mark.parametrize(
    ("method", "path", "status", "reason", "message"),
    [
        ("GET", f"{CORE}/nothings", 404, "NotFound", "the server could not find the requested resource"),
        ("GET", f"{MAPS}/none", 404, "NotFound", 'configmaps "none" not found'),
        ("GET", f"{APPS}/deployments/none", 404, "NotFound", 'deployments.apps "none" not found'),
        ("GET", f"{MAPS}/none/status", 404, "NotFound", "the server could not find the requested resource"),
        ("POST", f"{MAPS}/a", 405, "MethodNotAllowed", "the server does not allow this method"),
        ("PUT", MAPS, 405, "MethodNotAllowed", "the server does not allow this method"),
        ("PATCH", MAPS, 405, "MethodNotAllowed", "the server does not allow this method"),
        ("POST", "/api/v1/configmaps", 405, "MethodNotAllowed", "the server does not allow this method"),
        ("POST", "/api/v1/namespaces/none/configmaps", 404, "NotFound", 'namespaces "none" not found'),
        ("DELETE", f"{MAPS}/none", 404, "NotFound", 'configmaps "none" not found'),
        ("DELETE", "/api/v1/namespaces/default", 403, "Forbidden", 'namespaces "default" is forbidden: this'),
        ("DELETE", "/api/v1/namespaces", 405, "MethodNotAllowed", "the server does not allow this method"),
        ("OPTIONS", MAPS, 405, "MethodNotAllowed", "the server does not allow this method"),
    ],
)
def test_path_and_method(api: Api, method: str, path: str, status: int, reason: str, message: str) -> None:
    """An unknown object, resource, or method is answered with 404, 405 or 403 and a Status."""
    code, found = api.send(method, path, config_map() if method in ("POST", "PUT", "PATCH") else b"")
    assert (code, found["reason"], found["code"]) == (status, reason, status)
    assert found["message"].startswith(message)


@pytest.mark.parametrize(
    "path", ["/apis/nothing.example.com/v1/things", "/api/v2/pods", "/apis/apps/v9/x", "/x"]
)
def test_path_outside_all_groups(api: Api, path: str) -> None:
    """A path outside the served groups gives a plain-text 404, not a Status."""
    assert api.send("GET", path) == (404, "404 page not found\n")


@pytest.mark.parametrize("kind", ["application/vnd.kubernetes.protobuf", "text/plain", "application/cbor"])
def test_body_of_another_media_type(api: Api, kind: str) -> None:
    """A body that is neither JSON nor YAML is refused with 415 and the media types that are read."""
    status, found = api.send("POST", MAPS, b"k8s\x00", kind)
    assert (status, found["reason"]) == (415, "UnsupportedMediaType")
    assert found["message"] == (
        "the body of the request was in an unknown format - accepted media types include: "
        "application/json, application/yaml"
    )


CREATE, UPDATE = "CreateOptions.meta.k8s.io", "UpdateOptions.meta.k8s.io"


@pytest.mark.parametrize(
    ("method", "query", "message"),
    [
        (
            "POST",
            "dryRun=some",
            f'{CREATE} "" is invalid: dryRun: Unsupported value: "some": supported values: "All"',
        ),
        (
            "POST",
            "fieldValidation=Hard",
            (
                f'{CREATE} "" is invalid: fieldValidation: Unsupported value: "Hard": supported values: '
                f'"", "Ignore", '
                '"Strict", "Warn"'
            ),
        ),
        (
            "POST",
            "fieldManager=" + "m" * 129,
            f'{CREATE} "" is invalid: fieldManager: Too long: may not be more than 128 bytes',
        ),
        (
            "PUT",
            "dryRun=some",
            f'{UPDATE} "" is invalid: dryRun: Unsupported value: "some": supported values: "All"',
        ),
        (
            "DELETE",
            "propagationPolicy=Slow",
            (
                'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Unsupported value: "Slow": '
                "supported "
                'values: "Foreground", "Background", "Orphan", "nil"'
            ),
        ),
        (
            "DELETE",
            "propagationPolicy=Orphan&orphanDependents=true",
            (
                'DeleteOptions.meta.k8s.io "" is invalid: propagationPolicy: Invalid value: "Orphan": '
                "orphanDependents "
                "and deletionPropagation cannot be both set"
            ),
        ),
    ],
)
def test_options_that_cannot_be(api: Api, method: str, query: str, message: str) -> None:
    """Options with values that they cannot have are refused with 422 and called by their type."""
    api.post(MAPS, config_map("a"))
    body = config_map("a") if method != "DELETE" else b""
    path = MAPS if method == "POST" else f"{MAPS}/a"
    status, found = api.send(method, f"{path}?{query}", body)
    assert (status, found["reason"], found["message"]) == (422, "Invalid", message)
    assert found["details"]["group"] == "meta.k8s.io"


def test_create_sets_what_only_the_server_sets(api: Api) -> None:
    """A new object gets uid, time and revision, whatever the client sent for them."""
    sent = {"uid": "mine", "creationTimestamp": "2001-01-01T00:00:00Z", "generation": 7, "selfLink": "/x"}
    metadata = api.post(MAPS, config_map("a", metadata=sent))["metadata"]
    assert re.fullmatch(
        r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}", metadata["uid"]
    )
    assert metadata["creationTimestamp"] == "2026-03-02T10:00:00Z"
    assert metadata["resourceVersion"].isdigit()
    assert not {"generation", "selfLink"} & set(metadata)


def test_create_with_a_revision_is_refused(api: Api) -> None:
    """An object to be created must not carry a revision; the real server calls that an internal error."""
    status, found = api.send("POST", MAPS, config_map("a", metadata={"resourceVersion": "5"}))
    assert (status, found["message"]) == (500, "resourceVersion should not be set on objects to be created")


def test_second_create_conflicts(api: Api) -> None:
    """A taken name gives 409 AlreadyExists with the resource and the name."""
    api.post(MAPS, config_map("a"))
    status, found = api.send("POST", MAPS, config_map("a"))
    assert (status, found["reason"], found["message"]) == (
        409,
        "AlreadyExists",
        'configmaps "a" already exists',
    )
    assert found["details"] == {"name": "a", "kind": "configmaps"}


def test_generated_names_differ(api: Api) -> None:
    """A generateName gives the prefix and five letters that make no words, each time others."""
    names = [api.post(MAPS, {"metadata": {"generateName": "job-"}})["metadata"]["name"] for _ in range(20)]
    assert all(re.fullmatch("job-[bcdfghjklmnpqrstvwxz2456789]{5}", name) for name in names)
    assert len(set(names)) == 20


@pytest.mark.parametrize("mode", ["Warn", "Ignore", "Strict"])
def test_unknown_fields(api: Api, mode: str) -> None:
    """Unknown fields are dropped with a warning, dropped in silence, or refused, as fieldValidation says."""
    body = {**config_map("a"), "bogus": 1, "metadata": {"name": "a", "colour": "red"}}
    headers = {"Content-Type": "application/json"}
    response = api.ask("POST", f"{MAPS}?fieldValidation={mode}", body, headers)
    if mode == "Strict":
        message = response.json()["message"]
        assert response.status == 400
        assert message == (
            f'{HANDLED}strict decoding error: unknown field "metadata.colour", unknown field "bogus"'
        )
        return
    assert response.status == 201
    assert not {"bogus"} & set(response.json())
    warnings = response.headers.get("Warning", "")
    expected = '299 - "unknown field \\"metadata.colour\\"", 299 - "unknown field \\"bogus\\""'
    assert warnings == (expected if mode == "Warn" else "")


def test_replace_with_an_old_revision_conflicts(api: Api) -> None:
    """A PUT with a revision that is not the present one gives 409 and changes nothing."""
    old = api.post(MAPS, config_map("a"))
    new = {**old, "data": {"k": "2"}}
    assert api.send("PUT", f"{MAPS}/a", new)[0] == 200
    status, found = api.send("PUT", f"{MAPS}/a", {**old, "data": {"k": "3"}})
    assert (status, found["reason"]) == (409, "Conflict")
    assert found["message"] == (
        'Operation cannot be fulfilled on configmaps "a": the object has been modified; please apply your '
        "changes to the latest version and try again"
    )
    assert api.get(f"{MAPS}/a")["data"] == {"k": "2"}


def test_replace_with_another_uid_conflicts(api: Api) -> None:
    """A PUT that means another object of the same name gives 409 with both uids."""
    uid = api.post(MAPS, config_map("a"))["metadata"]["uid"]
    status, found = api.send("PUT", f"{MAPS}/a", config_map("a", metadata={"uid": "other"}))
    assert status == 409
    assert f"Precondition failed: UID in precondition: other, UID in object meta: {uid}" in found["message"]


@pytest.mark.parametrize(
    ("metadata", "message"),
    [
        ({"name": "b"}, "the name of the object (b) does not match the name on the URL (a)"),
        ({}, "the name of the object (a based on URL) was undeterminable: name must be provided"),
        (
            {"name": "a", "namespace": "other"},
            "the namespace of the object (other) does not match the namespace on the request (default)",
        ),
    ],
)
def test_replace_of_another_object(api: Api, metadata: Any, message: str) -> None:
    """A PUT whose object is named otherwise than its path is refused with 400."""
    api.post(MAPS, config_map("a"))
    status, found = api.send("PUT", f"{MAPS}/a", {"metadata": metadata})
    assert (status, found["message"]) == (400, message)


def test_replace_that_changes_nothing_keeps_the_revision(api: Api) -> None:
    """A write without a change gives no new revision and no event."""
    before = api.post(MAPS, config_map("a"))["metadata"]["resourceVersion"]
    status, found = api.send("PUT", f"{MAPS}/a", config_map("a"))
    assert (status, found["metadata"]["resourceVersion"]) == (200, before)


def test_lease_is_made_by_put_and_needs_its_revision(api: Api) -> None:
    """A PUT makes a Lease that is not there; afterwards it must name the revision."""
    path = "/apis/coordination.k8s.io/v1/namespaces/default/leases/l"
    body = {"metadata": {"name": "l"}, "spec": {"holderIdentity": "a"}}
    assert api.send("PUT", path, body)[0] == 201
    status, found = api.send("PUT", path, body)
    assert (status, found["details"]["causes"][0]["field"]) == (422, "metadata.resourceVersion")
    assert found["details"]["causes"][0]["message"] == "Invalid value: 0: must be specified for an update"


def test_dry_run_stores_nothing(api: Api) -> None:
    """A dry run answers as the real write would and leaves the store alone."""
    status, found = api.send("POST", f"{MAPS}?dryRun=All", config_map("a"))
    assert (status, found["data"]) == (201, {"k": "v"})
    assert api.send("GET", f"{MAPS}/a")[0] == 404
    api.post(MAPS, config_map("a"))
    assert api.send("PUT", f"{MAPS}/a?dryRun=All", config_map("a", data={"k": "2"}))[1]["data"] == {"k": "2"}
    assert api.send("DELETE", f"{MAPS}/a?dryRun=All")[0] == 200
    assert api.get(f"{MAPS}/a")["data"] == {"k": "v"}


def test_generation_counts_changes_of_the_specification(api: Api) -> None:
    """Labels and status leave the generation alone; the specification counts it up."""
    path = f"{APPS}/deployments/d"
    assert api.post(f"{APPS}/deployments", deployment())["metadata"]["generation"] == 1
    assert api.patch(path, {"metadata": {"labels": {"a": "b"}}})["metadata"]["generation"] == 1
    assert api.patch(f"{path}/status", {"status": {"replicas": 2}})["metadata"]["generation"] == 1
    assert api.patch(path, {"spec": {"paused": True}})["metadata"]["generation"] == 2


def test_status_and_object_are_written_apart(api: Api) -> None:
    """A write to the object leaves the status alone, a write to the status leaves the rest alone."""
    path = f"{APPS}/deployments/d"
    api.post(f"{APPS}/deployments", {**deployment(), "status": {"replicas": 9}})
    api.patch(path, {"status": {"replicas": 7}})
    assert api.get(path)["status"].get("replicas") is None
    changed = api.patch(f"{path}/status", {"spec": {"replicas": 9}, "status": {"replicas": 1}})
    assert (changed["spec"]["replicas"], changed["status"]) == (2, {"replicas": 1})


IMMUTABLE = "field is immutable when `immutable` is set"


@pytest.mark.parametrize(
    ("path", "body", "change", "cause"),
    [
        (
            "configmaps",
            config_map("x", immutable=True),
            {"data": {"k": "2"}},
            ("data", "FieldValueForbidden", f"Forbidden: {IMMUTABLE}"),
        ),
        (
            "configmaps",
            config_map("x", immutable=True),
            {"immutable": False},
            ("immutable", "FieldValueForbidden", f"Forbidden: {IMMUTABLE}"),
        ),
        (
            "secrets",
            {"metadata": {"name": "x"}},
            {"type": "kubernetes.io/other"},
            ("type", "FieldValueInvalid", 'Invalid value: "kubernetes.io/other": field is immutable'),
        ),
        (
            "services",
            service("x", clusterIP="10.96.0.50"),
            {"spec": {"clusterIP": "10.96.0.51"}},
            (
                "spec.clusterIPs[0]",
                "FieldValueInvalid",
                'Invalid value: "10.96.0.51": may not change once set',
            ),
        ),
        (
            "pods",
            pod("x"),
            {"spec": {"containers": [{"name": "main", "image": "a:1"}, {"name": "b", "image": "b:1"}]}},
            (
                "spec.containers",
                "FieldValueForbidden",
                "Forbidden: pod updates may not add or remove containers",
            ),
        ),
    ],
)
def test_change_that_is_not_allowed(
    api: Api, path: str, body: Any, change: Any, cause: tuple[str, str, str]
) -> None:
    """Fields that are fixed once an object is there cannot be changed (Validate...Update)."""
    api.post(f"{CORE}/{path}", body)
    status, found = api.send("PATCH", f"{CORE}/{path}/x", change, "application/merge-patch+json")
    assert (status, found["reason"]) == (422, "Invalid")
    causes = [(one["field"], one["reason"], one["message"]) for one in found["details"]["causes"]]
    assert cause in causes


def test_pod_allows_a_new_image_and_nothing_else(api: Api) -> None:
    """A pod's image can be changed; other fields cannot, and the message lists those that can."""
    api.post(f"{CORE}/pods", pod("x"))
    kind = "application/strategic-merge-patch+json"
    image = {"spec": {"containers": [{"name": "main", "image": "b:2"}]}}
    assert api.patch(f"{CORE}/pods/x", image, kind)["spec"]["containers"][0]["image"] == "b:2"
    status, found = api.send("PATCH", f"{CORE}/pods/x", {"spec": {"restartPolicy": "Never"}}, kind)
    assert status == 422
    assert found["message"].startswith(
        'Pod "x" is invalid: spec: Forbidden: pod updates may not change fields other than '
        "`spec.containers[*].image`,`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
    )


def test_defaults_of_a_pod(api: Api) -> None:
    """A pod gets the defaults of the real server (pkg/apis/core/v1/defaults.go)."""
    made = api.post(f"{CORE}/pods", pod("x", container={"image": "nginx", "ports": [{"containerPort": 80}]}))
    spec, container = made["spec"], made["spec"]["containers"][0]
    assert (spec["restartPolicy"], spec["dnsPolicy"], spec["schedulerName"]) == (
        "Always",
        "ClusterFirst",
        "default-scheduler",
    )
    assert (container["imagePullPolicy"], container["ports"][0]["protocol"]) == ("Always", "TCP")
    assert [one["tolerationSeconds"] for one in spec["tolerations"]] == [300, 300]
    assert made["status"] == {"phase": "Pending", "qosClass": "BestEffort"}


@pytest.mark.parametrize(
    ("resources", "quality"),
    [
        ({}, "BestEffort"),
        ({"requests": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1"}}, "Burstable"),
        ({"limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
        ({"requests": {"cpu": 1, "memory": "1Gi"}, "limits": {"cpu": "1", "memory": "1Gi"}}, "Guaranteed"),
    ],
)
def test_quality_of_service(api: Api, resources: Any, quality: str) -> None:
    """The class follows from requests and limits (pkg/apis/core/v1/helper/qos)."""
    made = api.post(f"{CORE}/pods", pod("x", container={"resources": resources}))
    assert made["status"]["qosClass"] == quality


def test_terminating_namespace_takes_nothing_new(api: Api) -> None:
    """Nothing can be created in a namespace that is being deleted."""
    api.store.delete(api.registry.named("namespaces"), None, "other")
    status, found = api.send("POST", "/api/v1/namespaces/other/configmaps", config_map("a"))
    assert (status, found["reason"]) == (403, "Forbidden")
    assert found["message"] == (
        'configmaps "a" is forbidden: unable to create new content in namespace other because it is being '
        "terminated"
    )
    assert found["details"]["causes"] == [
        {
            "reason": "NamespaceTerminating",
            "message": "namespace other is being terminated",
            "field": "metadata.namespace",
        }
    ]


@pytest.mark.parametrize(
    ("body", "code", "words"),
    [
        (b"", 400, "couldn't get version/kind; json parse error: unexpected end of JSON input"),
        (b"[]", 400, "json: cannot unmarshal array into Go value"),
        (b'"pod"', 400, "json: cannot unmarshal string into Go value"),
        (b"7", 400, "json: cannot unmarshal number into Go value"),
        (b"true", 400, "json: cannot unmarshal bool into Go value"),
        (b"null", 422, "metadata.name: Required value: name or generateName is required"),
    ],
)
def test_a_body_that_is_no_object(api: Api, body: bytes, code: int, words: str) -> None:
    """What is no JSON object is refused as encoding/json words it; null is an empty object."""
    status, found = api.send("POST", f"{CORE}/pods", body)
    assert (status, found["kind"]) == (code, "Status")
    assert words in found["message"]


def test_a_change_of_a_pod_is_shown_as_go_shows_it(api: Api) -> None:
    """The refusal of a change names the fields as the structures of Go have them, with both values."""
    made = api.post(f"{CORE}/pods", pod("moves"))
    body = {**made, "spec": {**made["spec"], "nodeName": "node-b"}}
    status, found = api.send("PUT", f"{CORE}/pods/moves", body)
    assert status == 422
    assert '+ \tNodeName: "node-b",' in found["message"]
