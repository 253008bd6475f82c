"""Stored files: notebooks, shards, provenance, locks."""
