"""What the studio's preview costs the loop: steps with it and without, in turns.

python benchmarks/studio_preview.py [SIZE]
"""

import os
import statistics
import sys
import time

from nst_helpers.studio import StyleStudio

ROUNDS, SECONDS = 5, 6.0


def steps_in(studio: StyleStudio, seconds: float) -> int:
    """How many steps the studio's thread takes in `seconds`."""
    before = studio.painting.steps_done
    studio.run(1_000_000 - before)
    time.sleep(seconds)
    steps = studio.painting.steps_done - before
    studio.worker.ask(studio.worker.pause)
    studio.wait()
    return steps


def main(size: int) -> None:
    os.environ["NST_RUNNER"] = "thread"
    studio = StyleStudio(size=size)
    studio.run(10)
    studio.wait()
    frames = []
    studio.view.picture.observe(frames.append, "value")
    update, with_preview, without = studio.view.update, [], []
    for _ in range(ROUNDS):
        studio.view.update = lambda *_, **__: None
        without.append(steps_in(studio, SECONDS) / SECONDS)
        studio.view.update = update
        with_preview.append(steps_in(studio, SECONDS) / SECONDS)
    lost = [100 * (1 - shown / bare) for shown, bare in zip(with_preview, without, strict=True)]
    print(f"{size} px, {ROUNDS} rounds of {SECONDS:.0f} s each way, medians:")
    print(f"  without the preview {statistics.median(without):6.2f} steps a second")
    print(f"  with it             {statistics.median(with_preview):6.2f} steps a second")
    print(f"  lost                {statistics.median(lost):6.1f} %")
    print(f"  shown               {len(frames) / ROUNDS / SECONDS:6.2f} pictures a second")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 192)
