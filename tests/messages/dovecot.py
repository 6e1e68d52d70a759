"""A real IMAP server of this test process, without any right on the machine; skips visibly where there is none."""

from __future__ import annotations

import datetime as dt
import getpass
import grp
import imaplib
import ipaddress
import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

PROGRAM = shutil.which("dovecot") or "/usr/sbin/dovecot"
PASSWORD = "orchard/w@ll"
CONFIG = """
base_dir = {folder}/run
state_dir = {folder}/run
log_path = {folder}/log
protocols = imap
listen = 127.0.0.1
auth_mechanisms = plain
auth_failure_delay = 0
disable_plaintext_auth = no
ssl = yes
ssl_cert = <{folder}/cert.pem
ssl_key = <{folder}/key.pem
default_internal_user = {internal}
default_internal_group = {internal_group}
default_login_user = {login}
first_valid_uid = 1
mail_location = maildir:{folder}/mail/%u
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={folder}/mail/%u
}}
namespace inbox {{
  inbox = yes
  separator = .
  prefix = INBOX.
}}
service imap-login {{
  chroot =
  process_min_avail = 1
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = {tls_port}
    ssl = yes
  }}
}}
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  chroot =
}}
"""


class Dovecot:
    """Where the server listens. Any user may log in with the password; each has a mailbox of their own."""

    def __init__(self, folder: Path, port: int, tls_port: int) -> None:
        self.folder, self.port, self.tls_port = folder, port, tls_port

    def url(self, user: str, *, more: str = "", password: str = PASSWORD) -> str:
        return f"imap://{user}:{quote(password, safe='')}@127.0.0.1:{self.port}/INBOX{more}"

    def secure_url(self, user: str, more: str = "") -> str:
        return f"imaps://{user}:{quote(PASSWORD, safe='')}@127.0.0.1:{self.tls_port}/INBOX{more}"

    @contextmanager
    def login(self, user: str) -> Iterator[imaplib.IMAP4]:
        imap = imaplib.IMAP4("127.0.0.1", self.port)
        imap.login(user, PASSWORD)
        yield imap
        imap.logout()

    def deliver(self, user: str, raw: bytes, at: dt.datetime) -> None:
        with self.login(user) as imap:
            said, _ = imap.append("INBOX", "", imaplib.Time2Internaldate(at), raw)
            assert said == "OK"

    def subjects(self, user: str, folder: str) -> list[str]:
        with self.login(user) as imap:
            said, _ = imap.select(f'"{folder}"', readonly=True)
            if said != "OK":
                return []
            _, found = imap.uid("FETCH", "1:*", "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")
        return [piece[1].decode().partition(":")[2].strip() for piece in found if isinstance(piece, tuple)]

    def flags(self, user: str) -> bytes:
        with self.login(user) as imap:
            imap.select("INBOX", readonly=True)
            _, found = imap.uid("FETCH", "1:*", "(FLAGS)")
        return b" ".join(piece for piece in found if isinstance(piece, bytes))


def start() -> Iterator[Dovecot]:
    """The server, gone at the end; for a fixture."""
    if not Path(PROGRAM).exists():
        pytest.skip("no dovecot on this machine: apt-get install dovecot-imapd")
    folder = Path(tempfile.mkdtemp(prefix="upi-"))
    folder.chmod(0o755)
    ports = free_ports(2)
    certificate(folder)
    root = os.geteuid() == 0
    me = pwd.getpwnam("nobody") if root else pwd.getpwuid(os.geteuid())
    (folder / "mail").mkdir()
    if root:
        os.chown(folder / "mail", me.pw_uid, me.pw_gid)
    (folder / "dovecot.conf").write_text(
        CONFIG.format(
            folder=folder,
            port=ports[0],
            tls_port=ports[1],
            password=PASSWORD,
            uid=me.pw_uid,
            gid=me.pw_gid,
            internal="dovecot" if root else getpass.getuser(),
            internal_group="dovecot" if root else grp.getgrgid(me.pw_gid).gr_name,
            login="dovenull" if root else getpass.getuser(),
        )
    )
    server = subprocess.Popen(
        [PROGRAM, "-F", "-c", str(folder / "dovecot.conf")], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        _wait_for(ports[0], server, folder)
        yield Dovecot(folder, *ports)
    finally:
        server.terminate()
        try:
            server.wait(3)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


def _wait_for(port: int, server: subprocess.Popen[bytes], folder: Path) -> None:
    for _ in range(200):
        if server.poll() is not None:
            said = server.stdout.read().decode() if server.stdout else ""
            raise AssertionError(f"dovecot ended: {said}")
        with socket.socket() as one:
            if one.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError((folder / "log").read_text() if (folder / "log").exists() else "dovecot is silent")


def free_ports(count: int) -> list[int]:
    held = [socket.socket() for _ in range(count)]
    try:
        for one in held:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in held]
    finally:
        for one in held:
            one.close()


def certificate(folder: Path) -> None:
    """A certificate that no machine trusts, unless it is named."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    now = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
