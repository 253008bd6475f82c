"""Settings that every test shares."""

import os

from hypothesis import settings

# Tests run in several processes side by side. Threads of one that wait for each other while
# another has the core would spend most of the time spinning; set before torch is imported.
for library in ("OMP", "MKL", "OPENBLAS", "NUMEXPR"):
    os.environ[f"{library}_NUM_THREADS"] = "1"

settings.register_profile("book", deadline=None, derandomize=True, max_examples=40)
settings.load_profile("book")
