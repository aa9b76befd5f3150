"""Checks for the exercises: `check.<exercise>(your_function)` answers with a verdict."""

from types import SimpleNamespace

from nst_helpers.checks import lesson01, lesson02, lesson03, lesson04

check = SimpleNamespace(**lesson01.CHECKS, **lesson02.CHECKS, **lesson03.CHECKS, **lesson04.CHECKS)
