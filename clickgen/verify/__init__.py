"""What landed, compared with the ledger, and the verdict."""
