"""Raises an exception that says it is another one, and describes itself by raising."""
# expect: failed, crashed


class _Liar(Exception):
    __class__ = property(lambda self: StopIteration)

    def __str__(self):
        raise self

    __repr__ = __str__

    def with_traceback(self, trace):
        raise self


def mark(figures):
    raise _Liar


total = mark
