"""A verification as JUnit XML, which CI systems show as tests: a test case for each promise of a delivery."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from clickgen.model.errors import EnvironmentProblem
from clickgen.model.outside_text import in_lines, one_line
from clickgen.verify.proof.verification_store import KeptVerification
from clickgen.view.account import damage_words
from clickgen.view.promises import Promise, PromiseOutcome, promises
from clickgen.view.states import ways_on

_COUNTS = ("tests", "failures", "errors", "skipped")


class NotLookedAt(NamedTuple):
    """A place that could not be verified, and why."""

    title: str
    problem: EnvironmentProblem


def junit_xml(verifications: Sequence[KeptVerification], unseen: Sequence[NotLookedAt] = ()) -> bytes:
    """The document, a test suite for each. A broken promise is a failure, one that may still be kept is skipped.

    The test case `verdict` fails unless it is `verified`; for a place that was not looked at it is an error.
    """
    suites = ET.Element("testsuites", {"name": "clickgen"})
    for kept in verifications:
        _suite(suites, kept)
    for place in unseen:
        _unseen_suite(suites, place)
    for name in _COUNTS:
        suites.set(name, str(sum(int(suite.attrib[name]) for suite in suites)))
    _make_harmless(suites)
    ET.indent(suites)
    text = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _make_harmless(suites: ET.Element) -> None:
    """Escape what XML 1.0 forbids, and what would act on the terminal or the page that shows it."""
    for element in suites.iter():
        element.text = None if element.text is None else in_lines(element.text)
        element.attrib.update({name: one_line(value) for name, value in element.attrib.items()})


def _suite(suites: ET.Element, kept: KeptVerification) -> None:
    cases = promises(kept.report, exclusive=kept.exclusive)
    failures = sum(case.kept is PromiseOutcome.NO for case in cases)
    skipped = sum(case.kept is PromiseOutcome.OPEN for case in cases)
    counts = {name: str(n) for name, n in zip(_COUNTS, (len(cases), failures, 0, skipped), strict=True)}
    moment = datetime.fromtimestamp(kept.when_ms / 1000, UTC).replace(microsecond=0, tzinfo=None)
    suite = ET.SubElement(
        suites, "testsuite", {"name": _suite_name(kept.title), **counts, "timestamp": moment.isoformat()}
    )
    properties = ET.SubElement(suite, "properties")
    report = kept.report
    facts = {"run": report.run, "verdict": report.verdict.value, "place": kept.where}
    facts |= {"accepted": str(report.account.accepted), "delivered": str(report.delivered)}
    if report.ledger_damage:
        facts["ledger"] = damage_words(report.ledger_damage)
    for label, value in facts.items():
        ET.SubElement(properties, "property", {"name": label, "value": value})
    for case in cases:
        _case(suite, case, kept)


def _unseen_suite(suites: ET.Element, place: NotLookedAt) -> None:
    counts = dict(zip(_COUNTS, ("1", "0", "1", "0"), strict=True))
    suite = ET.SubElement(suites, "testsuite", {"name": _suite_name(place.title), **counts})
    group = f"clickgen.{place.title}"
    case = ET.SubElement(suite, "testcase", {"classname": group, "name": "verdict: the delivery is verified"})
    message = f"not looked at: {place.problem.message}"
    error = ET.SubElement(case, "error", {"type": "not looked at", "message": message})
    error.text = one_line(place.problem.hint or "")


def _suite_name(title: str) -> str:
    return f"clickgen verify {title} delivery"


def _case(suite: ET.Element, promise: Promise, kept: KeptVerification) -> None:
    group = f"clickgen.{kept.title}"
    case = ET.SubElement(suite, "testcase", {"classname": group, "name": f"{promise.name}: {promise.claim}"})
    if promise.kept is PromiseOutcome.OPEN:
        ET.SubElement(case, "skipped", {"message": promise.found})
    elif promise.kept is PromiseOutcome.NO:
        of_verdict = promise.name == "verdict"
        kind = kept.report.verdict.value if of_verdict else promise.name
        failure = ET.SubElement(case, "failure", {"type": kind, "message": promise.found})
        witnesses = [
            one_line(f"{witness.id or 'no readable id'} {witness.detail} {witness.object or ''}")
            for witness in promise.witnesses
        ]
        failure.text = "\n".join([*witnesses, *(ways_on(kept.report, kept.place) if of_verdict else ())])
