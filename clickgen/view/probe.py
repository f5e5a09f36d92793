"""What a probe found: a line for each step, a small table, a sentence, and the JSON document of `probe`."""

from clickgen.model.amounts import counted, duration, latency, measured, percent, size, wanted
from clickgen.run.probe import PROOF_S, ProbeStep, Search, Trouble
from clickgen.run.probing import Cut, Probed
from clickgen.view.account import destination_name

_VERDICTS: dict[Trouble, str] = {
    "throttled": "throttled",
    "errors": "errors",
    "behind": "fell behind",
    "latency": "too slow",
}
_CUT: dict[Cut, str] = {
    "interrupted": "interrupted",
    "budget": "its budget (--max-usd) is spent",
    "problem": "it ended early",
}
_SURELY_OVER, _SURELY_UNDER = 1.1, 0.9  # of a quota: the search itself is no finer


def probe_json(probed: Probed) -> dict[str, object]:
    """The one JSON object that `--json` prints; rates in events a second, shares from 0 to 1.

    holds, fails: the highest rate that held and the lowest that did not, null if there is none.
    """
    holds, fails = probed.search.holds, probed.search.fails
    return {
        "destination": destination_name(probed.destination),
        "account": probed.destination.account,
        "region": probed.destination.region,
        "ended": probed.ended,
        "holds": holds.offer.rate if holds else None,
        "holds_bytes": round(_bytes(holds)) if holds else None,
        "fails": fails.offer.rate if fails else None,
        "trouble": fails.trouble if fails else None,
        "most": probed.search.most,
        "quota_bytes": probed.quota,
        "cost_usd": None if probed.destination.kind == "http" else round(probed.cost_usd, 9),
        "runs": list(probed.runs),
        "steps": [_step_json(step) for step in probed.search.steps],
    }


def _step_json(step: ProbeStep) -> dict[str, object]:
    return {
        "run": step.run,
        "offered": step.offer.rate,
        "seconds": step.offer.seconds,
        "accepted": round(step.accepted, 1),
        "throttled": round(step.throttled, 6),
        "failed": round(step.failed, 6),
        "latency_ms": {"p50": round(step.latency.p50 * 1000, 2), "p99": round(step.latency.p99 * 1000, 2)},
        "held": step.held,
        "trouble": step.trouble,
    }


def bound_line(search: Search) -> str:
    """What a probe will take at most, before it begins."""
    most = search.at_most()
    steps, events = counted(most.steps, "step"), counted(most.events, "event")
    return f"at most {steps} of {duration(search.step_s)}, {events} in all"


def step_line(step: ProbeStep, number: int, most: int) -> str:
    """How a step went, while the probe goes on. most: how many steps there will be at most."""
    offered, accepted = wanted(step.offer.rate), measured(step.accepted)
    place = f"step {number} of {'' if number == most else 'at most '}{most}"
    return f"{place}: {offered}/s {_verdict(step)}: accepted {accepted}/s, latency p99 {latency(step.latency.p99)}"


def probe_lines(probed: Probed) -> list[str]:
    """The table of all steps, at most 80 columns wide, and the answer."""
    lines = [
        f"{'':11}{'accepted':>11}{'':>11}{'':>11}{'latency':>11}",
        f"{'offered/s':>11}{'a second':>11}{'throttled':>11}{'failed':>11}{'p50':>11}{'p99':>10}",
    ]
    lines += [_row(step) for step in probed.search.steps]
    answer = [probe_words(probed), *_quota_words(probed), *_proof_words(probed)]
    return [*(lines if probed.search.steps else []), *answer]


def probe_words(probed: Probed) -> str:
    """The answer in a sentence."""
    holds, fails = probed.search.holds, probed.search.fails
    if probed.cut is not None:
        so_far = "no rate has held so far" if holds is None else f"held {_rate(holds)} so far"
        return f"{so_far}; no answer yet: {_CUT[probed.cut]}"
    if holds is None:
        lowest = "" if fails is None else f"even {wanted(fails.offer.rate)}/s: {_verdict(fails)}; "
        return f"does not hold {lowest}begin lower with --from"
    if fails is None:
        return f"holds {_rate(holds)}, the highest rate tried; go higher with --most"
    return f"holds {_rate(holds)}; {_verdict(fails)} from {wanted(fails.offer.rate)}/s"


def _row(step: ProbeStep) -> str:
    cells = [
        f"{wanted(step.offer.rate):>11}",
        f"{measured(step.accepted):>11}",
        f"{percent(step.throttled):>11}",
        f"{percent(step.failed):>11}",
        f"{latency(step.latency.p50):>11}",
        f"{latency(step.latency.p99):>10}",
    ]
    return f"{''.join(cells)}  {_verdict(step)}"


def _quota_words(probed: Probed) -> list[str]:
    """The answer as a share of the region's default quota, if there is one."""
    holds, quota = probed.search.holds, probed.quota
    if holds is None or quota is None:
        return []
    share = _bytes(holds) / quota
    words = f"{percent(share)} of the default quota of {size(quota)}/s in {probed.destination.region}"
    if share >= _SURELY_OVER:
        return [f"{words}: this stream has a higher quota"]
    if probed.ended == "found" and share <= _SURELY_UNDER:
        return [f"{words}: does anyone else send to this stream?"]
    return [words]


def _proof_words(probed: Probed) -> list[str]:
    """How much too high the answer may be if steps were short: a quota saves up a second's worth."""
    step_s = probed.search.step_s
    if probed.search.holds is None or step_s >= PROOF_S:
        return []
    surer = f"--step {duration(PROOF_S)}: {round(100 / PROOF_S)} %"
    return [f"steps of {duration(step_s)} may find up to {round(100 / step_s)} % too much ({surer})"]


def _rate(step: ProbeStep) -> str:
    return f"{wanted(step.offer.rate)}/s ({size(round(_bytes(step)))}/s)"


def _bytes(step: ProbeStep) -> float:
    return step.offer.rate * step.event_bytes


def _verdict(step: ProbeStep) -> str:
    return "held" if step.trouble is None else _VERDICTS[step.trouble]
