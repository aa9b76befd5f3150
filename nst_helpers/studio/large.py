"""The picture painted once more, larger, beside the studio."""

import threading
from collections.abc import Callable
from pathlib import Path

from nst_helpers.errors import NSTError
from nst_helpers.pictures import save_image
from nst_helpers.studio.painting import Painting, Settings

TELL_EVERY = 10  # steps: each time the whole studio is shown anew


class Large:
    """One painting at a time, step by step; `say` is told how far it is."""

    def __init__(self, make: Callable[[], Painting], say: Callable[[str], None], threaded: bool):
        self._make, self._say, self._threaded = make, say, threaded
        self._wanted: Settings | None = None  # what is being painted

    def start(self, settings: Settings, place: Path) -> str:
        """Paint `settings` from the start and save it; returns what to tell the learner."""
        if self._wanted:
            return f"One at {self._wanted.size} px is being painted already: Stop ends it"
        self._wanted = settings
        if not self._threaded:
            return self._paint(settings, place)
        work = threading.Thread(
            target=lambda: self._say(self._paint(settings, place)), name="large", daemon=True
        )
        work.start()
        return f"Painting at {settings.size} px"

    def stop(self) -> None:
        self._wanted = None

    def _paint(self, settings: Settings, place: Path) -> str:
        try:
            painting = self._make()
            painting.reset(settings)
            for step in range(1, settings.steps + 1):
                painting.follow(settings)
                painting.step()
                if self._wanted is not settings:
                    return f"The picture of {settings.size} px was stopped"
                if self._threaded and step % TELL_EVERY == 0:
                    self._say(f"Painting at {settings.size} px: step {step} of {settings.steps}")
            return f"Saved {save_image(painting.image, place)}"
        except NSTError as fault:
            return str(fault)
        except Exception as fault:  # nobody looks at what a thread raises
            return f"The picture of {settings.size} px failed: {type(fault).__name__}: {fault}"
        finally:
            if self._wanted is settings:
                self._wanted = None
