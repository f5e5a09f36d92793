"""What people get wrong, over all commands: the exit code, what is wrong, a hint, and never a traceback."""

import shlex
import signal
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import pytest

import clickgen.cli.main as command_line
from tests.conftest import CREDENTIALS
from tests.support.planted import RUN, Planted, events, lines

USAGE, ENVIRONMENT = 2, 3
CLOSED = "http://127.0.0.1:9"
NO_RUN = "no run is called 'ffff'"
RUNS = "clickgen runs list"

# the command's words, the exit code, words of the message, words of the hint
TABLE: list[tuple[str, int, str, str]] = [
    ("nosuch", USAGE, "clickgen has no command 'nosuch'", "see clickgen --help"),
    ("sedn", USAGE, "clickgen has no command 'sedn'", "did you mean send?"),
    ("--nosuch", USAGE, "clickgen has no option --nosuch", "see clickgen --help"),
    ("send --profle shop", USAGE, "clickgen send has no option --profle", "did you mean --profile"),
    ("send --rate", USAGE, "--rate' requires an argument", "see clickgen send --help"),
    ("send --rate 0", USAGE, "--rate: a rate of 0 is impossible", "over 0, up to 6,400,000, or max"),
    ("send --rate fast", USAGE, "--rate: 'fast' is not a rate", "write events a second like 500, 5k or 500/s"),
    ("send -r 5m", USAGE, "--rate: '5m' is not a rate", "or max"),
    ("send --rate 500/x", USAGE, "--rate: '500/x' is not a rate", "30k/min"),
    ("send --rate 10M", USAGE, "--rate: a rate of 10M is impossible", "up to 6,400,000"),
    ("send --rate 10 -n 2.5", USAGE, "--events: '2.5' is not a whole number", "5k, 1M or 1e6"),
    ("send --rate 10 --events 5m", USAGE, "--events: '5m' is not a whole number", "1M"),
    ("send --rate 10 --events -5", USAGE, "--events: -5 is too small", "1 or more"),
    ("send --rate 10 --duration 0s", USAGE, "--duration 0 sends nothing", "write 30s"),
    ("send --rate 10 --events 0", USAGE, "--events: 0 is too small", "write 1 or more"),
    ("send --profile nosuch --events 5", USAGE, 'no profile "nosuch"', "shop"),
    ("send --profile ./absent.toml --events 5", USAGE, "absent.toml: the profile cannot be read", "shop"),
    ("send --profile ./bad.toml --events 5", USAGE, "bad.toml:1: not a TOML file", "Write it as TOML"),
    ("send --profile ./profile.toml --events 5", USAGE, "profile.toml: pages: missing", "fix them all"),
    ("send --schema nosuch --events 5", USAGE, 'there is no schema "nosuch"; there are: flat', "[fields]"),
    ("send --stream a --to kinesis:b --events 5", USAGE, "--stream and --to together", "give one of them"),
    ("send --to nowhere:x --events 5", USAGE, "'nowhere:x' does not name a destination", "write firehose:NAME"),
    ("send --to kinesis: --events 5", USAGE, "'' is not a valid name there", "1 to 128 letters"),
    ("send --to file:/nowhere/x.jsonl --events 5", ENVIRONMENT, "cannot write to /nowhere/x.jsonl", "permissions"),
    ("send --run-id xyz --events 5", USAGE, "'xyz' is not a run id", "12 lower-case hex digits"),
    ("send --lanes 3 --events 5", USAGE, "--lanes: '3' is not a number of lanes", "write 1, 2, 4"),
    ("send --rate 10 --workers 0", USAGE, "--workers: 0 is too small", "write 1 or more"),
    ("send --rate 10 --workers 65", USAGE, "--workers: 65 is too large", "write 64 or less"),
    ("send --lanes 1 --workers 2", USAGE, "2 workers for 1 lane", "more --lanes"),
    ("send --max-usd free", USAGE, "--max-usd: 'free' is not an amount of dollars", "write 2, 0.50 or $2"),
    ("send --http-bytes 5 --to https://h/", USAGE, "--http-bytes: 5 is too small", "write 1,024 or more"),
    ("send --http-bytes big --to https://h/", USAGE, "--http-bytes: 'big' is not a size", "64KiB"),
    ("send --stage 5s", USAGE, "--stage: '5s' is not a stage", "write 2m:500"),
    ("send --spike 3x --rate 5", USAGE, "--spike: '3x' is not a spike", "write 10x@5m+30s"),
    ("send --late 2 --rate 5 --duration 5s", USAGE, "'2' does not say how late", "write 2%:30s"),
    ("send --late 200%:5s --rate 5 --duration 5s", USAGE, "'200%' is not a percentage", "write 0.5%"),
    ("send --drift price --rate 5 --duration 5s", USAGE, "'price' is not a drift", "write FIELD@10m"),
    ("send --drift nosuch@1s --rate 5 --duration 2s", USAGE, "no event has such a field", "there are browser"),
    ("send --start yesterday --events 5", USAGE, "'yesterday' is not a time", "write 2026"),
    ("send --threshold nosuch<5 --events 5", USAGE, "a run has no figure 'nosuch'", "the figures are planned"),
    ("send --threshold 'rate>fast' --events 5", USAGE, "'fast' is not a number", "a plain number"),
    ("send --metrics carrier:pigeon --events 5", USAGE, "names no way to publish", "write prometheus:9464"),
    ("send --metrics prometheus:99999 --events 5", USAGE, "has no port", "prometheus:9464"),
    ("send --stream clicks --events 5", ENVIRONMENT, "no AWS region is known", "--region"),
    (
        "send --stream 'bad name' --region us-east-1 --events 5",
        USAGE,
        "is not a valid name of a stream",
        "letters, digits",
    ),
    (f"send --stream c --endpoint-url {CLOSED} --region us-east-1 --events 5", ENVIRONMENT, CLOSED, "endpoint"),
    ("send --stream c --endpoint-url nonsense --region us-east-1 --events 5", USAGE, "nonsense", "http"),
    (
        "send --stream c --aws-profile nobody --events 5",
        USAGE,
        "no AWS profile 'nobody'",
        "profiles on this machine",
    ),
    ("send --pack --to - --events 5", USAGE, "--pack does not fit -", "leave --pack out"),
    ("inspect", USAGE, "Missing argument 'FILE...'", "see clickgen inspect --help"),
    ("inspect absent.jsonl", USAGE, "no such file: absent.jsonl", "check the path"),
    ("inspect clicks.jsonl --time-field nosuch", USAGE, "no event has the field nosuch", "fields seen: t"),
    (
        "compare clicks.jsonl nowhere",
        USAGE,
        "'nowhere' is neither a file, a profile nor a run",
        "last or previous",
    ),
    ("doctor --pipeline absent.toml", USAGE, "there is no pipeline file absent.toml", "[[station]]"),
    ("doctor --stream c --pipeline x", USAGE, "--stream with --pipeline", "leave one of them out"),
    ("doctor --from-terraform .", USAGE, "there is no pipeline file pipeline.toml", "[[station]]"),
    ("replay", USAGE, "Missing argument 'FILE...'", "see clickgen replay --help"),
    ("learn clicks.jsonl", USAGE, "there is nothing to do with what is learned", "-o mine.toml"),
    ("inspect absent.jsonl", USAGE, "no such file: absent.jsonl", "check the path"),
    ("doctor --pipeline absent", USAGE, "the pipeline absent is not running", "start one"),
    ("replay absent.jsonl", USAGE, "no such file: absent.jsonl", "check the path"),
    ("replay empty.jsonl", USAGE, "no events in empty.jsonl", "check that these are the right files"),
    ("replay text.txt", USAGE, "no events in text.txt (line 1: not JSON)", "replay reads JSON objects"),
    ("replay picture.png", USAGE, "picture.png is a PNG image", "replay reads JSON objects"),
    ("replay none/*", USAGE, "none/*: there are no files", "check the path"),
    ("replay clicks.jsonl --speed 0", USAGE, "--speed: 0.0 is not in the range", "see clickgen replay --help"),
    ("replay clicks.jsonl --rate quick", USAGE, "--rate: 'quick' is not a rate", "or max"),
    ("replay clicks.jsonl -n 0", USAGE, "--limit: 0 is too small", "1 or more"),
    ("replay clicks.jsonl --speed 2 --rate 5", USAGE, "--speed and --rate together", "give one of them"),
    ("replay clicks.jsonl --time-field nosuch", USAGE, "no event has the field nosuch", "fields seen: t"),
    ("replay - clicks.jsonl", USAGE, "standard input (-) together with other files", "replay - alone"),
    ("generate --rate 5 --events 5", USAGE, "--rate and --events together", "leave one out"),
    ("generate --since 2026-01-02 --until 2026-01-01", USAGE, "would end before they begin", "after --since"),
    ("generate --since never", USAGE, "--since: 'never' is not a time", "write 2026"),
    ("generate --format xml", USAGE, "--format: 'xml' is not one of", "see clickgen generate --help"),
    ("generate --rate max", USAGE, "--rate: 'max' is not a rate", "30k/min"),
    ("generate -n some", USAGE, "--events: 'some' is not a whole number", "1e6"),
    (f"generate --resume {RUN}", USAGE, f"run {RUN} was not generated", f"clickgen runs resume {RUN}"),
    ("generate --resume ffff", USAGE, NO_RUN, RUNS),
    (f"generate --resume {RUN} --rate 5", USAGE, "--resume with --rate", "leave them out"),
    ("generate --to out.jsonl --workers 2", USAGE, "2 workers for one file", "name a folder"),
    ("generate --format csv --malformed 1%", USAGE, "--malformed and --drift with --format csv", "lines of JSON"),
    ("generate --to - --json", USAGE, "both would go to standard output", "leave --json out"),
    (
        "verify nowhere",
        USAGE,
        "'nowhere' is neither a place to verify nor the id of a run",
        "clickgen verify --help",
    ),
    ("verify parquett", USAGE, "'parquett' is neither a place to verify nor", "did you mean parquet?"),
    ("verify ffff", USAGE, NO_RUN, RUNS),
    ("verify last extra", USAGE, "Got unexpected extra argument (extra)", "see clickgen verify --help"),
    ("verify --wait soon", USAGE, "--wait: 'soon' is not a duration", "write 30s"),
    ("verify s3 delivry", USAGE, "clickgen verify s3 has no command 'delivry'", "did you mean delivery?"),
    ("verify s3 delivery ffff", USAGE, NO_RUN, RUNS),
    ("verify s3 delivery --at s3:///x", USAGE, "names no bucket", "s3://bucket/prefix"),
    (f"verify s3 delivery --at s3://b --region us-east-1 --endpoint-url {CLOSED}", ENVIRONMENT, "'b'", "hint"),
    ("verify s3 delivery --wait soon", USAGE, "--wait: 'soon' is not a duration", "write 30s"),
    (
        "verify s3 delivery --content half",
        USAGE,
        "'half' is not one of 'check', 'fields', 'ids'",
        "see clickgen verify s3 delivery --help",
    ),
    ("verify s3 delivery --added x", USAGE, "are rules for comparing fields", "add --content fields"),
    (
        "verify s3 delivery --renamed x --content fields",
        USAGE,
        "--renamed: 'x' is not OLD=NEW",
        "see clickgen verify s3 delivery --help",
    ),
    ("verify s3 delivery --junit /nowhere/j.xml", USAGE, "--junit: there is no folder /nowhere", "see clickgen"),
    ("verify s3 layout --sample -1", USAGE, "--sample: -1 is too small", "write 0 or more"),
    ("verify s3 schema --sample 0", USAGE, "--sample: 0 is too small", "write 1 or more"),
    ("verify file delivery", USAGE, "went to firehose:clicks, not to a file", "--at FILE"),
    ("verify file delivery --at gone.jsonl", USAGE, "there is no file or folder gone.jsonl", "--at FILE"),
    ("verify parquet totals --at lake --by nosuch", USAGE, "no Parquet files in lake", "--at PLACE"),
    ("verify kinesis delivery", USAGE, "not to kinesis", "--stream NAME"),
    ("verify dynamodb delivery", USAGE, "not to dynamodb", "--table NAME"),
    ("verify athena delivery", USAGE, "Missing option '--table'", "see clickgen verify athena delivery --help"),
    ("verify athena delivery --table a.b --follow", USAGE, "every look is billed", "--wait 10m"),
    ("verify redshift delivery --table t", USAGE, "not said which Redshift to ask", "--workgroup NAME"),
    (
        "verify redshift delivery --table t --dsn nonsense",
        USAGE,
        "--dsn is not a valid way to a database",
        "postgresql://",
    ),
    (
        "verify redshift delivery --table t --dsn postgresql://127.0.0.1:9/d",
        ENVIRONMENT,
        "the database of --dsn cannot be reached",
        "postgresql://",
    ),
    (
        "verify glue table --table x --region us-east-1",
        USAGE,
        "does not name a table of a database",
        "DATABASE.TABLE",
    ),
    ("verify all delivery", USAGE, "there is no pipeline file pipeline.toml", "[[station]]"),
    ("verify all delivery --pipeline station.toml", USAGE, "there is no place 'moon'", "fix them all"),
    ("verify all delivery --pipeline bad.toml", USAGE, "bad.toml:1: not a TOML file", "Write it as TOML"),
    ("runs show ffff", USAGE, NO_RUN, RUNS),
    ("runs lst", USAGE, "clickgen runs has no command 'lst'", "did you mean list?"),
    ("runs resume ffff", USAGE, NO_RUN, RUNS),
    ("runs remove", USAGE, "Missing argument 'RUN...'", "see clickgen runs remove --help"),
    ("runs remove ffff --yes", USAGE, NO_RUN, RUNS),
    (f"runs remove {RUN}", USAGE, f"removing run {RUN} without a terminal to ask at", "add --yes"),
    ("runs list --limit 0", USAGE, "--limit: 0 is too small", "1 or more"),
    (
        "completion powershell",
        USAGE,
        "'powershell' is not one of 'bash', 'zsh', 'fish'",
        "see clickgen completion",
    ),
    ("expect --top 3", USAGE, "--top without --by", "--by page"),
    ("expect --by page --top many", USAGE, "--top: 'many' is not a whole number", "5k"),
    ("expect --by page --top 3 --sql", USAGE, "--top with --sql", "ORDER BY hits DESC LIMIT 3"),
    (
        "doctor --pipeline types.toml",
        USAGE,
        "types.toml:2: kinesis.clicks.shards: input should be a valid int",
        "fix them all",
    ),
    ("send --home file/x --events 5", ENVIRONMENT, "cannot write under file/x", "--home"),
    ("expect --csv --json", USAGE, "--csv together with --json", "give one of them"),
    ("expect --sql --field a=b", USAGE, "--field is for replays", "leave out one"),
    ("expect --timezone Mars/Base", USAGE, "no time zone 'Mars/Base'", "Europe/Berlin"),
    ("expect --dialect oracle", USAGE, "--dialect: 'oracle' is not one of", "see clickgen expect --help"),
    ("report ffff", USAGE, NO_RUN, RUNS),
    ("report -o /nowhere/r.html", USAGE, "--output: there is no folder /nowhere", "see clickgen report --help"),
    ("trust absent", USAGE, "there is no home and no lake in absent", "clickgen trust FOLDER"),
    ("clean ffff", USAGE, NO_RUN, RUNS),
    ("cost", USAGE, "what is to be priced is not said", "add --rate"),
    ("cost --rate 0", USAGE, "--rate: a rate of 0 is impossible", "over 0"),
    ("cost --event-bytes 2MB --rate 5", USAGE, "--event-bytes: 2MB is too large", "1,024,000 or less"),
    ("cost --rate 5 --stream-config broken.json", USAGE, "broken.json: not a JSON file", "fix the file"),
    ("cost --rate 5 --stream-config stream.json", USAGE, "no destination in S3", "CreateDeliveryStream"),
    ("cost --rate 5 --prices stream.json", USAGE, "stream.json: firehose: missing", "the place in the file"),
    ("probe --from 100 --most 50", USAGE, "--from 100 is above --most 50", "begin lower"),
    ("probe --step 0s", USAGE, "--step 0s is too short", "two seconds"),
    ("probe --throttled 200", USAGE, "--throttled: '200' is not a percentage", "write 0.5%"),
    ("probe --from max", USAGE, "--from: 'max' is not a rate", "500/s"),
    ("doctor --rate lots", USAGE, "--rate: 'lots' is not a rate", "500/s"),
    ("profiles check bad.toml", USAGE, "bad.toml:1: not a TOML file", "Write it as TOML"),
    ("profiles check profile.toml", USAGE, "profile.toml:1: name: unknown key", "fix them all"),
    ("profiles show nosuch", USAGE, 'no profile "nosuch"', "news"),
    ("profiles new a/b/c", ENVIRONMENT, "a/b/c.toml cannot be written", "another place"),
    ("local serve --port 99999", USAGE, "--port: 99999 is too large", "write 65,535 or less"),
    ("local serve --fail-records 2", USAGE, "--fail-records: '2' is not a percentage", "write 0.5%"),
    ("local serve --throttle none", USAGE, "--throttle: 'none' is not a rate", "500/s"),
    ("local serve --stream 'bad name'", USAGE, "The stream bad name cannot be created", "--stream"),
    ("local drain --dir /nowhere", USAGE, "There is no folder /nowhere", "--dir names the lake"),
    ("bench send --only nosuch", USAGE, "--only: 'nosuch' cannot be measured", "there are baseline"),
    ("bench verify --events 5", USAGE, "--events: 5 is too small", "write 1,000 or more"),
    ("bench generate --profile nosuch", USAGE, 'no profile "nosuch"', "minimal"),
    ("bench generate --schema nosuch", USAGE, 'no schema "nosuch"', "[fields]"),
]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a run, and with files that nothing can be made of."""
    path = tmp_path_factory.mktemp("bad")
    run = Planted(path)
    run.claim(0, 5)
    run.put("1", lines(events(0, 5)))
    for name, text in {
        "empty.jsonl": "",
        "file": "",
        "text.txt": "hello\n",
        "clicks.jsonl": '{"t":"2026-01-01T00:00:00Z"}\n',
        "picture.png": "\x89PNG\r\n\x1a\n",
        "bad.toml": "[[[\n",
        "profile.toml": "name = 1\n",
        "station.toml": '[[station]]\nname = "x"\nplace = "moon"\n',
        "types.toml": '[kinesis.clicks]\nshards = "many"\n',
        "stream.json": '{"x": 1}',
        "broken.json": "{",
    }.items():
        (path / name).write_text(text, encoding="latin-1")
    return path


@pytest.fixture
def _at_home(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The command line in this process: as in a new one, but for leaving it."""

    def leave(code: int) -> NoReturn:
        raise SystemExit(code)

    monkeypatch.chdir(folder)
    monkeypatch.setattr(command_line, "_leave", leave)
    for name, value in (CREDENTIALS | {"CLICKGEN_HOME": "home", "COLUMNS": "400"}).items():
        monkeypatch.setenv(name, value)
    for name in ("AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"):
        monkeypatch.setenv(name, "none")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield
    for number, handler in handlers.items():
        signal.signal(number, handler)


@pytest.mark.usefixtures("_at_home")
@pytest.mark.parametrize(("words", "code", "message", "hint"), TABLE, ids=[words for words, *_ in TABLE])
def test_a_bad_input_ends_with_a_message_a_hint_and_its_code(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    folder: Path,
    words: str,
    code: int,
    message: str,
    hint: str,
) -> None:
    monkeypatch.setattr("sys.argv", ["clickgen", *shlex.split(words)])
    with pytest.raises(SystemExit) as ended:
        command_line.main()
    said = capsys.readouterr()
    assert ended.value.code == code, said.err
    assert said.out == ""
    assert "Traceback" not in said.err
    head, separator, told = said.err.partition("  hint: ")
    assert separator, said.err
    assert hint in told or hint == "hint"
    assert "clickgen: " in head
    assert message in head
    assert [path.name for path in (folder / "home" / "runs").iterdir()] == [RUN]


def test_the_table_is_about_every_command() -> None:
    assert len(TABLE) >= 60
    assert {words.split()[0] for words, *_ in TABLE} >= set(command_line.Commands.table)
