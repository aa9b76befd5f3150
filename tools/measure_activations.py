"""Make nst_helpers/engine/original_mean_activations.json (`make activations`)."""

import json
from pathlib import Path

import nst_helpers
from nst_helpers.engine.parameters import load_parameters
from nst_helpers.engine.vgg import measure_activations
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import load_image

SIZE = 512  # px, the longer side of each supplied picture


def main() -> None:
    pictures = [
        load_image(path, SIZE) for kind in ("content", "style") for path in samples(kind).values()
    ]
    means = measure_activations(load_parameters("original"), pictures)
    lines = [
        f"  {json.dumps(name)}: {json.dumps([float(f'{value:.5g}') for value in mean.tolist()])}"
        for name, mean in means.items()
    ]
    place = Path(nst_helpers.__file__).parent / "engine" / "original_mean_activations.json"
    place.write_text("{\n" + ",\n".join(lines) + "\n}\n")
    print(f"{sum(map(len, means.values()))} means in {place}")


if __name__ == "__main__":
    main()
