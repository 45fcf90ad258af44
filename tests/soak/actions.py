"""List what attendees do once they are registered: one table, to which new deeds are added."""

import json
import re
from collections.abc import Awaitable, Callable
from typing import NamedTuple

from tests.load.browser import expect, heading, ticked
from tests.soak import pages
from tests.soak.attendee import Attendee, path_of
from tests.soak.model import Guest, Party, Standing, new_tag

_DATA = re.compile(r'<script type="application/json" id="donnees">(.*?)</script>', re.DOTALL)


class Action(NamedTuple):
    """Say what a person may do, how gladly, when it is possible, and how it is done."""

    name: str
    weight: int
    can: Callable[[Attendee, Party], bool]
    do: Callable[[Attendee, Party], Awaitable[object]]


async def accept(one: Attendee, party: Party) -> None:
    """Take the seats on offer."""
    await one.answer(party, one.chance.choice(party.offered), "accept")


async def decline(one: Attendee, party: Party) -> None:
    """Say no to an offer."""
    await one.answer(party, one.chance.choice(party.offered), "decline")


async def leave_queue(one: Attendee, party: Party) -> None:
    """Stop waiting."""
    waiting = [each for each in party.waits.values() if each.position is not None]
    await one.answer(party, one.chance.choice(waiting), "leave")


async def join(one: Attendee, party: Party) -> None:
    """Wait for a full session."""
    await one.join(party)


async def change(one: Attendee, party: Party) -> None:
    """Change a name and the sessions of one ticket; keep what one has where there is no seat."""
    guest = one.chance.choice(party.confirmed)
    path = f"{party.path}/modifier?personne={guest.number}"
    name, sessions = Guest(new_tag(), 0, Standing.CONFIRMED), one.wish()
    page = await one.get(path)
    if await one.is_too_late(party, page, 303):
        return
    expect(page.status == 200, page)
    answer = await one.send(path, page, [("name", name.name), *ticked(sorted(sessions))])
    if answer.status == 422:
        expect("Plus de place pour" in answer.body.decode(), answer)
        one.counts["no seat to change to"] += 1
    elif not await one.is_too_late(party, answer, 409):
        expect(answer.status == 303, answer)
        party.change(guest, name.tag, sessions)
    await one.look(party)


async def cancel(one: Attendee, party: Party) -> None:
    """Cancel for one person, or several."""
    coming = party.coming
    leaving = one.chance.sample(coming, one.chance.randint(1, len(coming)))
    path = f"{party.path}/annuler"
    page = await one.get(path)
    if page.status == 303:  # an offer lapsed meanwhile, or seats went, and nobody comes any more
        await one.look(party)
        return
    expect(page.status == 200, page)
    people = [("people", str(each.number)) for each in leaving] if len(coming) > 1 else []
    answer = await one.send(path, page, people)
    expect(answer.status == 303, answer)
    party.cancel(leaving)
    await one.look(party)


async def pass_on(one: Attendee, party: Party) -> None:
    """Give a ticket to somebody else, with an address or without."""
    guest = one.chance.choice(party.confirmed)
    address = one.chance.choice(("", new_tag()))
    heir = Guest(new_tag(), 1, Standing.CONFIRMED, guest.sessions)
    path = f"{party.path}/transmettre?personne={guest.number}"
    page = await one.get(path)
    if await one.is_too_late(party, page, 303):
        return
    expect(page.status == 200, page)
    email = address and f"{address}@exemple.org"
    answer = await one.send(path, page, [("name", heir.name), ("email", email), ("consent", "y")])
    if await one.is_too_late(party, answer, 409):
        return
    expect(answer.status == 303, answer)
    party.may_have_acted = True
    party.withdraw([guest])
    party.guests.remove(guest)
    theirs = Party(path_of(answer), address, [heir])
    theirs.letters["registration_confirmed"] += bool(address)
    party.letters["ticket_passed_on"] += bool(party.email)
    one.parties.append(theirs)
    await one.look(theirs)
    await one.look(party)


async def ask_for_links(one: Attendee, party: Party) -> None:
    """Say that the ticket is lost."""
    page = await one.get("/billet-perdu")
    answer = await one.send("/billet-perdu", page, [("email", f"{party.email}@exemple.org")])
    expect(answer.status == 303, answer)
    page = await one.get(path_of(answer))
    expect(heading(page) == "Regarde ta boîte", page)
    party.asked_for_links = True


