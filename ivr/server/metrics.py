"""`/metrics`: what all workers of a server count, as Prometheus reads it."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from importlib.metadata import version

from prometheus_client import CollectorRegistry, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector
from quart import Quart, Response, request

from ivr.calls.meters import METERS, Histogram
from ivr.server import sheets
from ivr.server.console.access import Access
from ivr.server.health import readiness
from ivr.server.line import Line
from ivr.server.sheets import Metric, Sample
from ivr.server.standing import Standing

PATH = "/metrics"
WEBHOOKS = ("/answer", "/answer/<flow>", "/hangup", "/ring")
LOGIN = 'Basic realm="ivr"'

BUILD = Metric("ivr_build_info", "told", "Always 1; the label says which version serves.", ("version",))
READY = Metric("ivr_ready", "told", "1 while new calls should come here, as /health/ready says, else 0.")
ANSWERED = Metric("ivr_calls_answered_total", "counter", "Calls that began: their first stream is there.", ("flow",))
ENDED = Metric("ivr_calls_ended_total", "counter", "Calls that ended, and why.", ("flow", "outcome", "reason"))
GOING = Metric("ivr_calls_in_progress", "gauge_livesum", "Calls that go on.", ("flow",))
LIMIT = Metric("ivr_calls_limit", "told", "Calls that the server takes at a time.")
STEPS = Metric("ivr_steps_total", "counter", "Steps of calls, by what happened.", ("flow", "event"))
STEP = Metric("ivr_step_seconds", "histogram", "What a step takes, with all that is done at once because of it.")
REACTION = Metric("ivr_key_to_audio_seconds", "histogram", "From a key to the clearAudio or playAudio that it causes.")
RENDERED = Metric("ivr_prompts_rendered_total", "counter", "Prompts that were synthesised or converted.", ("kind",))
UNRENDERED = Metric("ivr_prompts_failed_total", "counter", "Prompts that could not be.", ("kind",))
RENDERING = Metric("ivr_prompts_rendering_seconds_total", "counter", "What both took, with the wait.", ("kind",))
LISTENING = Metric("ivr_recogniser_listening", "gauge_livesum", "Callers who are listened to.", ("language",))
LISTENERS = Metric("ivr_recogniser_limit", "gauge_livesum", "Callers who can be listened to.", ("language",))
DEAFENED = Metric("ivr_recogniser_deafened_total", "counter", "How often a caller was left with keys only.")
LOOKUPS = Metric("ivr_lookups_total", "counter", "Lookups by class of status, or by fault.", ("outcome",))
LOOKUP = Metric("ivr_lookup_seconds", "histogram", "What a lookup takes, with the wait for its turn.")
STORE = Metric("ivr_store_up", "gauge_livemin", "1 while each worker reaches the store of calls, else 0.")
WAITING = Metric("ivr_store_waiting_calls", "gauge_livesum", "Calls of which something is not durable yet.")
UNDURABLE = Metric("ivr_store_undurable_total", "counter", "What was done although it was not durable.")
UNWRITTEN = Metric("ivr_store_unwritten_total", "counter", "Journals that miss something.")
WRITE = Metric("ivr_store_write_seconds", "histogram", "What a transaction takes by which calls become durable.")
WANTED = Metric("ivr_workers_wanted", "told", "Workers that there are to be.")
WORKING = Metric("ivr_workers_ready", "told", "Workers that serve.")
DEATHS = Metric("ivr_workers_deaths_total", "told", "Workers that died although nobody told them to.")
WEBHOOKS_REFUSED = Metric("ivr_webhooks_refused_total", "counter", "Webhooks that were refused.", ("status",))
STREAMS_REFUSED = Metric("ivr_streams_refused_total", "counter", "Streams that were refused.", ("status",))
BROKEN = Metric("ivr_streams_broken_total", "counter", "Streams that broke in the middle of a call.")
RETURNED = Metric("ivr_streams_returned_total", "counter", "Streams by which a call went on after a break.")

METRICS = (
    *(BUILD, READY, ANSWERED, ENDED, GOING, LIMIT, STEPS, STEP, REACTION, RENDERED, UNRENDERED, RENDERING),
    *(LISTENING, LISTENERS, DEAFENED, LOOKUPS, LOOKUP, STORE, WAITING, UNDURABLE, UNWRITTEN, WRITE),
    *(WANTED, WORKING, DEATHS, WEBHOOKS_REFUSED, STREAMS_REFUSED, BROKEN, RETURNED),
)
"""All that `/metrics` tells."""

ENDS = (
    ("abandoned", "caller"),
    ("contained", "caller"),
    ("failed", "failure"),
    ("failed", "error"),
    ("transferred", "transfer"),
)
"""Outcomes and reasons that every flow knows: they are counted from 0, so that the first call of a kind is a rise."""
OUTCOMES = ("2xx", "3xx", "4xx", "5xx", "timeout", "connect", "body", "interrupted")
WEBHOOK_STATUSES = (400, 403, 404, 413, 503)
STREAM_STATUSES = (403, 408, 410, 503, 505)

# What a worker counts


def counted(line: Line) -> Iterator[Sample]:
    """All that this process has counted, and how it stands; to be asked for by the event loop."""
    flows = {id for id, flow in line.flows.items() if not flow.is_subflow} | {flow for flow, _ in METERS.steps}
    going = Counter(call.session.stack[0].flow for call in line.calls)
    for flow in flows:
        yield ANSWERED, "", (flow,), METERS.steps[flow, "Answered"]
        yield GOING, "", (flow,), going[flow]
        yield from ((ENDED, "", (flow, *end), METERS.ended[flow, *end]) for end in ENDS)
    yield from ((ENDED, "", labels, count) for labels, count in METERS.ended.items())
    yield from ((STEPS, "", labels, count) for labels, count in METERS.steps.items())
    yield from _timed(STEP, METERS.step_seconds)
    yield from _timed(REACTION, METERS.key_to_audio)
    yield DEAFENED, "", (), _events("Deafened")
    yield from ((LOOKUPS, "", (outcome,), METERS.lookups[outcome]) for outcome in OUTCOMES)
    yield from _timed(LOOKUP, METERS.lookup_seconds)
    yield BROKEN, "", (), METERS.broken
    yield RETURNED, "", (), _events("Reconnected")
    yield from _by_status(WEBHOOKS_REFUSED, WEBHOOK_STATUSES, METERS.webhooks_refused)
    yield from _by_status(STREAMS_REFUSED, STREAM_STATUSES, METERS.streams_refused)
    yield from _of_services(line)


def _of_services(line: Line) -> Iterator[Sample]:
    prompts, ears, store = line.services.prompts, line.services.ears, line.services.store
    for kind, made in (("static", prompts.static), ("dynamic", prompts.dynamic)):
        yield RENDERED, "", (kind,), made.rendered
        yield UNRENDERED, "", (kind,), made.failed
        yield RENDERING, "", (kind,), made.seconds
    for language, load in () if ears is None else ears.loads.items():
        yield LISTENING, "", (language,), load.listening
        yield LISTENERS, "", (language,), load.limit
    if store is not None:
        health = store.health
        yield STORE, "", (), health.state == "ok"
        yield WAITING, "", (), health.waiting
        yield UNDURABLE, "", (), health.undurable
        yield UNWRITTEN, "", (), health.unwritten
        yield from _timed(WRITE, METERS.write_seconds)


def _timed(metric: Metric, histogram: Histogram) -> Iterator[Sample]:
    for bound, count in zip((*histogram.bounds, float("inf")), histogram.counts, strict=True):
        yield metric, "_bucket", (str(bound),), count
    yield metric, "_sum", (), histogram.seconds


def _by_status(metric: Metric, usual: Iterable[int], counts: Counter[int]) -> Iterator[Sample]:
    yield from ((metric, "", (str(status),), counts[status]) for status in {*usual, *counts})


def _events(name: str) -> int:
    return sum(count for (_, event), count in METERS.steps.items() if event == name)


# What is told


def metrics(line: Line, standing: Standing) -> bytes:
    """All metrics in Prometheus' text format: what workers wrote last, and how the server stands now."""
    return _page(tuple(_of_server(line, standing)))


