"""How a replay reads its sources and what it makes of their events, as decided before the first of them leaves."""

from pydantic import BaseModel, ConfigDict

from clickgen.model.form import Form


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SourceAccess(_Entry):
    """How to reach sources in AWS, as far as it was named."""

    region: str | None = None
    aws_profile: str | None = None
    endpoint_url: str | None = None


class Part(_Entry):
    """A source, or a range of its bytes: the lines that begin in it."""

    source: int  # which of the plan's
    begin: int = 0
    end: int | None = None  # None: to the source's end


class Recording(_Entry):
    """What is read, how, and which events are sent."""

    forms: tuple[Form, ...] = (Form(),)
    form_of: tuple[int, ...] = ()  # for each source its form; the first if there are fewer
    access: SourceAccess = SourceAccess()
    lanes: tuple[tuple[Part, ...], ...] = ()  # what each lane reads; empty: as many sources each
    spooled: bool = False  # the events were put into a file of the run's folder before, which is read instead
    since_ms: float | None = None  # of Kinesis: when reading begins
    zone: str | None = None  # of times that name none; None is UTC
    day_first: bool = False  # whether 1/2/2010 is the first of February
    earliest_s: float | None = None  # events before this Unix time are left out
    latest_s: float | None = None  # ... and those from this one on
    where: str | None = None  # an expression that events must satisfy
    sample: float | None = None  # the share of the visitors that is replayed
    visitor_field: str | None = None
    renewed: tuple[str, ...] = ()  # fields that get new values each time the recording is repeated
    moved: tuple[str, ...] = ()  # fields with times that move with the event; the time field is one of them
    retime: bool = False  # whether times are moved so that the first is the run's start
    believed_s: tuple[float, float] | None = (
        None  # times before and after these are wrong dates, and count as none
    )
    reorder_s: float = 0.0  # events that come so much late are put in order
    max_gap_s: float | None = None  # a longer time in which nothing happened is shortened to this
    loop: int = 1  # how often the recording is replayed
    loop_ms: int = 0  # from the begin of one repetition to that of the next
    limit: int | None = None  # how many events at most
    multiply: int = 1  # how many copies of the traffic are replayed, the original among them
    jitter_s: float = 0.0  # within which each visitor of a copy is moved by a time of its own
    dropped: tuple[str, ...] = ()  # paths of fields that are left out
    pseudonymised: tuple[str, ...] = ()  # paths of fields whose values are replaced by pseudonyms
    ordered: bool = False  # whether a visitor's events never overtake one another
    events: int | None = None  # how many there are to send, if all of it was looked at
    takes_s: float | None = None  # how long that takes, if its times set the pace and all of it was looked at

    def form(self, source: int) -> Form:
        """The form of a source."""
        return self.forms[self.form_of[source] if source < len(self.form_of) else 0]

    @property
    def edited(self) -> bool:
        """Whether some of the events are changed."""
        repeated = self.loop > 1 or self.multiply > 1
        return self.retime or repeated or bool(self.dropped or self.pseudonymised)

    def as_read(self) -> "Recording":
        """The same for the events as they are read: once, and unchanged."""
        unchanged = {"loop": 1, "multiply": 1, "retime": False, "dropped": (), "pseudonymised": ()}
        return self.model_copy(update=unchanged)

    @property
    def filtered(self) -> bool:
        """Whether some of the events may be left out."""
        return any(limit is not None for limit in (self.earliest_s, self.latest_s, self.where, self.sample))
