"""The site: board, notice, estate and checkpoint as pages, served."""

from upheld.faces.site.errors import SiteRefused
from upheld.faces.site.of_app import pages_of, running_folder
from upheld.faces.site.pages import Pages
from upheld.faces.site.routes import build_site
from upheld.faces.site.serving import running_site

__all__ = [
    "Pages",
    "SiteRefused",
    "build_site",
    "pages_of",
    "running_folder",
    "running_site",
]
