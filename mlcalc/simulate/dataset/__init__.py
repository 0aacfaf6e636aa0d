"""Data sets on disk: numbered crops, shards of work, resumed where they stopped, described by a card."""
