"""The course as a site that needs no network: home, lessons, glossary, reference, teaching."""
