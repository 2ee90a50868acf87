"""A simulated Prometheus Pushgateway, and a target that Prometheus may scrape.

Source: README of the Pushgateway (github.com/prometheus/pushgateway), a recording of version 1.5.1, and
"Exposition formats" (prometheus.io/docs/instrumenting/exposition_formats), text version 0.0.4.
"""

from labkit.services.pushgateway.service import Pushgateway
from labkit.services.pushgateway.target import ScrapeTarget

__all__ = ["Pushgateway", "ScrapeTarget"]
