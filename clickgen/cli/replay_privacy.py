"""The options of `replay` that hide what is private, and warnings about what they do not hide."""

from collections.abc import Sequence
from typing import Any

from clickgen.cli.app import say
from clickgen.cli.replay_options import ChoiceOptions
from clickgen.ledger.pseudonym_key import KEY_VARIABLE, check_given_key
from clickgen.model.errors import UsageProblem
from clickgen.read.json_value import value_of, written_value
from clickgen.traffic.personal import personal_fields
from clickgen.traffic.privacy import Privacy

_NAMED = 12  # fields that a warning names


def check_hiding(choice: ChoiceOptions, events: Sequence[dict[str, Any]]) -> None:
    """UsageProblem for fields that cannot be hidden; says what is hidden, and which fields were not seen.

    events: the first ones of the recording.
    """
    for option, names in (("--drop", choice.drop), ("--pseudonymise", choice.pseudonymise)):
        for name in names:
            if not all(name.split(".")):
                raise UsageProblem(
                    f"{option} {name!r} is not the path of a field", "write names with dots between: user.email"
                )
            if events and not any(_has(event, name) for event in events):
                say(f"warning: {option} {name}: none of the first {len(events):,} events has such a field")
    both = [name for name in choice.drop if name in choice.pseudonymise]
    if both:
        raise UsageProblem(f"--drop and --pseudonymise both name {both[0]}", "give one of them")
    if choice.pseudonymise:
        key = f"made from {KEY_VARIABLE}" if check_given_key() else "random, for this run only"
        say(f"pseudonyms: {', '.join(choice.pseudonymise)}; key: {key}, kept in pseudonym.key in the run's folder")


def personal_warning(choice: ChoiceOptions, events: Sequence[dict[str, Any]]) -> tuple[str, ...]:
    """What to warn of before the events leave this machine, if some of their values look personal."""
    hidden = (*choice.drop, *choice.pseudonymise)
    hiding = Privacy(hidden, (), b"")
    written = [written_value(event) for event in events]
    # one that is nested too deeply to be written is looked at as it is
    shown = [
        event if text is None else value_of(hiding.applied(text))
        for event, text in zip(events, written, strict=True)
    ]
    found = personal_fields(shown)
    if not found:
        return ()
    named = [f"{name} ({kind})" for name, kind in list(found.items())[:_NAMED]]
    more = f" and {len(found) - _NAMED} more" if len(found) > _NAMED else ""
    return (
        f"values look personal in {', '.join(named)}{more}; --drop FIELD leaves a field out, "
        "--pseudonymise FIELD replaces its values",
    )


def _has(event: dict[str, Any], name: str) -> bool:
    data = written_value(event)
    return data is not None and Privacy((name,), (), b"").applied(data) != data
