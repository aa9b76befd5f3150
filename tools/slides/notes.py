"""Speaker notes: from TEACHING.md by lesson and heading, and from cells tagged "notes"."""

import re
from collections.abc import Mapping

Notes = Mapping[tuple[str, str], str]
LESSON = re.compile(r"^## Lesson (\d\d) ")
MINUTES = re.compile(r" \(\d+ minutes?\)$")


def teaching_notes(text: str) -> Notes:
    """Maps (lesson's number, section's title) to the Markdown below that heading."""
    notes, lesson, title = {}, "", ""
    for line in text.splitlines():
        begins = LESSON.match(line)
        if begins or line.startswith("## "):
            lesson, title = begins[1] if begins else "", ""
        elif line.startswith("### "):
            title = MINUTES.sub("", line[4:].strip())
            notes[lesson, title] = line[4:].partition(title)[2].strip(" ()")
        elif lesson and title:
            notes[lesson, title] += "\n" + line
    return {where: body.strip() for where, body in notes.items() if where[0]}
