"""The gRPC server of one process: listen, report health, reload, and drain on shutdown."""

from __future__ import annotations

import asyncio
import logging
import os
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from rewards.answers.judge import Judge
from rewards.answers.limits import Limits
from rewards.answers.pool.news import EXIT_REASONS, WORKER_STATES
from rewards.errors import InvalidParameterError
from rewards.verdict import Status
from server.catalogue import Catalogue
from server.inline import InlineRecipes
from server.observer import Observer
from server.recipe_texts import texts_of
from server.scheduling.admission import Admission
from server.scheduling.budget import Budget
from server.scheduling.fair_scheduler import FairScheduler
from server.security import TokenCheck, certificates_of, credentials_of
from server.service import SERVICE, RewardService
from server.telemetry import definitions as of
from server.telemetry.definitions import MetricFunction
from server.tokens import Tokens

if TYPE_CHECKING:
    from server.config import ServerConfig
    from server.recipe_texts import Texts
    from server.security import Pem
    from server.watched import ReloadingFiles

__all__ = ["Serving"]

_log = logging.getLogger(__name__)

_THREADS = 2
"""Scoring threads: a second one runs beside a slow task; more would only contend for the GIL."""

_WARM_UP_SECONDS = 30.0

_READ_AHEAD_BYTES = 1 << 20
"""Flow control window per stream: one frame of read-ahead, to bound memory."""


