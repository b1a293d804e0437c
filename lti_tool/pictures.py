"""A photo made anew: only its pixels go into a fresh JPEG; place and camera stay behind."""

from __future__ import annotations

import io
import warnings
from typing import BinaryIO

from PIL import Image, ImageOps

EDGE = 1800  # longest side, in pixels
PIXELS_MOST = 50_000_000  # of the picture that is sent; a JPEG is decoded smaller than it is
PIXELS_WHOLE = 25_000_000  # of the kinds that are decoded whole
FORMATS = ("JPEG", "PNG", "WEBP", "GIF")


class NotAPicture(Exception):
    """It cannot be read as a picture, or is far too big to be unpacked."""


def remake(source: BinaryIO) -> bytes:
    """The picture as a JPEG of at most EDGE pixels a side, upright, without any of its data but pixels.

    Raises:
        NotAPicture: of another kind, broken, or a bomb.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(source, formats=FORMATS) as image:
                width, height = image.size
                most = PIXELS_MOST if image.format == "JPEG" else PIXELS_WHOLE
                if width * height > most:
                    raise NotAPicture
                image.draft("RGB", (EDGE, EDGE))
                return _fresh(ImageOps.exif_transpose(image))
    except Exception as error:  # decoders of hostile files raise anything; it is no picture either way
        raise NotAPicture from error


def _fresh(image: Image.Image) -> bytes:
    image = image.convert("RGBA")
    image.thumbnail((EDGE, EDGE))
    fresh = Image.new("RGB", image.size, "white")
    fresh.paste(image, mask=image.getchannel("A"))
    out = io.BytesIO()
    fresh.save(out, "JPEG", quality=85, optimize=True)
    return out.getvalue()
