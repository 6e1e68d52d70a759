"""Where recipients answer: the page behind the link of a letter, and the address that their programs call."""

from upheld.faces.site.recipients.routes import recipients_part

__all__ = ["recipients_part"]
