"""What is stored, and how: notebooks, shards, provenance, locks."""
