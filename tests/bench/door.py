"""Scan at a running site: tickets that nobody scanned yet, by one post a connection."""

import json
from collections.abc import Callable
from itertools import cycle
from uuid import uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from conf_app.clock import utc_now
from conf_app.codes import BearerToken
from conf_app.database import transaction
from conf_app.door import passes
from conf_app.door.models import Passage
from conf_app.programme.models import Event
from conf_app.registration.models import Registration
from conf_app.web.identity import Role
from tests.bench.rates import Rate, run
from tests.bench.sites import Bench
from tests.load.client import Line
from tests.load.site import HOST, database_of

TICKETS = 1_000
"""How many tickets a round goes through before it comes back to the first."""


class Doors:
    """Hold the posts of a site's event and the tickets that they scan."""

    def __init__(self, bench: Bench, posts: int) -> None:
        self.bench = bench
        with database_of(bench.settings) as app:
            with transaction() as session:
                event = session.scalars(select(Event).where(Event.slug == bench.event)).one()
                secrets = [self._join(session, event, number) for number in range(posts)]
                hashes = select(Registration.ticket_hash).where(Registration.event_id == event.id)
                found = session.scalars(hashes.order_by(Registration.ticket_hash).limit(TICKETS))
                self.tickets = [ticket_hash[:16].hex() for ticket_hash in found]
            signer = app.session_interface.get_signing_serializer(app)  # type: ignore[attr-defined]
            self.cookies = [signer.dumps({Role.DEVICE.value: each}) for each in secrets]

    @staticmethod
    def _join(session: Session, event: Event, number: int) -> BearerToken:
        token = passes.demo_pass(session, event, post=f"Poste {number}", now=utc_now())
        return passes.join(session, token, now=utc_now())

    def scans(self, connections: int) -> Callable[[float], Rate]:
        """Return a measure of scans, on so many connections at once."""

        def measure(seconds: float) -> Rate:
            with database_of(self.bench.settings), transaction() as session:
                session.execute(delete(Passage))
            tickets = cycle(self.tickets)
            cookies = cycle(self.cookies)
            held: dict[Line, str] = {}

            async def work(line: Line) -> None:
                if line not in held:
                    held[line] = next(cookies)
                answer = await line.ask(self._request(held[line], next(tickets)))
                assert answer.status == 200, answer

            return run(self.bench.site, work, connections, seconds)

        return measure

    def _request(self, cookie: str, ticket: str) -> bytes:
        body = json.dumps({"id": str(uuid4()), "ticket": ticket}).encode()
        lines = [
            "POST /entree/api/scans HTTP/1.1",
            f"Host: {HOST}:{self.bench.port}",
            f"Cookie: conf={cookie}",
            "Content-Type: application/json",
            f"Content-Length: {len(body)}",
        ]
        return "\r\n".join([*lines, "", ""]).encode() + body
