"""Pictures: files in, image tensors out and back. Knows nothing of networks."""

from nst_helpers.pictures.catalogue import samples, supplied
from nst_helpers.pictures.decode import Decoded, decode_file, decode_stream, fit_within
from nst_helpers.pictures.images import (
    STARTS,
    Picture,
    check_image,
    cover,
    from_pil,
    load_image,
    rescale,
    starting_image,
    to_pil,
)
from nst_helpers.pictures.save import (
    picture_format,
    save_animation,
    save_image,
    to_jpeg,
    write_whole,
)
