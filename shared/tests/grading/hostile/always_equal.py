"""Returns an object that is equal to everything, of every kind."""
# expect: failed


class _Anything:
    __class__ = property(lambda self: list)

    def __eq__(self, other):
        return True

    __hash__ = None

    def __len__(self):
        return 2

    def __iter__(self):
        return iter((self, self))


def mark(figures):
    return _Anything()


def total(figures):
    return _Anything()
