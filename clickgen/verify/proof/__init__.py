"""What what was found means: findings against the ledger's claims, and the verdict."""