async def turn_reminders(one: Attendee, party: Party) -> None:
    """Object to reminders, or ask for them again."""
    takes = not party.takes_reminders
    party.objects_since = None
    path = f"{party.path}/rappels"
    answer = await one.post(path, [("rappels", "oui" if takes else "non")])
    said = "Recevoir des rappels ?" if takes else "Pas de rappels"
    expect(answer.status == 200 and heading(answer) == said, answer)
    party.object(objects=not takes)
    await one.look(party)


async def come(one: Attendee, party: Party) -> None:
    """Say that one comes, if one is asked."""
    path = f"{party.path}/venir"
    page = await one.get(path)
    if page.status == 303:
        one.counts["not asked whether one comes"] += 1
        await one.look(party)
        return
    expect(page.status == 200 and not party.has_answered, page)
    party.is_asked, party.may_have_answered = True, False
    answer = await one.send(path, page, [])
    expect(answer.status == 303 and path_of(answer) == party.path, answer)
    page = await one.get(party.path)
    if pages.tickets(page):
        expect("C’est noté" in page.body.decode(), page)
        one.counts["said that they come"] += 1
        party.answer()
    else:
        one.counts["too late: seats released"] += 1
    await one.look(party)
    expect(party.has_answered or party.is_released, page)


async def tell_needs(one: Attendee, party: Party) -> None:
    """Tell what one person needs to come, or have it forgotten."""
    guest = one.chance.choice(party.confirmed)
    path = f"{party.path}/besoins?personne={guest.number}"
    page = await one.get(path)
    if await one.is_too_late(party, page, 303):
        return
    expect(page.status == 200 and (not guest.need or guest.need in page.body.decode()), page)
    forgets = bool(guest.need) and one.chance.random() < 0.5
    need = "" if forgets else new_tag()
    fields = [("effacer", "y")] if forgets else one.needs(need)
    answer = await one.send(path, page, fields)
    if await one.is_too_late(party, answer, 409):
        return
    expect(answer.status == 303, answer)
    guest.need, party.may_have_acted = need, True
    page = await one.get(party.path)
    said = "C’est effacé" if forgets else "C’est noté"
    expect(said in page.body.decode() or not pages.tickets(page), page)
    one.counts["needs forgotten" if forgets else "needs told"] += 1
    await one.look(party)


async def disown(one: Attendee, party: Party) -> None:
    """Take the address back; sometimes the registration goes with it."""
    path = f"{party.path}/pas-moi"
    page = await one.get(path)
    expect(page.status == 200 and heading(page) == "Ce n’est pas moi", page)
    cancels = bool(party.coming) and one.chance.random() < 0.5
    answer = await one.send(path, page, [("cancels", "y")] if cancels else [])
    expect(answer.status == 303, answer)
    page = await one.get(path)
    expect(heading(page) == "Aucune adresse ici", page)
    party.was_disowned, party.email = True, ""
    if cancels:
        party.cancel(party.coming)
    await one.look(party)


async def keep_one(one: Attendee, party: Party) -> None:
    """Follow the link of a letter that keeps one ticket of several, and cancel the others."""
    path = _keep_link(one, party)
    page = await one.get(path)
    if page.status == 200:
        answer = await one.send(path, page, [])
        expect(answer.status == 303 and path_of(answer) == party.path, answer)
        one.counts["other tickets given back"] += 1
        for other in one.open_parties:
            if other is not party and other.email == party.email and other.coming:
                other.cancel(other.coming)
    else:
        expect(page.status == 303, page)
    for each in one.open_parties:
        await one.look(each)


