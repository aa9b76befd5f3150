"""Races between loops. The package comes first: it tells PyTorch's threads how to wait."""

import nst_helpers
