"""Read from an address what a list is narrowed to, and write it into one: addresses are shared."""

from flask import request

from conf_app.organiser import words
from conf_app.organiser.listing import Order, Wanted

_YES_NO = {"oui": True, "non": False}
_ORDERS = {each.value: each for each in Order}


def read() -> Wanted:
    """Return what this request's address asks for; what it asks wrongly is left out."""
    asked = request.args
    return Wanted(
        text=asked.get("q", "").strip()[:200],
        state=words.STATE_IN_ADDRESS.get(asked.get("etat", "")),
        session=asked.get("creneau", "")[:80],
        arrived=_YES_NO.get(asked.get("entree", "")),
        needing=bool(asked.get("besoins")),
        doubled=bool(asked.get("doublons")),
        order=_ORDERS.get(asked.get("tri", ""), Order.LATEST),
    )


def written(wanted: Wanted) -> dict[str, str]:
    """Return what an address asks for, by name; what is left as it is by default is left out."""
    states = {state: name for name, state in words.STATE_IN_ADDRESS.items()}
    yes_no = {value: name for name, value in _YES_NO.items()}
    told = {
        "q": wanted.text,
        "etat": states[wanted.state] if wanted.state else "",
        "creneau": wanted.session,
        "entree": yes_no[wanted.arrived] if wanted.arrived is not None else "",
        "besoins": "1" if wanted.needing else "",
        "doublons": "1" if wanted.doubled else "",
        "tri": wanted.order.value if wanted.order is not Order.LATEST else "",
    }
    return {name: value for name, value in told.items() if value}
