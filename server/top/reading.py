"""Client of a server's metrics page, parsed back into a counter snapshot."""

from __future__ import annotations

import math
import ssl
import urllib.error
import urllib.parse
import urllib.request
from typing import TYPE_CHECKING

from prometheus_client.parser import text_string_to_metric_families

from rewards.errors import ServerUnavailableError
from rewards.wire.addresses import is_local_host
from rewards.wire.token_files import client_token
from server.telemetry.definitions import METRICS, Histogram
from server.telemetry.registry import Snapshot

if TYPE_CHECKING:
    from pathlib import Path

    from prometheus_client.core import Metric as Family

    from server.telemetry.registry import Series

__all__ = ["Page", "snapshot_of"]

_SECONDS = 5.0
_LONGEST_PAGE = 1 << 24


class Page:
    """The metrics page at `host:port`.

    Args:
        address: `host:port`, or the URL of the page.
        tls_ca: PEM file of trusted root certificates; None for plaintext.
        token_file: file that holds a bearer token; None for no token.
    """

    def __init__(self, address: str, *, tls_ca: Path | None = None, token_file: Path | None = None) -> None:
        scheme = "http" if tls_ca is None else "https"
        self.url = address if "://" in address else f"{scheme}://{address}/metrics"
        self._context = None if tls_ca is None else ssl.create_default_context(cafile=str(tls_ca))
        self._headers = {"Accept": "text/plain"}
        if token_file is not None:
            self._headers["Authorization"] = f"Bearer {client_token(token_file)}"

    def read(self) -> Snapshot:
        """Fetch the page and return the server's counters.

        Raises:
            ServerUnavailableError: the page cannot be fetched or parsed.
        """
        if not self.url.startswith(("http://", "https://")):
            message = f"{self.url} is no address of metrics; give HOST:PORT"
            raise ServerUnavailableError(message)
        try:
            request = urllib.request.Request(self.url, headers=self._headers)  # noqa: S310  # checked above
            with self._opener().open(request, timeout=_SECONDS) as response:
                page = response.read(_LONGEST_PAGE).decode()
            return snapshot_of(page)
        except (urllib.error.URLError, OSError, ValueError) as error:
            if isinstance(error, urllib.error.HTTPError):
                error.close()
            message = f"no metrics at {self.url}: {getattr(error, 'reason', None) or error}"
            raise ServerUnavailableError(message) from error

    def _opener(self) -> urllib.request.OpenerDirector:
        handlers: list[urllib.request.BaseHandler] = [urllib.request.HTTPSHandler(context=self._context)]
        if is_local_host(urllib.parse.urlsplit(self.url).hostname or ""):
            handlers.append(urllib.request.ProxyHandler({}))  # no proxy of the environment leads there
        return urllib.request.build_opener(*handlers)


def snapshot_of(page: str) -> Snapshot:
    """Parse the known metrics of a metrics page.

    Raises:
        ValueError: the page is malformed.
    """
    series: dict[str, Series] = {}
    for family in text_string_to_metric_families(page):
        metric = METRICS.get(family.name) or METRICS.get(f"{family.name}_total")
        if metric is None:
            continue
        found = series.setdefault(metric.name, {})
        if isinstance(metric, Histogram):
            _read_histogram(family, metric, found)
            continue
        for sample in family.samples:
            if sample.name == metric.name:
                found[tuple(sample.labels.get(label, "") for label in metric.labels)] = [sample.value]
    return Snapshot(series)


def _read_histogram(family: Family, metric: Histogram, found: Series) -> None:
    places = {bound: at for at, bound in enumerate((*metric.buckets, math.inf))}
    for sample in family.samples:
        labels = tuple(sample.labels.get(label, "") for label in metric.labels)
        values = found.setdefault(labels, [0.0] * metric.width)
        if sample.name.endswith("_sum"):
            values[-1] = sample.value
        elif (at := places.get(float(sample.labels.get("le", "nan")))) is not None:
            values[at] = sample.value
    for values in found.values():  # each bucket of the page holds those below it as well
        for at in range(len(metric.buckets), 0, -1):
            values[at] -= values[at - 1]
