"""The studio's upload takes pictures only, of limited size, and writes nowhere."""

import builtins
import os
import re
from pathlib import Path

import pytest
from corpus_cases import LOADED, REFUSED
from PIL import Image
from test_studio import png

from nst_helpers.errors import ImageError
from nst_helpers.pictures.catalogue import samples
from nst_helpers.pictures.images import check_image
from nst_helpers.studio import StyleStudio
from nst_helpers.studio.gallery import LARGEST_SIZE, LARGEST_UPLOAD, Gallery, last_part

ELSEWHERE = "no file|folder|device|opened|give a size"
NAMES = {
    "../../x.png": "x.png",
    "/etc/passwd": "passwd",
    "C:\\Windows\\x.png": "x.png",
    "..\\..\\x.png": "x.png",
    "..": "upload",
    ".": "upload",
    "": "upload",
    "/": "upload",
    "a/..": "upload",
    "  ": "upload",
    "nul\0l.png": "null.png",
    "two\nlines.png": "twolines.png",
    "\u202egnp.exe": "gnp.exe",
    "Füße 写真.png": "Füße 写真.png",
    "n" * 5000 + ".png": "n" * 76 + ".png",
}
# what is refused for its content, not for the way to it; an upload is always scaled
BYTES = [name for name, case in REFUSED.items() if not re.search(ELSEWHERE, case.words)]


@pytest.fixture
def watched(monkeypatch, tmp_path):
    """Every path that is opened for writing, and an empty working folder."""
    monkeypatch.chdir(tmp_path)
    written, plain_open, plain_os_open = [], builtins.open, os.open

    def watched_open(path, mode="r", *rest, **options):
        if set(mode) & set("wax+"):
            written.append(path)
        return plain_open(path, mode, *rest, **options)

    def watched_os_open(path, flags, *rest, **options):
        if flags & (os.O_WRONLY | os.O_RDWR | os.O_CREAT):
            written.append(path)
        return plain_os_open(path, flags, *rest, **options)

    monkeypatch.setattr(builtins, "open", watched_open)
    monkeypatch.setattr(os, "open", watched_os_open)
    return written


@pytest.mark.parametrize("name", NAMES, ids=lambda name: ascii(name[:20]))
def test_only_the_last_part_of_a_name_is_kept(watched, name):
    gallery = Gallery()
    assert gallery.add_upload(name, png()) == NAMES[name] == last_part(name)
    check_image(gallery.at_size(NAMES[name], 16))
    assert watched == []


def test_what_is_saved_lies_in_the_studios_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("NST_RUNNER", "foreground")
    monkeypatch.chdir(tmp_path)
    studio = StyleStudio(size=32, folder="pictures")
    names = ("../../x.png", "..", "a\\b/../c", "n" * 5000)
    for name in names:
        studio.controls.offer(studio.gallery, "content", studio.gallery.add_upload(name, png()))
        studio.controls.buttons["save_png"].click()
        assert studio.worker.note.startswith("Saved")
    saved = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert [path.parent for path in saved] == [tmp_path / "pictures"] * len(names)


@pytest.mark.parametrize("name", BYTES, ids=lambda name: ascii(name[:20]))
def test_what_is_no_picture_is_refused(files, name, watched):
    gallery = Gallery()
    with pytest.raises(ImageError) as caught:
        gallery.add_upload(name, files[name].read_bytes())
    assert name in str(caught.value)
    assert len(str(caught.value).splitlines()) == 1
    assert gallery.added == []
    assert watched == []


def test_what_is_a_picture_is_kept_at_a_modest_size(files, watched):
    gallery = Gallery()
    for name in LOADED:
        if name in files and "megapixels" not in name:
            kept = gallery.add_upload(name, files[name].read_bytes())
            image = gallery.at_size(kept, 64)
            assert max(check_image(image).shape[2:]) == 64
    assert max(max(image.shape[2:]) for image in gallery._added.values()) <= LARGEST_SIZE
    assert any("transparent" in note for note in gallery.take_notes())
    assert watched == []


def test_too_much_is_refused_before_it_is_decoded(monkeypatch):
    monkeypatch.setattr(
        "nst_helpers.studio.gallery.decode_stream", lambda *_: pytest.fail("decoded")
    )
    with pytest.raises(ImageError, match="11 MB and an upload at most 10"):
        Gallery().add_upload("huge.png", b"\x89PNG" + bytes(LARGEST_UPLOAD + 2**20))


def test_a_supplied_picture_is_never_replaced():
    before = samples("content")["cat"].read_bytes()
    gallery = Gallery()
    gallery.add_upload("cat", png())
    gallery.add_upload(str(samples("content")["cat"]), png())
    assert samples("content")["cat"].read_bytes() == before


def test_transparency_is_noted_in_the_status_line(monkeypatch, tmp_path):
    monkeypatch.setenv("NST_RUNNER", "foreground")
    path = tmp_path / "veil.png"
    Image.new("RGBA", (40, 40), (255, 0, 0, 128)).save(path)
    studio = StyleStudio(path, size=32)
    assert "transparent in places" in studio.view.status.value
    studio._upload("style", ({"name": "lace.png", "content": path.read_bytes()},))
    assert "lace.png is the style now. lace.png is transparent" in studio.worker.note
    assert Path.cwd() != tmp_path
