"""A timetable in words: as the options that make it, and as a line for people."""

from clickgen.model.amounts import wanted
from clickgen.model.timetable import Spike, Stage, Timetable


def timetable_words(timetable: Timetable) -> str:
    """What was asked for, in the notation of its options: from 100/s, 2m:500, 10m:5000, spike 10x@5m+30s."""
    if timetable.day is not None:
        words = [f"day curve ({timetable.day.zone}), peak {wanted(timetable.rate)}/s"]
    elif timetable.stages:
        words = [f"from {wanted(timetable.rate)}/s", *(stage_word(stage) for stage in timetable.stages)]
    else:
        words = [f"{wanted(timetable.rate)}/s"]
    return ", ".join(words + [f"spike {spike_word(spike)}" for spike in timetable.spikes])


def timetable_options(timetable: Timetable) -> list[str]:
    """The words of the command line that make the same timetable, given the same profile and start."""
    words = ["--rate", number_word(timetable.rate)] if timetable.rate else []
    if timetable.day is not None:
        words += ["--schedule", "day"]
    for stage in timetable.stages:
        words += ["--stage", stage_word(stage)]
    for spike in timetable.spikes:
        words += ["--spike", spike_word(spike)]
    return words


def stage_word(stage: Stage) -> str:
    """2m:500."""
    return f"{span_word(stage.seconds)}:{number_word(stage.rate)}"


def spike_word(spike: Spike) -> str:
    """10x@5m+30s."""
    return f"{number_word(spike.factor)}x@{span_word(spike.at_s)}+{span_word(spike.length_s)}"


def span_word(seconds: float) -> str:
    """A duration that reads back as the same number: 30s, 1h30m, 0.25s."""
    if seconds != int(seconds) or seconds < 1:
        text = number_word(seconds)
        return text if "e" in text else f"{text}s"  # only plain seconds may have an exponent
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    parts = ((hours, "h"), (minute, "m"), (second, "s"))
    return "".join(f"{amount}{unit}" for amount, unit in parts if amount)


def number_word(value: float) -> str:
    """The shortest decimal that reads back as the same number."""
    return str(int(value)) if value == int(value) else repr(value)
