"""Staff accounts over a real database: passwords, sign-in, second factor, sessions, tokens, two pairs of eyes; and what the ledger says of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pyotp
import pytest

from tests import searching
from upheld.faces.app import App, Settings
from upheld.language.promises.model import Period, Program
from upheld.records import ledger, staff
from upheld.records.keys import MasterKey
from upheld.records.own import EmbeddedServer, OwnDatabase, on_server
from upheld.records.staff import accounts, approvals, limits, passwords, second, sessions, signing_in, tokens
from upheld.records.staff.errors import StaffRefused
from upheld.records.staff.model import ACTS, ROLES
from upheld.records.staff.passwords import PasswordRules, rules_of

MASTER = MasterKey(bytes(range(32)))
NOW = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
PASSWORD = "three wet umbrellas hum"
SHORT = "hum wet Umb9"
HERE = "192.0.2.7"
RULES = PasswordRules()
EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module", autouse=True)
def quick() -> Iterator[None]:
    """The same argon2id with the least memory: what is tested here is not how long a guess takes."""
    before = passwords._hasher
    passwords._hasher = passwords.PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
    passwords._NOBODY.clear()
    yield
    passwords._hasher = before
    passwords._NOBODY.clear()


@pytest.fixture(scope="module")
def desk(pg: EmbeddedServer, own_template: str) -> Iterator[OwnDatabase]:
    name = f"own_{uuid.uuid4().hex[:12]}"
    own = on_server(pg, name, template=own_template)
    with own.connection() as connection:
        ledger.begin(connection, MASTER, "ledger.example.test/staff", NOW)
    yield own
    own.close()
    pg.drop_database(name)


@pytest.fixture
def line(desk: OwnDatabase) -> Iterator[psycopg.Connection]:
    with desk.connection() as connection:
        yield connection


def made(line: psycopg.Connection, role: str = "operator", password: str = PASSWORD) -> staff.Account:
    name = uuid.uuid4().hex[:8]
    account = staff.add(line, f"Zq {name}", f"zq.{name}@desk.example.test", role, NOW)
    staff.set_password(line, account.ref, password, RULES, NOW)
    return account


def refusal(code: str) -> pytest.RaisesExc[StaffRefused]:
    return pytest.raises(StaffRefused, match=f"^{code}  ")


def events(line: psycopg.Connection, ref: str) -> list[str]:
    rows = line.execute(
        "SELECT l.leaf::jsonb ->> 'event' FROM ledger_leaf l JOIN ledger_detail d ON d.leaf = l.id "
        "WHERE d.detail ->> 'account' = %s ORDER BY l.transaction",
        [ref],
    ).fetchall()
    return [str(row[0]) for row in rows]


HASH = {"sha256", "sha256 hex"}  # of 256 random bits, which nobody can try


def forms(line: psycopg.Connection, secret: str) -> set[str]:
    return {found.form for found in searching.in_database(line, [secret])}


def with_second(line: psycopg.Connection, account: staff.Account, at: datetime = NOW) -> tuple[pyotp.TOTP, tuple[str, ...]]:
    secret = second.start(line, MASTER, account.ref, at)
    totp = pyotp.TOTP(secret)
    return totp, second.confirm(line, MASTER, account.ref, totp.at(at), at)


# ---- accounts and passwords


def test_an_account_is_made_once_for_an_address_however_it_is_written(line: psycopg.Connection) -> None:
    account = made(line)
    with refusal("R506"):
        staff.add(line, "Somebody", f" {account.email.upper()} ", "auditor", NOW)
    assert accounts.account_at(line, account.email.upper()).ref == account.ref


@pytest.mark.parametrize(
    ("name", "email", "role"),
    [
        ("", "a@example.test", "auditor"),
        ("Ada", "no address", "auditor"),
        ("Ada", "a@b", "auditor"),
        ("Ada", "ada@example.test", "root"),
    ],
)
def test_an_account_has_a_name_an_address_and_a_role_that_exists(
    line: psycopg.Connection, name: str, email: str, role: str
) -> None:
    with refusal("R507"):
        staff.add(line, name, email, role, NOW)


@pytest.mark.parametrize(
    ("password", "is_second"),
    [
        ("too short a one", True),
        ("fourteen signs", False),
        ("passwordpassword", False),
        ("qwertyuiopasdfgh", False),
        ("x" * 257, False),
        ("Password1", True),
    ],
)
def test_a_password_that_is_short_or_guessed_first_is_not_taken(password: str, is_second: bool) -> None:
    if password == "too short a one":
        passwords.judge(password, RULES, is_second)  # fifteen signs are enough in both cases
        return
    with refusal("R503"):
        passwords.judge(password, RULES, is_second)


@pytest.mark.parametrize("password", ["maeve.orr@larkspur", "Maeve Orr 2026!!", "upheld privacy 1"])
def test_a_password_made_of_what_others_know_is_not_taken(password: str) -> None:
    with refusal("R503"):
        passwords.judge(password, RULES, False, ("Maeve Orr", "maeve.orr@larkspur.example.test"))


def test_a_long_password_needs_no_mixture_of_signs_and_spaces_count() -> None:
    passwords.judge("heron under the slow bridge", RULES, False)
    passwords.judge(SHORT, RULES, True)
    with refusal("R503"):
        passwords.judge(SHORT, RULES, False)


def test_a_password_fits_in_either_unicode_writing() -> None:
    hashed = passwords.hash_of("caf\u00e9 under the slow bridge")
    assert passwords.fits(hashed, "cafe\u0301 under the slow bridge")
    assert hashed.startswith("$argon2id$")


def test_the_hashes_of_the_product_are_as_costly_as_the_standard_asks() -> None:
    hasher = passwords.PasswordHasher()
    assert (hasher.memory_cost, hasher.time_cost, hasher.type.name) >= (65536, 3, "ID")


def program(example: str) -> Program:
    found = App(Settings()).check(EXAMPLES / example).program
    assert found is not None
    return found


@pytest.fixture(scope="module")
def iqommerce() -> Program:
    return program("iqommerce")


def test_rules_come_from_the_notice_where_it_states_any(iqommerce: Program) -> None:
    assert rules_of(iqommerce) == PasswordRules(15, 8, Period(6, "months"))
    assert rules_of(None) == PasswordRules(15, 8, None)


def test_the_last_account_that_leads_stays(desk: OwnDatabase, pg: EmbeddedServer, own_template: str) -> None:
    name = f"own_{uuid.uuid4().hex[:12]}"
    own = on_server(pg, name, template=own_template)
    with own.connection() as line:
        lead = staff.add(line, "Maeve Orr", "maeve@desk.example.test", "privacy-lead", NOW)
        with refusal("R511"):
            staff.disable(line, lead.ref, NOW)
        with refusal("R511"):
            staff.set_role(line, lead.ref, "operator", NOW)
        other = staff.add(line, "Tomasz Wilk", "tomasz@desk.example.test", "privacy-lead", NOW)
        staff.disable(line, lead.ref, NOW, by=other.ref)
        with refusal("R511"):
            staff.disable(line, other.ref, NOW)
    own.close()
    pg.drop_database(name)


# ---- signing in


def test_a_sign_in_begins_a_session_whose_token_our_database_does_not_have(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account = made(line)
    done = signing_in.sign_in(desk, MASTER, account.email.upper(), PASSWORD, HERE, NOW)
    found = sessions.session_of(line, done.token, NOW)
    assert found is not None and found.account.ref == account.ref and not found.half
    assert forms(line, done.token) <= HASH and forms(line, PASSWORD) == set()
    assert events(line, account.ref)[-1] == "staff:signed-in"


def test_wrong_unknown_disabled_and_without_password_are_answered_alike(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account, gone = made(line), made(line)
    staff.disable(line, gone.ref, NOW)
    empty = staff.add(line, "New One", f"new.{uuid.uuid4().hex[:6]}@desk.example.test", "auditor", NOW)
    said = set()
    for email, password in (
        (account.email, "another wet umbrella"),
        ("nobody@desk.example.test", PASSWORD),
        (gone.email, PASSWORD),
        (empty.email, PASSWORD),
        (account.email, "x" * 100_000),
    ):
        with refusal("R501") as refused:
            signing_in.sign_in(desk, MASTER, email, password, HERE, NOW)
        said.add(str(refused.value))
    assert len(said) == 1
    assert events(line, account.ref).count("staff:sign-in-failed") == 2


def test_an_unknown_account_costs_the_same_hashing_as_a_known_one(
    line: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    account, seen = made(line), []
    real = passwords._hasher

    class Counting:
        def hash(self, password: str) -> str:
            return real.hash(password)

        def verify(self, hash: str, password: str) -> bool:
            seen.append(hash.split("$")[3])
            return real.verify(hash, password)

    monkeypatch.setattr(passwords, "_hasher", Counting())
    known = line.execute("SELECT password FROM staff WHERE ref = %s", [account.ref]).fetchone()
    assert known is not None
    assert not passwords.fits(known[0], "wrong") and not passwords.fits(None, "wrong")
    assert seen[0] == seen[1], "both with one set of parameters"


def test_guessing_comes_to_an_end_for_accounts_that_exist_and_for_those_that_do_not(
    desk: OwnDatabase, line: psycopg.Connection
) -> None:
    account = made(line)
    ends = {}
    for n, email in enumerate((account.email, f"{uuid.uuid4().hex}@desk.example.test")):
        for guess in range(limits.PER_ACCOUNT):
            with refusal("R501"):
                signing_in.sign_in(desk, MASTER, email, f"guess {guess}", f"198.51.100.{n}", NOW)
        with refusal("R502") as refused:
            signing_in.sign_in(desk, MASTER, email, PASSWORD, "203.0.113.9", NOW)
        ends[email] = str(refused.value)
    assert len(set(ends.values())) == 1
    later = NOW + limits.WINDOW + timedelta(seconds=1)
    assert signing_in.sign_in(desk, MASTER, account.email, PASSWORD, HERE, later).account.ref == account.ref
    assert events(line, account.ref).count("staff:sign-in-failed") == limits.PER_ACCOUNT, "what the limit stops is no leaf"


def test_one_address_cannot_try_many_accounts(
    desk: OwnDatabase, line: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_ADDRESS", 4)
    for guess in range(4):
        with refusal("R501"):
            signing_in.sign_in(desk, MASTER, f"{guess}.{uuid.uuid4().hex}@desk.example.test", PASSWORD, "198.51.100.77", NOW)
    with refusal("R502"):
        signing_in.sign_in(desk, MASTER, "another@desk.example.test", PASSWORD, "198.51.100.77", NOW)


def test_a_try_that_fits_counts_no_more_and_clears_no_other_of_its_address(
    desk: OwnDatabase, line: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(limits, "PER_ADDRESS", 3)
    account, there = made(line), "198.51.100.78"
    for guess in range(3):
        for _ in range(2):
            signing_in.sign_in(desk, MASTER, account.email, PASSWORD, there, NOW)
        if guess < 2:
            with refusal("R501"):
                signing_in.sign_in(desk, MASTER, f"{guess}.{uuid.uuid4().hex}@desk.example.test", PASSWORD, there, NOW)
    with refusal("R501"):
        signing_in.sign_in(desk, MASTER, "another@desk.example.test", PASSWORD, there, NOW)
    with refusal("R502"):
        signing_in.sign_in(desk, MASTER, account.email, PASSWORD, there, NOW)


# ---- the second factor


def test_with_a_second_factor_a_password_alone_opens_nothing(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account = made(line)
    totp, _ = with_second(line, account)
    half = signing_in.sign_in(desk, MASTER, account.email, PASSWORD, HERE, NOW)
    found = sessions.session_of(line, half.token, NOW)
    assert half.half and found is not None and found.half
    at = NOW + timedelta(seconds=60)
    whole = signing_in.give_code(desk, MASTER, half.token, totp.at(at), HERE, at)
    assert whole.token != half.token and sessions.session_of(line, half.token, at) is None
    found = sessions.session_of(line, whole.token, at)
    assert found is not None and not found.half


def test_a_code_is_good_once_and_for_its_half_minute(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account = made(line)
    totp, _ = with_second(line, account)

    def given(code: str, at: datetime) -> bool:
        half = signing_in.sign_in(desk, MASTER, account.email, PASSWORD, HERE, at)
        try:
            return bool(signing_in.give_code(desk, MASTER, half.token, code, HERE, at).token)
        except StaffRefused as refused:
            assert refused.code == "R504"
            return False

    assert not given(totp.at(NOW), NOW), "it was used to confirm"
    at = NOW + timedelta(minutes=2)
    code = totp.at(at)
    assert given(code, at) and not given(code, at)
    assert not given(totp.at(at + timedelta(minutes=3)), at + timedelta(seconds=31))
    assert not given("", at + timedelta(minutes=1)) and not given("٠٠٠٠٠٠", at + timedelta(minutes=1))


def test_a_recovery_code_is_good_once_and_only_for_its_account(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account, other = made(line), made(line)
    _, codes = with_second(line, account)
    with_second(line, other)
    assert len(set(codes)) == second.CODES

    def given(whose: staff.Account, code: str) -> bool:
        half = signing_in.sign_in(desk, MASTER, whose.email, PASSWORD, HERE, NOW)
        try:
            return bool(signing_in.give_code(desk, MASTER, half.token, code, HERE, NOW).token)
        except StaffRefused:
            return False

    assert not given(other, codes[0])
    assert given(account, codes[0].upper()) and not given(account, codes[0])
    assert second.codes_left(line, account.ref) == second.CODES - 1
    assert searching.in_database(line, [codes[1], codes[1].replace("-", "")]) == []


def test_codes_cannot_be_guessed_for_long(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account = made(line)
    with_second(line, account)
    half = signing_in.sign_in(desk, MASTER, account.email, PASSWORD, HERE, NOW)
    for _ in range(limits.PER_ACCOUNT):
        with refusal("R504"):
            signing_in.give_code(desk, MASTER, half.token, "nonsense", HERE, NOW)
    with refusal("R502"):
        signing_in.give_code(desk, MASTER, half.token, "nonsense", HERE, NOW)


def test_the_secret_of_the_second_factor_is_sealed_and_goes_with_its_key(line: psycopg.Connection) -> None:
    account = made(line)
    secret = second.start(line, MASTER, account.ref, NOW)
    assert searching.in_database(line, [secret]) == []
    second.confirm(line, MASTER, account.ref, pyotp.TOTP(secret).at(NOW), NOW)
    token = tokens.make_token(line, account, "nightly export", ["look"], NOW + timedelta(days=3), NOW)
    accounts.reset(line, account.ref, PASSWORD, RULES, NOW)
    assert staff.token_of(line, token, NOW) is None, "whoever has to be recognised anew may have lost it, too"
    assert second.started(line, MASTER, account.ref) is None and second.codes_left(line, account.ref) == 0
    found = accounts.account_of(line, account.ref)
    assert found is not None and not found.second


def test_a_short_password_stands_only_beside_a_second_factor(line: psycopg.Connection) -> None:
    account = made(line)
    with_second(line, account)
    staff.set_password(line, account.ref, SHORT, RULES, NOW)
    with refusal("R503"):
        second.drop(line, account.ref, NOW)
    staff.set_password(line, account.ref, PASSWORD, RULES, NOW)
    second.drop(line, account.ref, NOW)


def test_the_picture_for_the_authenticator_has_no_style_of_its_own() -> None:
    picture = second.picture_of(
        second.address_of("JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "maeve@desk.example.test", "Larkspur Seeds")
    )
    assert picture.startswith("<svg") and "style=" not in picture and "<style" not in picture


# ---- sessions and tokens


def test_a_session_ends_when_idle_and_at_its_absolute_end(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account = made(line)
    token = signing_in.sign_in(desk, MASTER, account.email, PASSWORD, HERE, NOW).token
    assert sessions.session_of(line, token, NOW + sessions.IDLE) is None
    at = NOW
    while at < NOW + sessions.ABSOLUTE:
        assert sessions.session_of(line, token, at) is not None
        at += sessions.IDLE - timedelta(minutes=1)
    assert sessions.session_of(line, token, NOW + sessions.ABSOLUTE) is None
    assert sessions.sweep(line, NOW + sessions.ABSOLUTE) >= 1


def test_a_new_password_ends_every_other_session_and_disabling_ends_all(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account = made(line)
    here, there = (signing_in.sign_in(desk, MASTER, account.email, PASSWORD, HERE, NOW).token for _ in range(2))
    kept = sessions.session_of(line, here, NOW)
    assert kept is not None
    staff.set_password(line, account.ref, "another slow umbrella", RULES, NOW, keep=kept.number)
    assert sessions.session_of(line, here, NOW) is not None and sessions.session_of(line, there, NOW) is None
    staff.disable(line, account.ref, NOW)
    assert sessions.session_of(line, here, NOW) is None


def test_a_session_is_revoked_by_its_number_and_only_by_whose_it_is(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account, other = made(line), made(line)
    token = signing_in.sign_in(desk, MASTER, account.email, PASSWORD, HERE, NOW).token
    [(number, _, _)] = sessions.sessions_of(line, account.ref, NOW)
    assert not sessions.end(line, other.ref, number)
    assert sessions.end(line, account.ref, number) and sessions.session_of(line, token, NOW) is None


def test_a_changed_role_counts_at_once(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account = made(line, "auditor")
    token = signing_in.sign_in(desk, MASTER, account.email, PASSWORD, HERE, NOW).token
    staff.set_role(line, account.ref, "operator", NOW)
    found = sessions.session_of(line, token, NOW)
    assert found is not None and found.account.role == "operator"


def test_an_api_token_is_kept_as_a_hash_and_is_worth_no_more_than_its_role(line: psycopg.Connection) -> None:
    account = made(line, "operator")
    ends = NOW + timedelta(days=30)
    token = tokens.make_token(line, account, "nightly export", ["look", "plan"], ends, NOW)
    assert token.startswith("uph_") and forms(line, token) <= HASH
    bearer = staff.token_of(line, token, NOW)
    assert bearer is not None and bearer.may("plan") and not bearer.may("approve")
    staff.set_role(line, account.ref, "auditor", NOW)
    bearer = staff.token_of(line, token, NOW)
    assert bearer is not None and bearer.may("look") and not bearer.may("plan")
    assert staff.token_of(line, token, ends) is None and staff.token_of(line, token + "x", NOW) is None
    [shown] = tokens.tokens_of(line, account.ref)
    assert tokens.end_token(line, account.ref, shown.number, NOW) and staff.token_of(line, token, NOW) is None


@pytest.mark.parametrize(
    ("role", "scopes", "days"),
    [
        ("auditor", ["plan"], 3),
        ("operator", ["staff"], 3),
        ("operator", [], 3),
        ("operator", ["fly"], 3),
        ("operator", ["look"], 0),
        ("operator", ["look"], 400),
    ],
)
def test_an_api_token_for_what_its_maker_may_not_do_or_for_ever_is_refused(
    line: psycopg.Connection, role: str, scopes: list[str], days: int
) -> None:
    with refusal("R510"):
        tokens.make_token(line, made(line, role), "export", scopes, NOW + timedelta(days=days), NOW)


# ---- roles and two pairs of eyes


def test_an_auditor_changes_nothing_and_an_operator_sees_no_proof() -> None:
    assert [act for act in ACTS if staff.may("auditor", act)] == ["look"]
    assert not staff.may("operator", "identify") and staff.may("verifier", "identify") and not staff.may("verifier", "approve")
    assert all(staff.may("privacy-lead", act) for act in ACTS)
    assert all(roles <= set(ROLES) for roles in ACTS.values())


def test_nobody_approves_twice_and_a_changed_plan_begins_anew(line: psycopg.Connection) -> None:
    first, other, auditor = made(line), made(line), made(line, "auditor")
    about, plan = f"R-{uuid.uuid4().hex[:6]}", "ab" * 32
    assert not staff.approve(line, f"staff:{first.ref}", about, "refuse", plan, 2, NOW).stands
    with refusal("R509"):
        staff.approve(line, f"staff:{first.ref}", about, "refuse", plan, 2, NOW)
    with refusal("R508"):
        staff.approve(line, f"staff:{auditor.ref}", about, "refuse", plan, 2, NOW)
    assert not staff.approve(line, f"staff:{other.ref}", about, "refuse", "cd" * 32, 2, NOW).stands
    done = staff.approve(line, f"staff:{other.ref}", about, "refuse", plan, 2, NOW)
    assert done.stands and [one.by for one in done.by] == sorted([f"staff:{first.ref}", f"staff:{other.ref}"])
    assert events(line, first.ref)[-1] == "staff:approved"


def test_an_approval_can_never_be_changed(line: psycopg.Connection) -> None:
    staff.approve(line, f"staff:{made(line).ref}", "R-9999", "carry-out", "ef" * 32, 1, NOW)
    for statement in ("UPDATE staff_approval SET staff = 'another'", "DELETE FROM staff_approval"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            line.execute(statement)  # type: ignore[arg-type]


def test_the_notice_says_where_two_people_must_agree(iqommerce: Program) -> None:
    assert staff.needs_second(iqommerce, "refuse", right="erasure") == ("iqommerce.8.8b",)
    assert staff.needs_second(iqommerce, "carry-out", right="erasure") == ()
    assert staff.needs_second(iqommerce, "disclose", grounds=["legal-process"]) == ("iqommerce.6.3",)
    qualer = program("qualer")
    assert staff.needs_second(qualer, "carry-out", right="erasure", grounds=["compatible-use"]) == ("qualer.ccpa.6d",)
    assert staff.needs_second(qualer, "refuse", right="erasure") == ()
    assert approvals.SECOND == "second-approver"


# ---- what is on record


def test_no_value_of_staff_stands_in_the_ledger_or_outside_their_columns(line: psycopg.Connection) -> None:
    account = made(line)
    staff.set_role(line, account.ref, "verifier", NOW)
    assert events(line, account.ref)[:3] == ["staff:added", "staff:password-set", "staff:role-changed"]
    found = searching.in_database(line, [account.name, account.email])
    assert {one.place for one in found} == {"public.staff"}


def test_a_person_of_the_staff_goes_with_everything_that_is_theirs(desk: OwnDatabase, line: psycopg.Connection) -> None:
    account = made(line)
    with_second(line, account)
    signing_in.sign_in(desk, MASTER, account.email, PASSWORD, HERE, NOW)
    line.execute("DELETE FROM staff WHERE ref = %s", [account.ref])
    for table in ("staff_session", "staff_recovery", "staff_token"):
        assert line.execute(f"SELECT count(*) FROM {table} WHERE staff = %s", [account.ref]).fetchone() == (0,)  # type: ignore[arg-type]
