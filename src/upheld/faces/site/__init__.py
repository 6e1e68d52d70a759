"""The site: board, notice, estate and checkpoint as pages, served."""

from upheld.faces.site.errors import SiteRefused
from upheld.faces.site.pages import Pages
from upheld.faces.site.routes import build_site
from upheld.faces.site.serving import running_site, serve

__all__ = ["Pages", "SiteRefused", "build_site", "running_site", "serve"]
