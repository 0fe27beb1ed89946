"""Martlet beside its peers: installs them, runs all of them alternately, and says what came out.

`scripts/compare-peers --help` is the way in; `rounds.py` says how a figure comes about."""
