"""A mail opens a case as a form does, answers find their case, and machines are not answered."""

from __future__ import annotations

from dataclasses import replace

import pytest
from aiosmtpd.controller import Controller

from tests.desk.conftest import Desked
from tests.messages import dovecot, mails
from tests.messages.test_outbox import Sink
from upheld.duties.messages import Incoming
from upheld.duties.messages.intake import parse
from upheld.duties.messages.outbox import MailSettings, letters_of, read_letter
from upheld.duties.messages.outbox.looking import letter_of
from upheld.duties.messages.outbox.mime import token_hash
from upheld.duties.messages.outbox.queue import opened
from upheld.duties.requests import details_of, timeline
from upheld.faces.app.desk import Asked, post
from upheld.faces.app.desk.post.guessing import language_of, law_in, rights_in
from upheld.faces.app.desk.standing.firm import address_of
from upheld.records.staff import add, disable

ALL = (
    "access",
    "erasure",
    "rectification",
    "objection",
    "objection-direct-marketing",
    "complaint-to-controller",
    "withdraw-consent",
)


def mail(desked: Desked, raw: bytes) -> Incoming:
    return parse(raw, desked.clock())


def take_in(desked: Desked, raw: bytes, **more: object) -> str | None:
    with desked.desk.own.transaction() as connection:
        return post.received(desked.desk, connection, replace(mail(desked, raw), **more))  # type: ignore[arg-type]


def test_a_mail_opens_a_case_at_the_time_it_came_and_is_acknowledged_in_its_language(desked: Desked) -> None:
    raw = "From: Inès Example <ines1@example.test>\nSubject: Mes données\nMessage-ID: <fr1@example.test>\n\nBonjour, veuillez effacer toutes mes données. Je vous remercie.\n"
    id = take_in(desked, raw.encode())
    assert id is not None
    case = desked.desk.case(int(id.removeprefix("R-")))
    assert (case.rights, case.channel, case.language, case.received_at) == (("erasure",), "email", "fr", desked.clock())
    assert take_in(desked, raw.encode()) == id, "the same mail is the same case"
    desked.work()
    with desked.desk.own.connection() as connection:
        said = details_of(connection, desked.desk.master, case.number)
        assert said["email"] == "ines1@example.test" and "effacer toutes" in said["words"]
        letters = [read_letter(connection, desked.desk.master, one.id) for one in letters_of(connection, id)]
    assert letters and letters[0].language == "fr" and letters[0].kind in ("acknowledgement", "more-content")


def test_a_mail_that_fits_no_right_is_a_question_for_a_person(desked: Desked) -> None:
    id = take_in(desked, b"From: q@example.test\nSubject: Hello\nMessage-ID: <q1@example.test>\n\nDo you have seeds?\n")
    assert id is not None and desked.desk.case(int(id.removeprefix("R-"))).rights == ("answer-to-question",)
    desked.work()
    desked.desk.answer_by_hand(int(id.removeprefix("R-")), "Yes, from March on.", "staff:1")
    desked.work()
    with desked.desk.own.connection() as connection:
        sent = [read_letter(connection, desked.desk.master, one.id) for one in letters_of(connection, id)]
    assert [one.title for one in sent] == ["We have your request for an answer to your question", "Our answer to your question"]
    assert "Yes, from March on." in sent[1].text


@pytest.mark.parametrize("because", mails.AUTOMATIC)
def test_what_a_machine_wrote_opens_no_case(desked: Desked, because: str) -> None:
    before = len(desked.desk.queue())
    ours = frozenset({"privacy@larkspur.example.test"})
    with desked.desk.own.transaction() as connection:
        found = parse(mails.AUTOMATIC[because], desked.clock(), ours=ours)
        assert post.received(desked.desk, connection, found) is None
    assert len(desked.desk.queue()) == before


def test_an_answer_and_a_report_stand_on_the_timeline_of_their_case(desked: Desked) -> None:
    id = take_in(desked, b"From: a2@example.test\nSubject: x\nMessage-ID: <a2@example.test>\n\nPlease erase my data.\n")
    assert id is not None
    desked.work()
    with desked.desk.own.connection() as connection:
        _, envelope = opened(connection, desked.desk.master, letters_of(connection, id)[0].id)
        assert letter_of(connection, token_hash(envelope.token)) == id
    number = int(id.removeprefix("R-"))
    answer = mails.answer(f"<{envelope.token}@x.test>")
    report = mails.report(f"<{envelope.token}@x.test>")
    assert take_in(desked, answer, in_reply_to_case=id, matched_by="reference") == id
    assert take_in(desked, mails.answer(number="three"), in_reply_to_case=id, matched_by="subject") == id
    assert take_in(desked, report, in_reply_to_case=id, matched_by="reference") == id
    with desked.desk.own.connection() as connection:
        found = [(one.kind, one.by, one.note) for one in timeline(connection, desked.desk.master, number)][-3:]
    assert [(kind, by) for kind, by, _ in found] == [("wrote", "person"), ("wrote", "mail"), ("bounced", "upheld")]
    assert found[0][2] == "Re: your letter\n\nHere it is." and found[2][2] == "5.1.1"
    assert desked.desk.case(number).state in ("identity", "incomplete"), "a mail proves nobody and moves nothing"


