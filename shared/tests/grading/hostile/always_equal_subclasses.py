"""Returns lists and numbers of its own kinds, that are equal to everything."""
# expect: failed


class _Number(int):
    def __eq__(self, other):
        return True

    def __ne__(self, other):
        return False

    __hash__ = int.__hash__


class _Text(str):
    def __eq__(self, other):
        return True

    __hash__ = str.__hash__


class _List(list):
    def __eq__(self, other):
        return True

    def __len__(self):
        return 2

    __hash__ = None

    def __iter__(self):
        return iter((_Number(1), _Text("no")))


def mark(figures):
    return _List()


def total(figures):
    return _Number(1)
