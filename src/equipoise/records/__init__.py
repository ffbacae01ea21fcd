"""The record log: what a record is, its canonical form and chain, the rules of the ledger, cuts and checks."""
