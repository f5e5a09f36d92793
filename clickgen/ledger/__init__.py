"""What a run claims happened, crash-safe: its folder, leases, outcomes and the account."""
