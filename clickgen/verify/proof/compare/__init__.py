"""What the ledger claims against what was found: pure, and the verdict."""