async def see_data(one: Attendee, party: Party) -> None:
    """See what is kept, take it away, and find everybody in it."""
    page = await one.get(f"{party.path}/mes-donnees")
    expect(page.status == 200 and heading(page) == "Mes données", page)
    page = await one.get(f"{party.path}/mes-donnees.html")
    found = _DATA.search(page.body.decode())
    expect(page.status == 200 and found is not None, page)
    data = json.loads(found[1] if found else "")
    expect({each["nom"] for each in data["personnes"]} == {g.name for g in party.guests}, page)
    expect(data["adresse"] == (f"{party.email}@exemple.org" if party.email else None), page)
    expect(data["rappels"] is party.takes_reminders, page)
    needs = {
        pages.tags(each["besoins"]["texte"])[0] for each in data["personnes"] if each["besoins"]
    }
    told = {guest.need for guest in party.coming if guest.need}
    expect(needs in (told, set()), page)  # none: the seats may have gone meanwhile


async def take_files(one: Attendee, party: Party) -> None:
    """Download a ticket in one of its forms."""
    number = one.chance.choice(party.confirmed).number
    suffix = one.chance.choice(("svg", "png", "pdf", "ics"))
    answer = await one.get(f"{party.path}/{number}.{suffix}")
    if await one.is_too_late(party, answer, 409):
        return
    expect(answer.status == 200 and bool(answer.body), answer)


async def erase(one: Attendee, party: Party) -> None:
    """Erase everything at once."""
    path = f"{party.path}/effacer"
    page = await one.get(path)
    expect(page.status == 200 and heading(page) == "Tout effacer ?", page)
    answer = await one.send(path, page, [])
    expect(answer.status == 303, answer)
    page = await one.get(path_of(answer))
    expect(heading(page) == "C’est effacé", page)
    party.erase()
    await one.look(party)


async def only_look(one: Attendee, party: Party) -> None:
    """Do nothing: offers may lapse meanwhile."""
    await one.look(party)


async def register_again(one: Attendee, _party: Party) -> None:
    """Make another registration in the same browser, for the same address."""
    await one.register()


def _keep_link(one: Attendee, party: Party) -> str:
    others = [each for each in one.open_parties if each is not party and each.coming]
    if not party.email or party.email not in {each.email for each in others}:
        return ""
    links = one.mail.keep_links(f"{party.email}@exemple.org")
    return next((link for link in links if link.startswith(f"{party.path}/")), "")


ACTIONS = (
    Action("take an offer", 40, lambda _, party: bool(party.offered), accept),
    Action("decline an offer", 8, lambda _, party: bool(party.offered), decline),
    Action(
        "leave a queue",
        4,
        lambda _, party: any(each.position is not None for each in party.waits.values()),
        leave_queue,
    ),
    Action("wait for a session", 14, lambda _, party: bool(party.confirmed), join),
    Action("change", 14, lambda _, party: bool(party.confirmed), change),
    Action("cancel", 10, lambda _, party: bool(party.coming), cancel),
    Action("pass a ticket on", 6, lambda _, party: bool(party.confirmed), pass_on),
    Action("ask for lost tickets", 4, lambda _, party: bool(party.email), ask_for_links),
    Action("turn reminders on or off", 4, lambda _, party: True, turn_reminders),
    Action("say that one comes", 12, lambda _, party: bool(party.confirmed), come),
    Action("tell needs", 6, lambda _, party: bool(party.confirmed), tell_needs),
    Action("disown", 3, lambda _, party: bool(party.email), disown),
    Action("keep one of several", 60, lambda one, party: bool(_keep_link(one, party)), keep_one),
    Action("see and download data", 4, lambda _, party: True, see_data),
    Action("download a ticket", 6, lambda _, party: bool(party.confirmed), take_files),
    Action("erase", 3, lambda _, party: True, erase),
    Action("only look", 16, lambda _, party: True, only_look),
    Action("register again", 4, lambda one, _: len(one.parties) < MOST_PARTIES, register_again),
)
"""Whoever adds a page adds a line here, and to ``model.Party`` what the page tells."""

MOST_PARTIES = 3


async def act(one: Attendee) -> None:
    """Do one thing with one of one's links, drawn by weight among those possible."""
    parties = one.open_parties
    if not parties:
        await one.register()
        return
    party = one.chance.choice(parties)
    possible = [each for each in ACTIONS if each.can(one, party)]
    (action,) = one.chance.choices(possible, [each.weight for each in possible])
    one.counts[action.name] += 1
    try:
        await action.do(one, party)
    except AssertionError as fault:
        fault.add_note(f"{action.name}, {party.path}:")
        raise
