"""A service that is watched: a page of metrics to scrape, and pages for synthetic checks."""

from __future__ import annotations

from typing import ClassVar

from labkit.http.wire import Response
from labkit.services.base import Call, Routes, Service, text_answer
from labkit.services.pushgateway.service import PAGE
from labkit.services.pushgateway.text import Family, Sample, number, render

routes = Routes()


@routes.get("/metrics")
def page(target: ScrapeTarget, call: Call) -> Response:
    return text_answer(target.page(), content_type=PAGE)


@routes.get("/", "/{path*}")
def check(target: ScrapeTarget, call: Call) -> Response:
    status = target.pages.get(f"/{call.path.get('path', '')}", 404)
    return text_answer("ok\n" if status < 400 else f"status {status}\n", status)


class ScrapeTarget(Service):
    """An exporter on loopback, whose figures a test sets.

    Attributes:
        families: metrics by name.
        pages: path to the status that it answers with, for synthetic checks; ``/`` is 200.
    """

    name = "target"
    routes: ClassVar[Routes] = routes

    def begin(self) -> None:
        """No metrics, one page."""
        self.families: dict[str, Family] = {}
        self.pages: dict[str, int] = {"/": 200, "/health": 200}

    def page(self) -> str:
        """What a scrape gets."""
        return render(self.families.values())

    def gauge(self, name: str, value: float, help: str = "", **labels: str) -> None:  # noqa: A002
        """Set a gauge; any float, NaN and infinity too."""
        self._sample(name, "gauge", help, labels).value = float(value)

    def count(self, name: str, amount: float = 1, help: str = "", **labels: str) -> None:  # noqa: A002
        """Add to a counter.

        Raises:
            ValueError: counters do not go down; :meth:`restart` begins them again.
        """
        if amount < 0:
            raise ValueError(f"{name}: a counter cannot be decreased by {-amount}")
        self._sample(name, "counter", help, labels).value += amount

    def observe(
        self,
        name: str,
        value: float,
        buckets: tuple[float, ...] = (0.1, 0.5, 1.0, 5.0),
        help: str = "",  # noqa: A002
        **labels: str,
    ) -> None:
        """Add an observation to a histogram; ``buckets`` are the upper bounds, without infinity."""
        family = self.families.setdefault(name, Family(name, "histogram", help))
        for bound in (*buckets, float("inf")):
            sample = self._part(family, f"{name}_bucket", {**labels, "le": number(bound)})
            sample.value += value <= bound
        self._part(family, f"{name}_sum", labels).value += value
        self._part(family, f"{name}_count", labels).value += 1

    def restart(self) -> None:
        """All counters and histograms begin again, as after a restart of the process."""
        for family in self.families.values():
            if family.type != "gauge":
                for sample in family.samples:
                    sample.value = 0.0

    def _sample(self, name: str, kind: str, text: str, labels: dict[str, str]) -> Sample:
        return self._part(self.families.setdefault(name, Family(name, kind, text)), name, labels)

    @staticmethod
    def _part(family: Family, name: str, labels: dict[str, str]) -> Sample:
        for sample in family.samples:
            if (sample.name, sample.labels) == (name, labels):
                return sample
        family.samples.append(Sample(name, dict(labels), 0.0))
        return family.samples[-1]
