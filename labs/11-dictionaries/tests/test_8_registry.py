import config_registry
import pytest

from labkit.checks import call, call_raises, call_with_answers, expect


def registry():
    return {
        "web": {"host": "10.0.0.5", "port": 8080, "state": "RUNNING"},
        "db": {"host": "db.example.com", "port": 5432, "state": "STOPPED"},
    }


WEB = "web: 10.0.0.5:8080 RUNNING"
DB = "db: db.example.com:5432 STOPPED"


def test_the_line():
    """The line of a service has name, host, port and state."""
    call(config_registry.service_line, "web", registry()["web"]).returns(WEB)


def test_a_service_is_found():
    """A service is found by its name."""
    call(config_registry.find_service, registry(), "db").returns(registry()["db"])


def test_an_unknown_service():
    """An unknown service raises LookupError, which says the known ones in alphabetical order."""
    call_raises(LookupError, config_registry.find_service, registry(), "cache", saying=["cache", "db, web"])


def test_no_service_at_all():
    """When there are no services, the LookupError says none."""
    call_raises(LookupError, config_registry.find_service, {}, "cache", saying=["cache", "known: none"])


@pytest.mark.parametrize(
    ("setting", "value", "kept"),
    [
        ("port", "9090", 9090),
        ("port", " 1 ", 1),
        ("port", "65535", 65535),
        ("host", "10.0.0.6", "10.0.0.6"),
        ("host", "  web.example.com ", "web.example.com"),
    ],
)
def test_a_change(setting, value, kept):
    """A changed service has the new value, is RESTARTING, and keeps the rest; True comes back."""
    services = registry()
    changed = config_registry.change_service(services, "web", setting, value)
    expect(changed, f"change_service(registry, 'web', {setting!r}, {value!r})").equals(True)
    expected = registry()
    expected["web"] |= {setting: kept, "state": "RESTARTING"}
    expect(services, "the registry after it").equals(expected)


@pytest.mark.parametrize(("setting", "value"), [("port", "8080"), ("host", " 10.0.0.5 "), ("port", "08080")])
def test_nothing_to_change(setting, value):
    """A value that the service has already changes nothing, its state included; False comes back."""
    services = registry()
    changed = config_registry.change_service(services, "web", setting, value)
    expect(changed, f"change_service(registry, 'web', {setting!r}, {value!r})").equals(
        False, look="a port is a number; its text is never equal to it" if setting == "port" else ""
    )
    expect(services, "the registry after it").equals(registry())


@pytest.mark.parametrize("value", ["0", "65536", "-1", "abc", "", "80.5"])
def test_bad_ports(value):
    """A port that is no whole number from 1 to 65535 raises ValueError, and nothing is changed."""
    services = registry()
    parts = ["port", "65535", value] if value else ["port", "65535"]
    call_raises(ValueError, config_registry.change_service, services, "web", "port", value, saying=parts)
    expect(services, "the registry after the error").equals(registry())


@pytest.mark.parametrize("value", ["", "  "])
def test_an_empty_host(value):
    """An empty host raises ValueError, and nothing is changed."""
    services = registry()
    call_raises(ValueError, config_registry.change_service, services, "web", "host", value, saying="host")
    expect(services, "the registry after the error").equals(registry())


@pytest.mark.parametrize("setting", ["state", "ports", ""])
def test_unknown_settings(setting):
    """Another setting raises ValueError, which says the two there are; nothing is added."""
    services = registry()
    call_raises(
        ValueError, config_registry.change_service, services, "web", setting, "1", saying=["host, port"]
    )
    expect(services, "the registry after the error").equals(registry())


def test_changing_an_unknown_service():
    """Changing an unknown service raises LookupError, and puts none in."""
    services = registry()
    call_raises(LookupError, config_registry.change_service, services, "cache", "port", "1", saying="cache")
    expect(services, "the registry after the error").equals(registry())


def talk(services, *answers):
    return call_with_answers(list(answers), config_registry.main, services)


def test_query():
    """Query asks for the service and prints its line."""
    services = registry()
    talk(services, "query", "db", "exit").prints(f"choice: service: {DB}\nchoice: bye\n")
    expect(services, "the registry").equals(registry())


def test_list():
    """List prints the line of each service, in alphabetical order of their names."""
    talk(registry(), "list", "exit").prints(f"choice: {DB}\n{WEB}\nchoice: bye\n")


def test_list_of_nothing():
    """List says no services when there are none."""
    talk({}, "list", "exit").prints("choice: no services\nchoice: bye\n")


def test_update():
    """Update asks for three things, changes the service and prints its new line."""
    services = registry()
    talk(services, "update", "web", "port", "9000", "exit").prints(
        "choice: service: host or port: value: web: 10.0.0.5:9000 RESTARTING\nchoice: bye\n"
    )
    expect(services["web"], "the service after it").equals(
        {"host": "10.0.0.5", "port": 9000, "state": "RESTARTING"}
    )


def test_update_with_the_same():
    """Update with the value that is there says nothing changed."""
    services = registry()
    talk(services, "update", "web", "host", "10.0.0.5", "exit").prints(
        "choice: service: host or port: value: nothing changed\nchoice: bye\n"
    )
    expect(services, "the registry").equals(registry())


def test_remove():
    """Remove takes the service out of the registry and says so."""
    services = registry()
    talk(services, "remove", "web", "exit").prints("choice: service: web removed\nchoice: bye\n")
    expect(services, "the registry after it").equals({"db": registry()["db"]})


@pytest.mark.parametrize("choice", ["query", "update", "remove"])
def test_an_unknown_service_in_the_menu(choice):
    """An unknown service is said at once, before further questions, and the menu goes on."""
    talked = talk(registry(), choice, "cache", "list", "exit")
    talked.says("cache", "db, web", DB, WEB, "bye")
    talked.asks(4)


def test_a_bad_port_in_the_menu():
    """A bad value is said, changes nothing, and the menu goes on."""
    services = registry()
    talked = talk(services, "update", "web", "port", "http", "query", "web", "exit")
    talked.says("port", "65535", WEB, "bye")
    talked.says("http", WEB, "bye")
    expect(services, "the registry").equals(registry())


def test_blanks_and_case():
    """Blanks around answers do not matter, nor does the case of choices and settings."""
    services = registry()
    talk(services, " UPDATE ", " web ", " Port ", " 81 ", "List", " Exit ").says(
        ":81 RESTARTING", DB, ":81 RESTARTING", "bye"
    )


def test_unknown_choices():
    """Another choice is said, together with those there are, and the menu goes on."""
    talk(registry(), "stop", "Stop it", "list", "exit").prints(
        "choice: no choice stop; known: query, update, remove, list, exit\n"
        "choice: no choice stop it; known: query, update, remove, list, exit\n"
        f"choice: {DB}\n{WEB}\nchoice: bye\n"
    )


@pytest.mark.parametrize("answers", [[], ["query"], ["update", "web", "port"], ["list"]])
@pytest.mark.parametrize("interrupt", [False, True], ids=["end of input", "Ctrl-C"])
def test_the_end(answers, interrupt):
    """The end of input and Ctrl-C end the menu at any question, with bye on a line of its own."""
    services = registry()
    talked = talk(services, *answers, *([KeyboardInterrupt] if interrupt else []))
    talked.expect(talked.printed[-5:], "the end of what is printed").equals("\nbye\n")
    expect(services, "the registry").equals(registry())