def add(app: Quart, line: Line, standing: Standing, access: Access) -> None:
    """Serve `/metrics` to whoever may see the console, and count the webhooks that are refused."""

    async def page() -> Response:
        match access.standing(request):
            case "open":
                # Sheets of many workers take a while to read; calls go on meanwhile.
                text = await asyncio.to_thread(_page, tuple(_of_server(line, standing)))
                return Response(text, content_type=CONTENT_TYPE_PLAIN_0_0_4)
            case "login":
                return Response("the password of the console is missing or wrong\n", 401, {"WWW-Authenticate": LOGIN})
            case "closed":
                return Response("from elsewhere only with --console-password\n", 403)

    app.add_url_rule(PATH, "metrics", page)
    app.after_request(_count_refusal)


async def _count_refusal(response: Response) -> Response:
    if response.status_code >= 400 and (request.endpoint or "").removeprefix("/<path_secret>") in WEBHOOKS:
        METERS.webhooks_refused[response.status_code] += 1
    return response


def _page(of_server: Sequence[Family]) -> bytes:
    registry = CollectorRegistry()
    registry.register(_Told(of_server))
    sheets.collect(registry)
    return generate_latest(registry)


class _Told(Collector):
    """What is known already."""

    def __init__(self, families: Iterable[Family]) -> None:
        self._families = families

    def collect(self) -> Iterable[Family]:
        return self._families


def _of_server(line: Line, standing: Standing) -> Iterator[Family]:
    workers = line.seats.workers
    yield _gauge(BUILD, 1, version("ivr"))
    yield _gauge(READY, readiness(line, standing)["ready"])
    yield _gauge(LIMIT, line.seats.limit)
    yield _gauge(WANTED, workers.wanted)
    yield _gauge(WORKING, workers.ready)
    yield CounterMetricFamily(DEATHS.name, DEATHS.help, value=workers.deaths)


def _gauge(metric: Metric, value: float, *labels: str) -> GaugeMetricFamily:
    family = GaugeMetricFamily(metric.name, metric.help, labels=metric.labels)
    family.add_metric(labels, value)
    return family
