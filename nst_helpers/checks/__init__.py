"""Checks for the exercises: `check.<exercise>(your_function)` answers with a verdict."""

from types import SimpleNamespace

from nst_helpers.checks import lesson01, lesson02, lesson03, lesson04, lesson05, lesson06

LESSONS = (lesson01, lesson02, lesson03, lesson04, lesson05, lesson06)
check = SimpleNamespace(
    **{name: exercise for lesson in LESSONS for name, exercise in lesson.CHECKS.items()}
)
