"""Each refusal that reaches a visitor has its page: without one it would be a fault of ours."""

import re
from collections.abc import Iterator

from conf_app import cli, resources
from conf_app.refusals import Refusal

SAID_IN_A_FORM = {
    *("AlreadySubmitted", "EventFull", "SessionsFull", "SessionsOverlap", "UnknownSession"),
    *("EventPostponed", "OfferOver", "SessionBegun", "NameTaken", "AddressTaken"),
}
SAID_ON_THE_COMMAND_LINE = {
    *("BadDocument", "CannotMove", "CannotServe", "CapacityTooLow", "FarFromEvent"),
    *("HoursReversed", "NoSuchEvent", "NotMigrated", "NotRehearsing", "OlderRevision"),
    *("PeopleRegistered", "RealRegistrations", "SessionBooked", "WrongTicketKeys"),
}
TRANSLATED = {"CapacityBelowTaken", "NotEnoughSeats"}  # the ledger knows no event to speak of


def below(kind: type[Refusal]) -> Iterator[type[Refusal]]:
    """Return all kinds of a refusal."""
    for each in kind.__subclasses__():
        yield each
        yield from below(each)


def test_each_refusal_is_worded_where_it_is_met() -> None:
    assert cli.commands.name  # importing it imports every room
    pages = {path.stem for path in (resources.TEMPLATES / "refusals").glob("*.html")}
    worded = {
        each.__name__
        for each in below(Refusal)
        if re.sub(r"(?<!^)(?=[A-Z])", "_", each.__name__).lower() in pages
    }
    assert len(worded) == len(pages)
    assert {each.__name__ for each in below(Refusal)} - worded == (
        SAID_IN_A_FORM | SAID_ON_THE_COMMAND_LINE | TRANSLATED
    )
