"""Where faults can strike over SSH; the usual stage of each comes first.

* ``connect``: a TCP connection was accepted and the banner not sent. Operation: ``connection <number>``.
* ``auth``: a login is judged. Operation: ``password <user>`` or ``key <user>``.
* ``exec``: a command or shell starts. Operation: the command line, empty for a shell.
* ``exit``: everything was written, the exit status was not sent. Operation: as for ``exec``.
* ``sftp``: a request for files. Operation: ``subsystem``, ``open <path>``, ``read <path>``, ``rename <from>
  <to>`` ...
"""

from __future__ import annotations

from labkit.faults import Drop, Expire, Fault, Hang, Malformed, Refuse, Skew, Slow, Throttle

SSH_STAGES: dict[type[Fault], tuple[str, ...]] = {
    Hang: ("exec", "connect", "auth", "exit", "sftp"),
    Drop: ("exec", "connect", "auth", "exit", "sftp"),
    Slow: ("exec", "connect", "sftp"),
    Refuse: ("connect", "auth", "exec", "sftp"),
    Throttle: ("connect",),
    Malformed: ("connect", "exec", "sftp"),
    Expire: ("auth",),
    Skew: ("exec",),
}


def check_ssh_fault(fault: Fault, stage: str) -> None:
    """Refuse what an SSH server cannot act out.

    Raises:
        ValueError: a closed port that should count the clients it turned away, or pick them.
    """
    if isinstance(fault, Refuse) and stage == "connect" and (fault.times or fault.match or fault.chance < 1):
        raise ValueError(
            "Refuse at connect closes the port, and nobody sees who knocks: times, match and chance "
            "cannot be used; put it in place with faults.during(Refuse()), or take it away with faults.remove"
        )
