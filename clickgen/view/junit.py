"""A verification as JUnit XML, which CI systems show as tests: a test case for each promise of a delivery."""

import xml.etree.ElementTree as ET
from collections.abc import Sequence
from datetime import UTC, datetime

from clickgen.verify.compare.report import Verdict
from clickgen.verify.kept import KeptVerification
from clickgen.view.plain import one_line
from clickgen.view.promises import Kept, Promise, promises

_COUNTS = ("tests", "failures", "errors", "skipped")


def junit_xml(verifications: Sequence[KeptVerification]) -> bytes:
    """The document, a test suite for each. A broken promise is a failure, one that may still be kept is skipped.

    The test case `verdict` fails with anything but `verified`.
    """
    suites = ET.Element("testsuites", {"name": "clickgen"})
    for kept in verifications:
        _suite(suites, kept)
    for name in _COUNTS:
        suites.set(name, str(sum(int(suite.attrib[name]) for suite in suites)))
    ET.indent(suites)
    text = ET.tostring(suites, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'.encode()


def _suite(suites: ET.Element, kept: KeptVerification) -> None:
    cases = promises(kept.report, exclusive=kept.exclusive)
    failures = sum(case.kept is Kept.NO for case in cases)
    skipped = sum(case.kept is Kept.OPEN for case in cases)
    counts = {name: str(n) for name, n in zip(_COUNTS, (len(cases), failures, 0, skipped), strict=True)}
    moment = datetime.fromtimestamp(kept.when_ms / 1000, UTC).replace(microsecond=0, tzinfo=None)
    name = one_line(f"clickgen verify {kept.title} delivery")
    suite = ET.SubElement(suites, "testsuite", {"name": name, **counts, "timestamp": moment.isoformat()})
    properties = ET.SubElement(suite, "properties")
    report = kept.report
    facts = {"run": report.run, "verdict": report.verdict.value, "place": kept.where}
    for label, value in {**facts, "accepted": report.account.accepted, "delivered": report.delivered}.items():
        ET.SubElement(properties, "property", {"name": label, "value": one_line(str(value))})
    for case in cases:
        _case(suite, case, f"clickgen.{kept.title}", report.verdict)


def _case(suite: ET.Element, promise: Promise, group: str, verdict: Verdict) -> None:
    case = ET.SubElement(
        suite, "testcase", {"classname": one_line(group), "name": f"{promise.name}: {promise.claim}"}
    )
    if promise.kept is Kept.OPEN:
        ET.SubElement(case, "skipped", {"message": promise.found})
    elif promise.kept is Kept.NO:
        kind = verdict.value if promise.name == "verdict" else promise.name
        failure = ET.SubElement(case, "failure", {"type": kind, "message": promise.found})
        failure.text = "\n".join(
            one_line(f"{witness.id or 'no id to be seen'} {witness.detail} {witness.object or ''}")
            for witness in promise.witnesses
        )
