"""Our domain is looked up as the world's mail servers look it up."""

import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing

import dns.flags
import dns.message
import dns.rcode
import dns.resolver
import dns.rrset
import pytest

from conf_app.mail import domain
from conf_app.mail.domain import Resolver, Unanswered

Zone = Mapping[tuple[str, str], list[str]]


def knowing(zone: Zone) -> Resolver:
    """Return a resolver that knows these records and no other."""
    return lambda name, kind: list(zone.get((name, kind), ()))


@pytest.mark.parametrize(
    ("zone", "reached"),
    [
        ({("conf.exemple", "MX"): ["10 mail.conf.exemple."]}, True),
        ({("conf.exemple", "A"): ["192.0.2.1"]}, True),
        ({("conf.exemple", "AAAA"): ["2001:db8::1"]}, True),
        ({("conf.exemple", "MX"): ["0 ."], ("conf.exemple", "A"): ["192.0.2.1"]}, False),
        ({("conf.exemple", "TXT"): ["bonjour"]}, False),
    ],
)
def test_a_domain_takes_mail_by_its_exchange_or_its_address(zone: Zone, reached: bool) -> None:
    assert domain.takes_mail("conf.exemple", knowing(zone)) is reached


def test_only_spf_records_are_spf_records() -> None:
    texts = ["v=spf1 mx -all", "V=SPF1", "v=spf10 mx", "site-verification=v=spf1 mx"]
    found = domain.spf("conf.exemple", knowing({("conf.exemple", "TXT"): texts}))
    assert found == ["v=spf1 mx -all", "V=SPF1"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("v=DKIM1; k=rsa; p=MIGfMA0", True),
        ("p=MIGfMA0", True),
        ("v=DKIM1; k=rsa; p=", False),
        ("v=spf1 mx", False),
    ],
)
def test_a_revoked_key_is_no_key(text: str, found: bool) -> None:
    zone = {("mail._domainkey.conf.exemple", "TXT"): [text]}
    assert bool(domain.dkim("conf.exemple", "mail", knowing(zone))) is found


def test_a_policy_may_stand_on_the_domain_above() -> None:
    ours = {("_dmarc.exemple.org", "TXT"): ["v=DMARC1; p=reject"]}
    nobodys = {("_dmarc.org", "TXT"): ["v=DMARC1; p=none"]}
    assert domain.dmarc("courriel.exemple.org", knowing(ours)) == ["v=DMARC1; p=reject"]
    assert domain.dmarc("courriel.exemple.org", knowing(nobodys)) == []


RECORDS = {
    "TXT": '"v=spf1 include:un.exemple " "include:deux.exemple -all"',
    "MX": "10 mail.conf.exemple.",
}


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Answer on loopback for conf.exemple, and fail for panne.exemple."""
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("127.0.0.1", 0))

    def serve() -> None:
        while True:
            wire, asker = server.recvfrom(4096)
            if not wire:
                return
            query = dns.message.from_wire(wire)
            answer = dns.message.make_response(query)
            answer.flags |= dns.flags.RA
            (question,) = query.question
            kind = question.to_text().split()[-1]
            name = question.name.to_text()
            if name == "panne.exemple.":
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif name != "conf.exemple.":
                answer.set_rcode(dns.rcode.NXDOMAIN)
            elif kind in RECORDS:
                answer.answer = [dns.rrset.from_text(name, 60, "IN", kind, RECORDS[kind])]
            server.sendto(answer.to_wire(), asker)

    thread = threading.Thread(target=serve)
    thread.start()
    here = dns.resolver.Resolver(configure=False)
    here.nameservers, here.port = ["127.0.0.1"], server.getsockname()[1]
    monkeypatch.setattr(dns.resolver, "default_resolver", here)
    yield
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as last:
        last.sendto(b"", server.getsockname())
    thread.join()
    server.close()


@pytest.mark.usefixtures("name_server")
def test_records_are_read_from_a_name_server() -> None:
    assert domain.resolve("conf.exemple", "TXT") == [
        "v=spf1 include:un.exemple include:deux.exemple -all"
    ]
    assert domain.resolve("conf.exemple", "MX") == ["10 mail.conf.exemple."]
    assert domain.resolve("conf.exemple", "AAAA") == []
    assert domain.resolve("rien.exemple", "TXT") == []


@pytest.mark.usefixtures("name_server")
def test_a_name_server_in_trouble_is_not_taken_for_an_empty_one() -> None:
    with pytest.raises(Unanswered, match="ne répondent pas"):
        domain.resolve("panne.exemple", "TXT")
