"""Keep the seat ledger: pools, take, release. Knows no event and no person."""
