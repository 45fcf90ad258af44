"""Tickets to draw and print."""

from dataclasses import replace
from random import Random

from conf_app.codes import TicketCode, encode
from conf_app.tickets.facts import SessionLine, TicketFacts
from conf_app.tickets.qr import ticket_url

SITE = "https://conf.onestla.tech"


def some_urls(count: int) -> list[str]:
    """Return what so many tickets' QR hold, the same at each run."""
    random = Random(2022)
    return [ticket_url(SITE, TicketCode(encode(random.getrandbits(130), 26))) for _ in range(count)]


ASSEMBLY = SessionLine(
    hours="17\u00a0h\u00a005 – 18\u00a0h", title="Assemblée générale du collectif", room="Agora"
)

TICKET = TicketFacts(
    event_title="1re conférence onestla.tech",
    tagline="Mettre la technologie au service du bien commun",
    day="jeudi 15 décembre 2022",
    hours="de 11\u00a0h à 17\u00a0h\u00a030",
    venue="Cité des sciences et de l’industrie",
    address="30 avenue Corentin-Cariou, 75019 Paris",
    name="Zélie",
    reference="K7Q-F2M-X",
    sessions=(ASSEMBLY,),
    code_url=some_urls(1)[0],
    rehearsal=False,
    purge_date="le 15 janvier 2023",
    site_url=SITE,
)

LONG_TICKET = replace(
    TICKET,
    event_title="Rencontre des travailleuses et travailleurs du numérique " * 3,
    tagline="Mettre la technologie au service du bien commun " * 4,
    venue="Cité des sciences et de l’industrie " * 3,
    address="30 avenue Corentin-Cariou, 75019 Paris " * 3,
    name="W" * 80,
    sessions=(
        replace(
            ASSEMBLY,
            title="Qu’est-ce qu’une technologie vraiment éthique ? Travail globalisé et durabilité",
            room="Amphithéâtre Gaston-Berger",
        ),
    )
    * 8,
    rehearsal=True,
)
