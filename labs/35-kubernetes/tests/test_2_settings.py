import app_settings
import pytest
from kubernetes.client.exceptions import ApiException
from urllib3.exceptions import HTTPError

from labkit.checks import call, call_raises, expect
from labkit.faults import Drop, Refuse


def config_map(name, namespace="shop", **parts):
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": name, "namespace": namespace},
        **parts,
    }


def test_keys_in_alphabetical_order(kube):
    """The keys come back as a list in alphabetical order."""
    kube.seed([config_map("app-config", data={"LOG_LEVEL": "info", "DB_HOST": "db", "TIMEOUT": "30"})])
    call(app_settings.config_keys, "shop").returns(["DB_HOST", "LOG_LEVEL", "TIMEOUT"])


def test_another_name(kube):
    """The name of the ConfigMap is a parameter."""
    kube.seed([config_map("app-config", data={"A": "1"}), config_map("flags", data={"B": "1"})])
    call(app_settings.config_keys, "shop", "flags").returns(["B"])


def test_binary_keys_count(kube):
    """Keys of binary data are keys as well."""
    kube.seed([config_map("app-config", data={"A": "1"}, binaryData={"logo.png": "iVBO"})])
    call(app_settings.config_keys, "shop").returns(
        ["A", "logo.png"], look="a ConfigMap has data and binary_data, and either may be None"
    )


def test_a_config_map_without_data(kube):
    """A ConfigMap without data has no keys: an empty list."""
    kube.seed([config_map("app-config")])
    call(app_settings.config_keys, "shop").returns([], look="data is None when there is none")


def test_a_missing_config_map(kube):
    """A ConfigMap that does not exist gives None."""
    kube.seed([config_map("other")])
    call(app_settings.config_keys, "shop").returns(
        None, slips=[([], "there is a difference between no ConfigMap and one without keys")]
    )


def test_a_missing_namespace(kube):
    """In a namespace that does not exist there is no ConfigMap either: None."""
    call(app_settings.config_keys, "nowhere").returns(None)


def test_the_namespace_counts(kube):
    """A ConfigMap of another namespace is not taken."""
    kube.seed([config_map("app-config", "other", data={"A": "1"})])
    call(app_settings.config_keys, "shop").returns(None)


@pytest.mark.parametrize("status", [403, 500])
def test_other_errors_go_on(kube, status):
    """Every error but 404 goes on: not being allowed to look is not being absent."""
    kube.seed([config_map("app-config", data={"A": "1"})])
    kube.faults.inject(Refuse(match="/configmaps", at="request" if status == 403 else "internal"))
    with pytest.raises(ApiException) as caught:
        app_settings.config_keys("shop")
    expect(caught.value.status, "status of the ApiException").equals(status)


def test_a_server_that_is_away(kube):
    """Where there is no answer at all, the HTTPError goes on."""
    kube.seed([config_map("app-config", data={"A": "1"})])
    call(app_settings.config_keys, "shop").returns(["A"])
    kube.faults.inject(Drop(match="/configmaps", at="request"))
    call_raises(HTTPError, app_settings.config_keys, "shop")
