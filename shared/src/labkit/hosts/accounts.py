"""Who may use a machine: users, groups and what files they may touch."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Literal

from labkit.hosts.files.credentials import Credentials

#: Accounts every Debian system has, besides root and the people: name, uid, gid, home, shell.
_SYSTEM_ACCOUNTS = (
    ("daemon", 1, "/usr/sbin"),
    ("bin", 2, "/bin"),
    ("sys", 3, "/dev"),
    ("mail", 8, "/var/mail"),
    ("www-data", 33, "/var/www"),
    ("backup", 34, "/var/backups"),
    ("nobody", 65534, "/nonexistent"),
)
_SYSTEM_GROUPS = (
    ("root", 0),
    ("daemon", 1),
    ("bin", 2),
    ("sys", 3),
    ("adm", 4),
    ("tty", 5),
    ("disk", 6),
    ("mail", 8),
    ("sudo", 27),
    ("www-data", 33),
    ("backup", 34),
    ("users", 100),
    ("nogroup", 65534),
)


@dataclass
class User:
    """A person (or robot) with an account.

    Args:
        name: login name.
        password: what the account accepts for a login and for sudo; None locks the password.
        keys: public keys in OpenSSH form that may log in.
        sudo: False (not in the sudoers file), True (after the password) or ``"nopasswd"``.
        home: home folder; ``/home/<name>`` when None (``/root`` for root).
        shell: login shell, as shown in /etc/passwd.
        uid: user number; the next free one from 1000 when None.
        groups: further groups by name, besides the user's own.
    """

    name: str
    password: str | None = None
    keys: Sequence[str] = ()
    sudo: bool | Literal["nopasswd"] = False
    home: str | None = None
    shell: str = "/bin/bash"
    uid: int | None = None
    groups: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Account:
    """One line of /etc/passwd."""

    name: str
    uid: int
    gid: int
    home: str
    shell: str
    full_name: str = ""

    def line(self) -> str:
        return f"{self.name}:x:{self.uid}:{self.gid}:{self.full_name}:{self.home}:{self.shell}"


class UserTable:
    """The accounts of one machine. Iterating gives the :class:`User` objects, root first.

    ``table["ops"]`` is the user; a missing name raises KeyError with the names that exist.
    """

    def __init__(self, users: Sequence[User]) -> None:
        self._users: dict[str, User] = {}
        self._uids: dict[str, int] = {}
        if not any(user.name == "root" for user in users):
            self.add(User("root", uid=0, sudo="nopasswd"))
        for user in users:
            self.add(user)

    def add(self, user: User) -> User:
        """Create an account. Raises ValueError when the name is taken."""
        if user.name in self._users:
            raise ValueError(f"there is a user {user.name!r} already")
        if user.uid is not None:
            uid = user.uid
        elif user.name == "root":
            uid = 0
        else:
            uid = max((number for number in self._uids.values() if 1000 <= number < 60000), default=999) + 1
        self._users[user.name] = user
        self._uids[user.name] = uid
        return user

    def remove(self, name: str) -> None:
        """Delete an account; the files stay."""
        del self._users[name], self._uids[name]

    def __getitem__(self, name: str) -> User:
        try:
            return self._users[name]
        except KeyError:
            raise KeyError(f"no user {name!r}; there are {', '.join(self._users)}") from None

    def __contains__(self, name: object) -> bool:
        return name in self._users

    def __iter__(self) -> Iterator[User]:
        return iter(list(self._users.values()))

    def __len__(self) -> int:
        return len(self._users)

    def account(self, name: str) -> Account:
        """The passwd entry of a user. Raises KeyError for an unknown name."""
        user = self[name]
        uid = self._uids[name]
        home = user.home or ("/root" if name == "root" else f"/home/{name}")
        return Account(name, uid, uid, home, user.shell, "root" if uid == 0 else "")

    def accounts(self) -> list[Account]:
        """All passwd entries: root, the system's own, then people."""
        people = [self.account(user.name) for user in self]
        system = [
            Account(name, uid, uid, home, "/usr/sbin/nologin", name) for name, uid, home in _SYSTEM_ACCOUNTS
        ]
        return [a for a in people if a.uid == 0] + system + [a for a in people if a.uid != 0]

    def groups(self) -> list[tuple[str, int, list[str]]]:
        """All groups: name, number, members besides those whose primary group it is."""
        members: dict[str, list[str]] = {}
        for user in self:
            for group in self._supplementary(user):
                members.setdefault(group, []).append(user.name)
        table = [(name, gid, members.pop(name, [])) for name, gid in _SYSTEM_GROUPS]
        table += [(name, uid, members.pop(name, [])) for name, uid in self._uids.items() if uid]
        table += [(name, 900 + index, names) for index, (name, names) in enumerate(sorted(members.items()))]
        return table

    def _supplementary(self, user: User) -> list[str]:
        groups = list(user.groups)
        if user.sudo and user.name != "root" and "sudo" not in groups:
            groups.append("sudo")
        return groups

    def group_ids(self, name: str) -> list[tuple[int, str]]:
        """The groups a user is in, primary first, as (number, name)."""
        primary = self.account(name).gid
        found = [(gid, group) for group, gid, members in self.groups() if name in members or gid == primary]
        return sorted(found, key=lambda pair: (pair[0] != primary, pair[0]))

    def credentials(self, name: str) -> Credentials:
        """What the filesystem needs to know to judge a user's access."""
        account = self.account(name)
        if account.uid == 0:
            return Credentials(0, 0)
        return Credentials(account.uid, account.gid, frozenset(gid for gid, _group in self.group_ids(name)))

    def uid_of(self, name: str) -> int | None:
        return next((account.uid for account in self.accounts() if account.name == name), None)

    def gid_of(self, name: str) -> int | None:
        return next((gid for group, gid, _members in self.groups() if group == name), None)

    def user_name(self, uid: int) -> str:
        """The name of a user number, or the number itself as text."""
        return next((account.name for account in self.accounts() if account.uid == uid), str(uid))

    def group_name(self, gid: int) -> str:
        return next((group for group, number, _members in self.groups() if number == gid), str(gid))

    def check_password(self, name: str, password: str) -> bool:
        """Whether the account exists, has a password and it is this one."""
        return name in self and self[name].password is not None and self[name].password == password