class Serving:
    """gRPC server in this process.

    Args:
        config: server settings.
        observer: receives events; none by default.
        texts: recipe texts; by default read from where `config` says.

    Raises:
        UnknownRecipeError: no recipe of a name or path.
        RecipeError: a recipe that cannot be built.
        InvalidParameterError: a file that cannot be read.
    """

    def __init__(
        self, config: ServerConfig, observer: Observer | None = None, texts: Texts | None = None
    ) -> None:
        self._config = config
        limits = Limits() if config.workers is None else Limits(workers=config.workers)
        self._observer = observer or Observer()
        self._judge = Judge(limits, judged=self._observer.on_judged)
        self._executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="scoring")
        self._catalogue = Catalogue(texts or texts_of(config.recipes), judge=self._judge)
        inline = InlineRecipes(allowed=config.inline_recipes, judge=self._judge)
        self._budget = Budget(config.max_pending_bytes)
        scheduler = FairScheduler(self._executor, _THREADS)
        self._service = RewardService(self._catalogue, inline, scheduler, self._budget, self._observer)
        self._health = health.aio.HealthServicer()  # type: ignore[attr-defined]
        self._announced: set[str] = set()
        self._tokens = Tokens(config.auth_token_file) if config.auth_token_file else None
        self._certificates = certificates_of(config)
        self._server = grpc.aio.server(
            interceptors=[
                *([TokenCheck(self._tokens, self._observer)] if self._tokens else []),
                Admission(f"{SERVICE}/Score", self._budget, self._observer),
            ],
            options=[
                ("grpc.so_reuseport", 1),
                ("grpc.max_receive_message_length", config.max_message_bytes),
                ("grpc.max_send_message_length", -1),  # bounded by what was received
                ("grpc.http2.lookahead_bytes", _READ_AHEAD_BYTES),
                ("grpc.http2.bdp_probe", 0),  # to measure the connection, and adapt to it, costs a twentieth
                ("grpc.max_connection_age_ms", max(1, round(1000 * config.connection_seconds))),
                ("grpc.keepalive_time_ms", 60_000),  # a client that is gone without a word is noticed
                ("grpc.http2.min_ping_interval_without_data_ms", 5_000),  # clients ping every ten seconds
                ("grpc.keepalive_permit_without_calls", 1),
            ],
        )

    @property
    def recipes(self) -> list[str]:
        """Titles `name@version` of the recipes."""
        return [summary.title for summary in self._catalogue.summaries]

    async def start(self) -> str:
        """Start listening and return the address; health turns to SERVING once the workers are warm.

        Raises:
            InvalidParameterError: the address cannot be opened.
        """
        self._server.add_generic_rpc_handlers((self._service.handlers(),))
        health_pb2_grpc.add_HealthServicer_to_server(self._health, self._server)
        reflection.enable_server_reflection(
            (SERVICE, health.SERVICE_NAME, reflection.SERVICE_NAME), self._server
        )
        await self._tell(health_pb2.HealthCheckResponse.NOT_SERVING)
        self._observer.register_functions(self._functions())
        self._observer.on_recipes_loaded(self._catalogue.summaries, self._catalogue.environment_digest)
        address = self._open()
        await self._server.start()
        await self._warm_up()
        await self._tell(health_pb2.HealthCheckResponse.SERVING)
        return address

    async def reload(self, texts: Texts) -> None:
        """Load recipes from `texts` for new calls; calls in progress keep the recipe they started with.

        Raises:
            RecipeError: a recipe cannot be built; the current recipes stay in force.
        """
        build = partial(Catalogue, texts, judge=self._judge)
        self._catalogue = await asyncio.get_running_loop().run_in_executor(self._executor, build)
        self._service.use(self._catalogue)
        self._observer.on_recipes_loaded(self._catalogue.summaries, self._catalogue.environment_digest)
        await self._tell(health_pb2.HealthCheckResponse.SERVING)

    def reload_failed(self, reason: str) -> None:
        """Report a failed reload, after which the current recipes stay in force."""
        self._observer.on_reload_failed(reason)

    async def stop(self) -> None:
        """Drain accepted calls within the grace period, then stop."""
        await self._health.enter_graceful_shutdown()
        self._service.stop()
        await self._server.stop(self._config.grace_seconds)
        self._judge.close()
        self._executor.shutdown(wait=False, cancel_futures=True)

    def _functions(self) -> list[MetricFunction]:
        """Return the metrics of state that others keep."""
        budget, judge = self._budget, self._judge
        files = {"tokens": self._tokens, "certificates": self._certificates}
        return [
            MetricFunction(of.PENDING_BYTES, lambda: budget.held),
            MetricFunction(of.PENDING_BYTES_LIMIT, lambda: budget.size),
            MetricFunction(of.WAITING_FRAMES, lambda: budget.waiting),
            MetricFunction(of.PENDING_ANSWERS, lambda: judge.num_open),
            MetricFunction(of.ANSWERS, lambda: judge.stats.remembered, ("cache",)),
            MetricFunction(of.ANSWERS, lambda: judge.stats.decided, ("rules",)),
            MetricFunction(of.ANSWERS, lambda: judge.stats.joined, ("shared",)),
            MetricFunction(of.ANSWERS, lambda: judge.stats.sent, ("pool",)),
            *(MetricFunction(of.WORKERS, partial(_workers, judge, lane), (lane,)) for lane in WORKER_STATES),
            *(MetricFunction(of.WORKER_KILLS, partial(_deaths, judge, why), (why,)) for why in EXIT_REASONS),
            *(
                MetricFunction(of.STALE_FILES, partial(_stale, file), (name,))
                for name, file in files.items()
                if file is not None
            ),
        ]

    def _open(self) -> str:
        address = self._config.listens_on
        mask = os.umask(0o077) if self._config.socket_path else None  # a socket for this user alone
        try:
            if self._certificates is None:
                port = self._server.add_insecure_port(address)
            else:
                port = self._server.add_secure_port(address, credentials_of(self._certificates))
        except RuntimeError as error:
            message = f"cannot listen on {address}: {error}"
            raise InvalidParameterError(message) from error
        finally:
            if mask is not None:
                os.umask(mask)
        return address if self._config.socket_path else f"{address.rpartition(':')[0]}:{port}"

    async def _tell(self, status: health_pb2.HealthCheckResponse.ServingStatus.ValueType) -> None:
        recipes = [name for each in self._catalogue.summaries for name in (each.name, each.title)]
        services = {"", SERVICE, *(f"{SERVICE}/{name}" for name in recipes)}
        for service in services:
            await self._health.set(service, status)
        for service in self._announced - services:  # of recipes that were here before a reload
            await self._health.set(service, health_pb2.HealthCheckResponse.SERVICE_UNKNOWN)
        self._announced = services

    async def _warm_up(self) -> None:
        try:
            verdict = await asyncio.wait_for(asyncio.wrap_future(self._judge.warm_up()), _WARM_UP_SECONDS)
        except TimeoutError:
            _log.warning("the workers did not warm up within %g s", _WARM_UP_SECONDS)
            return
        if verdict.status is not Status.CORRECT:
            _log.warning(
                "the workers judged wrongly while warming up: %s (%s)", verdict.status, verdict.reason
            )


def _workers(judge: Judge, lane: str) -> float:
    return judge.pool_news.workers.get(lane, 0)


def _stale(file: Tokens | ReloadingFiles[Pem]) -> float:
    return file.stale


def _deaths(judge: Judge, reason: str) -> float:
    return judge.pool_news.deaths[reason]
