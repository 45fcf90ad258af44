"""Say what a printed ticket shows, in words ready to read."""

from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class SessionLine:
    """Name a session booked with the ticket."""

    hours: str
    title: str
    room: str = ""


@dataclass(frozen=True, kw_only=True)
class TicketFacts:
    """Hold everything a ticket shows: plain French text, nothing that opens the person's pages."""

    event_title: str
    tagline: str
    day: str
    hours: str
    programme: str = ""
    venue: str
    address: str
    name: str
    reference: str
    sessions: tuple[SessionLine, ...]
    code_url: str
    rehearsal: bool
    purge_date: str
    site_url: str
