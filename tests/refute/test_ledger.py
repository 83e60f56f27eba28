"""The ledger: nothing is changed, nothing is lost, nothing counts twice, and trouble is one line."""

from __future__ import annotations

import json
import math
import os
import random as _unused  # placeholder
