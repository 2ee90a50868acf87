"""Nothing a command does may reach the real machine."""

from __future__ import annotations

import subprocess
import sys

SCRIPT = '''
import sys
from labkit.hosts import Machine
host = Machine()
host.run("true; ls | cat; awk 1 /etc/passwd; sed p /etc/motd; tar cz /etc | tar tz; gzip -c /etc/motd | zcat")
touched = []
def watch(event, arguments):
    if event.split(".")[0] in ("open", "os", "subprocess", "socket", "shutil", "pty", "glob", "tempfile"):
        touched.append((event, str(arguments)[:80]))
sys.addaudithook(watch)
COMMANDS = """
rm -rf --no-preserve-root / ; touch /tmp/x ~/y; cat /etc/passwd /etc/hostname; ls -laR / ; find / -delete
echo x > /tmp/z; cp /etc/passwd /tmp; mv /tmp/passwd /tmp/q; tar cf /tmp/t.tar /etc; tar xf /tmp/t.tar -C /tmp
chmod 777 /; mkdir -p /a/b; ln -s / /tmp/root; ls /tmp/root/; kill -9 1; sudo reboot; sh -c 'yes | head -1'
cat ../../../../../../etc/passwd; cd /; dd if=/dev/zero of=/tmp/zero count=1; mktemp; date; . /etc/profile
cat /proc/self/environ; $(which python3) -c 1; /usr/bin/env ls; ./x; exec ls; bash -i; nohup ls & wait
"""
for user in ("ops", "root"):
    for line in COMMANDS.strip().splitlines():
        host.run(line, user=user)
print(touched)
'''


def test_no_real_file_process_or_socket() -> None:
    """Hostile and careless commands cause no audit event for files, processes or sockets."""
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_import_is_light() -> None:
    """Importing labkit.hosts loads neither the shell nor any command."""
    code = "import sys, labkit.hosts; print([m for m in sys.modules if m.startswith('labkit.hosts.')])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_machines_share_nothing() -> None:
    """Files, accounts, services and packages of one machine do not show on another."""
    from labkit.hosts import Machine

    one, two = Machine("a"), Machine("b")
    one.run("echo x > /etc/motd; rm /etc/fstab; systemctl stop nginx; apt-get install -y unzip", user="root")
    done = two.run("cat /etc/motd; ls /etc/fstab; systemctl is-active nginx; which unzip; cat /etc/hostname")
    assert b"x\n" not in done.stdout.split(b"\n", 1)[0]
    assert done.stdout.endswith(b"/etc/fstab\nactive\nb\n")


def test_fifty_machines_are_lazy() -> None:
    """A new machine has made no file yet; the tree grows where somebody looks."""
    from labkit.hosts import Machine

    host = Machine()
    assert host.files._tree.root.entries == {}
    host.run("cat /proc/loadavg")
    assert host.files._tree.root.entries["etc"].entries == {}
