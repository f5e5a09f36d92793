"""Taking up a run that is there already: only as it was when its ledger was read, also where nothing is left."""

from clickgen.ledger.claims import read_claims
from clickgen.ledger.ending import Ending
from clickgen.ledger.folder import RunFolder
from clickgen.ledger.store import LedgerWriter
from clickgen.model.errors import EnvironmentProblem
from clickgen.model.plan import Plan
from clickgen.run.leases import Left


def check_unchanged(folder: RunFolder, plan: Plan, left: Left) -> None:
    """EnvironmentProblem where another process has gone on with a run since its ledger was read."""
    if read_claims(folder, plan).entries != left.entries:
        raise EnvironmentProblem(
            f"run {folder.run} went on meanwhile: another process has sent events of it",
            "resume it again: what is left is then read anew",
        )


def close_account(folder: RunFolder, plan: Plan, left: Left) -> None:
    """Close the account of a run that was killed, or failed, with nothing left to send.

    What its process had leased is unknown for good, as in a run that is resumed.
    """
    with folder.held():
        check_unchanged(folder, plan, left)
        ledger = LedgerWriter(folder.ledger_file)
        ledger.orphan(left.orphans)
        ledger.close_run(left.planned, left.facts, Ending.COMPLETE)
        ledger.close()