@pytest.mark.parametrize(
    ("text", "rights", "language"),
    [
        ("Please delete my account and the data of it.", ("erasure",), "en"),
        ("Ich möchte Auskunft, welche Daten Sie von mir haben.", ("access",), "de"),
        ("Je m’oppose à la publicité, plus de publicité de vous.", ("objection-direct-marketing",), "fr"),
        ("Hola, por favor quiero una copia de mis datos y que los borren.\n> please delete", ("access", "erasure"), "es"),
        ("", (), "en"),
        ("12345", (), "en"),
        ("erase correct my copy of my data i object complaint", (), "en"),
    ],
)
def test_words_are_a_first_guess_and_in_doubt_none(text: str, rights: tuple[str, ...], language: str) -> None:
    assert rights_in(text, ALL) == rights
    assert language_of(text, "en") == language


def test_without_a_mailbox_nothing_is_read(desked: Desked) -> None:
    assert post.take(desked.desk) is None
    assert {"take mail", "send waiting letters"} <= set(desked.desk.in_background().handlers)


def test_a_mailbox_of_a_real_server_is_worked_by_the_desk(desked: Desked) -> None:
    """A mail waits in the box; the desk's own job takes it, the letter goes out over SMTP, the answer to it comes home."""
    desk, user = desked.desk, "privacy"
    servers = dovecot.start()
    imap = next(servers)
    (port,) = dovecot.free_ports(1)
    sink = Controller(Sink(), hostname="127.0.0.1", port=port)
    sink.start()
    before, mail_before = desk.app.settings, desk.mail
    try:
        more = {"UPHELD_IMAP_URL": imap.url(user)}
        desk.app.settings = replace(before, environment={**before.environment, **more})
        desk.mail = MailSettings(f"smtp://127.0.0.1:{port}", "privacy@firm.example.test")
        raw = b"From: Rosa <rosa@example.test>\nSubject: Hallo\nMessage-ID: <rosa@example.test>\n\nIch bitte um Auskunft, welche Daten Sie haben.\n"
        imap.deliver(user, raw, desked.clock())
        desk.in_background().handlers["take mail"]({})
        desked.work()
        (letter,) = [one for one in sink.handler.got if one["To"] == "rosa@example.test"]
        assert "Auskunft" in letter.get_body(("plain",)).get_content() and letter["Content-Language"] == "de"
        imap.deliver(user, mails.answer(letter["Message-ID"], number="rosa2"), desked.clock())
        imap.deliver(user, mails.report(letter["Message-ID"]), desked.clock())
        desk.in_background().handlers["take mail"]({})
        (case,) = [one for one in desk.queue() if one.language == "de" and one.channel == "email"]
        with desk.own.connection() as connection:
            happened = [one.kind for one in timeline(connection, desk.master, case.number)]
            assert letters_of(connection, case.id)[0].state == "bounced"
        assert happened[0] == "opened" and {"wrote", "bounced"} <= set(happened)
        assert imap.subjects(user, "INBOX") == []
        assert len(imap.subjects(user, "INBOX.Upheld.Taken")) == 3 and post.destroy_purged(desk) == 0
        desk.withdraw(case.number)
        desked.work()
        desked.clock.forward(days=60)
        desk.in_background().handlers["purge ended cases"]({})
        assert desk.case(case.number).purged_at is not None
        assert post.destroy_purged(desk) == 3, "what was said in the case is destroyed, its mails too"
        assert imap.subjects(user, "INBOX.Upheld.Taken") == []
    finally:
        desk.app.settings, desk.mail = before, mail_before
        desked.clock.forward(days=-60)
        sink.stop()
        servers.close()


def test_a_mail_names_its_law_and_one_that_names_no_right_is_read_in_time_for_any(desked: Desked) -> None:
    raw = "From: w@example.test\nSubject: CCPA\nMessage-ID: <law1@example.test>\n\nUnder the CCPA: what do you do with my things?\n"
    number = int(str(take_in(desked, raw.encode())).removeprefix("R-"))
    case = desked.desk.case(number)
    assert case.regime == "us-ca-ccpa" and case.rights == ("answer-to-question",)
    assert case.answer_by is not None, "it may ask for any right, and each has its day"
    assert law_in("GDPR or CCPA, whichever", {"eu-gdpr": "GDPR", "us-ca-ccpa": "CCPA"}, "neither") == "neither"


def test_a_case_goes_to_whoever_acts_as_the_role_that_its_sentence_names(desked: Desked) -> None:
    desk = desked.desk
    with desk.own.transaction() as connection:
        lead = add(connection, "Maeve Orr", address_of(desk.folder, "privacy-lead").upper(), "operator", desked.clock())

    def owner_of(right: str, channel: str) -> str:
        details = {"name": "Ada Example", "email": "ada@example.test", "words": "Please."}
        case = desk.open(Asked((right,), "eu-gdpr", channel, desked.clock(), details, country="IE")).case
        desk.go_on(case.number)
        return desk.case(case.number).owner

    assert owner_of("complaint-to-controller", "email") == lead.ref
    assert owner_of("answer-to-question", "email") == "", "no sentence says who answers a question"
    with desk.own.transaction() as connection:
        disable(connection, lead.ref, desked.clock())
    assert owner_of("complaint-to-controller", "letter") == "", "who was disabled acts as nobody"
