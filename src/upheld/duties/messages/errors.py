"""What can go wrong with letters and mail, as faults with code, reason and remedy. Never carries an address, a name or a password."""

from __future__ import annotations

# Code: what is wrong, what helps where nothing nearer is known.
SAID = {
    "R401": ("letter lacks a value", "Give the value; docs/letters.md lists what each kind needs."),
    "R402": ("value, kind, language or regime that no letter knows", "Use what docs/letters.md lists."),
    "R403": ("letter lacks what the law wants it to say", "Give what is missing; the letter is not sent without it."),
    "R404": ("authority to complain to is not known", "Name it: `authority`, with name and address."),
    "R411": (
        "mail server is not said, or not in a way that can be read",
        "Set UPHELD_SMTP_URL and UPHELD_MAIL_FROM; docs/letters.md says how.",
    ),
    "R412": ("mail server is out of reach", "The letter waits and is tried again; look at the server if it goes on."),
    "R413": ("connection to the mail server is not safe", "Use smtps or starttls with a certificate that this machine trusts."),
    "R414": ("mail server does not let us in", "Correct user and password in UPHELD_SMTP_URL."),
    "R415": ("letter was refused by the mail server", "Correct the address, or send it by post."),
    "R416": ("letter cannot be opened any more", "Its case's key is gone; write a new one if it is still owed."),
    "R417": ("letter could not be sent in time", "Look at what the mail server said, then queue it again or send it by post."),
    "R418": ("letter came back", "Correct the address, or send it by post."),
    "R421": ("mailbox is not said, or not in a way that can be read", "Set UPHELD_IMAP_URL; docs/letters.md says how."),
    "R422": ("mailbox is out of reach", "Mail is read with the next turn; look at the server if it goes on."),
    "R423": ("connection to the mailbox is not safe", "Use imaps or starttls with a certificate that this machine trusts."),
    "R424": ("mailbox does not let us in", "Correct user and password in UPHELD_IMAP_URL."),
    "R425": ("folder of the mailbox cannot be used", "Make the folder, or name another in UPHELD_IMAP_URL."),
}


class MessageFault(Exception):
    """R401 to R404: a letter that may not be made so. R411 to R418: sending. R421 to R425: the mailbox."""

    def __init__(self, code: str, reason: str, help: str = "") -> None:
        self.code = code
        self.summary, known = SAID[code]
        self.reason = reason
        self.help = help or known
        super().__init__(f"{code}  {self.summary}: {reason} {self.help}")
