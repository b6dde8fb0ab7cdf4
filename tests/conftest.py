"""Hypothesis profiles: fewer examples where kernels run as plain Python, hundreds of times slower."""

import os

import numba
from hypothesis import HealthCheck, settings

common = {"deadline": None, "derandomize": True, "suppress_health_check": [HealthCheck.too_slow]}
settings.register_profile("compiled", max_examples=100, **common)
settings.register_profile("interpreted", max_examples=10, **common)
settings.register_profile("thorough", max_examples=1000, **(common | {"derandomize": False}))
default = "interpreted" if numba.config.DISABLE_JIT else "compiled"
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", default))
