"""The live studio: sliders and layers that act while the picture is being painted."""

from nst_helpers.studio.studio import StyleStudio

__all__ = ["StyleStudio"]
