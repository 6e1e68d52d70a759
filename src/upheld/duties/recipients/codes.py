"""R301 to R349: each code becomes its fixed first line. Never holds an identifier, an address of a person or an answer's text.

A code is never used again for something else. R301 to R319 are findings about the file of recipients, the others happen to orders.
"""

from __future__ import annotations

from datetime import timedelta

from upheld.language.diagnostic import Diagnostic, Severity

SUMMARIES: dict[str, tuple[Severity, str]] = {
    # the file
    "R301": ("warning", "recipient in the notice has no entry"),
    "R302": ("error", "file of recipients cannot be read"),
    "R303": ("error", "word is not one of this file's"),
    "R304": ("error", "a needed entry is missing"),
    "R305": ("error", "value does not fit its entry"),
    "R306": ("error", "secret stands in the file"),
    "R307": ("error", "recipient is not in the notice"),
    "R308": ("error", "recipient gets data that the notice does not give it"),
    "R309": ("error", "connector is not known"),
    "R310": ("error", "connector cannot do what the entry says"),
    "R311": ("error", "waits between reminders do not grow"),
    "R312": ("error", "case would close without the recipient, and no law is cited"),
    # orders
    "R321": ("error", "recipient is out of reach"),
    "R322": ("error", "recipient answered what its interface does not document"),
    "R323": ("error", "recipient does not accept our credentials"),
    "R324": ("error", "recipient asks us to slow down"),
    "R325": ("error", "recipient's address is not allowed"),
    "R326": ("error", "answer is not the recipient's"),
    "R327": ("error", "recipient does not answer"),
    "R328": ("error", "recipient cannot be told this by its connector"),
    "R329": ("error", "order can no longer be opened"),
    "R330": ("error", "recipient did only a part"),
    "R331": ("error", "setting of a recipient is missing"),
    "R332": ("error", "order is not known, or has its answer"),
    "R333": ("error", "recipient refuses the order"),
}


class RecipientFault(Exception):
    """One thing that cannot be done with a recipient or an order, by its code. `place`: an entry's or an order's name, nothing else."""

    def __init__(self, code: str, place: str, reason: str, help: str) -> None:
        self.code, self.place, self.reason, self.help = code, place, reason, help
        self.summary = SUMMARIES[code][1]
        self.after: timedelta | None = None  # how long the recipient asks us to wait
        super().__init__(f"{code}  {self.summary}: {place}: {reason} {help}")


def finding(code: str, file: str, line: int, detail: str, help: str, suggestion: str | None = None) -> Diagnostic:
    """The diagnostic of `code` at a place; a suggestion also ends the help as a question."""
    severity, summary = SUMMARIES[code]
    if suggestion:
        help = f"{help} Did you mean `{suggestion}`?"
    return Diagnostic(file, line, code, severity, summary, detail, help, suggestion=suggestion)
