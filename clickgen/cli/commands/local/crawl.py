"""`clickgen local crawl`: the crawlers of a running pipeline find tables and partitions."""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from clickgen.cli.app import App, home_option, json_option, pass_app
from clickgen.cli.help import command

if TYPE_CHECKING:
    from clickgen.pipeline.crawling import Crawl

_EXAMPLES = """\b
Examples:
  clickgen local crawl
  clickgen local crawl orders --pipeline examples/prime-day
"""


@command(epilog=_EXAMPLES)
@click.argument("crawlers", nargs=-1, metavar="[CRAWLER]...")
@click.option(
    "--pipeline", metavar="NAME|DIR", help="Name or folder of the pipeline.  [default: the one that runs]"
)
@json_option("Print what each did as one JSON object.")
@home_option
@pass_app
def crawl(app: App, /, *, crawlers: tuple[str, ...], pipeline: str | None) -> None:
    """Run CRAWLER (default: all of the pipeline) and wait until it has found what is there.

    The same as StartCrawler of Glue's API. Run it again when objects have come below a new prefix.
    """
    from clickgen.model.errors import UsageProblem
    from clickgen.model.mistakes import did_you_mean
    from clickgen.pipeline.crawling import crawl as run_crawler
    from clickgen.pipeline.pipeline_file import load_pipeline
    from clickgen.pipeline.running import find_running

    running = find_running(app.home_path, pipeline)
    known = load_pipeline(Path(running.file)).named("crawler")
    for name in crawlers:
        if name.removeprefix("crawler:") not in known:
            raise UsageProblem(
                f"{running.name} has no crawler {name}{did_you_mean(name, known)}",
                f"its crawlers: {', '.join(known) or 'none'}",
            )
    glue = running.client("glue")
    done = [run_crawler(glue, name.removeprefix("crawler:")) for name in crawlers or known]
    app.print_result(
        lambda: {"crawls": [asdict(one) for one in done]},
        lambda console: console.print("\n".join(map(words_of, done)), soft_wrap=True),
        only_json=True,
    )


def words_of(crawl: "Crawl") -> str:
    """What a crawl did, in a line."""
    counts = (("created", crawl.created), ("updated", crawl.updated), ("deleted", crawl.deleted))
    words = [f"{count} {verb}" for verb, count in counts if count]
    return f"crawler:{crawl.crawler} ran, tables: {', '.join(words) or 'no changes'}"
