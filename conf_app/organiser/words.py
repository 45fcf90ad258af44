"""Name what organisers see, in French."""

from typing import NamedTuple

from conf_app.door.rules import Standing
from conf_app.organiser.listing import Order
from conf_app.organiser.models import PairAct, TeamRole
from conf_app.registration.models import RegistrationState

STATE_IN_ADDRESS = {
    "inscrit": RegistrationState.CONFIRMED,
    "en-attente": RegistrationState.WAITING,
    "place-proposee": RegistrationState.OFFERED,
    "annule": RegistrationState.CANCELLED,
}
"""How the addresses of lists write a state."""

ORDERS = {
    Order.LATEST: "les plus récentes",
    Order.OLDEST: "les plus anciennes",
    Order.NAME: "par nom, de A à Z",
    Order.NAME_REVERSED: "par nom, de Z à A",
}
"""How a list may stand."""

PAIR_ACTS = {
    PairAct.EXPORT: "emporter ou imprimer des noms de {}",
    PairAct.MAIL: "écrire aux inscrit·es de {}",
    PairAct.PURGE: "effacer avant la date les noms de {}",
    PairAct.CANCEL: "annuler {}",
    PairAct.REMOVE: "retirer {} de l’équipe",
    PairAct.RULE: "arrêter la règle à deux",
}
"""What takes two people, and about what."""

STANDINGS = {
    Standing.VALID: "ouvert",
    Standing.NOT_YET: "pas encore ouvert",
    Standing.OVER: "terminé",
    Standing.REVOKED: "retiré",
    Standing.NO_SESSION: "sans créneau",
}
"""How a list of door passes says whether one admits."""

ROLES = {
    TeamRole.ORGA: ("orga", "voit et fait tout, les noms compris"),
    TeamRole.PROGRAMME: ("programme", "s’occupe du programme\u00a0: les nombres, aucun nom"),
    TeamRole.ACCUEIL: (
        "accueil",
        "suit l’entrée\u00a0: qui est là en nombre, ce qui reste à éclaircir",
    ),
}
"""What each role is called, and what it sees."""


class KindOfAct(NamedTuple):
    """Hold what a kind of acts is called, and which acts of the journal it is."""

    label: str
    acts: tuple[str, ...]


KINDS_OF_ACTS = {
    "lectures": KindOfAct(
        "lire, chercher, emporter des noms",
        ("list.read", "person.read", "list.export", "list.print", "needs.read", "door.search"),
    ),
    "equipe": KindOfAct(
        "l’équipe, et ce qui se décide à deux",
        (
            "organiser.invite",
            "organiser.remove",
            "organiser.role",
            "organiser.address",
            "organiser.sign-in",
            "pair.start",
            "pair.end",
            "pair.ask",
            "pair.approve",
            "pair.refuse",
            "pair.approve-ahead",
            "pair.proceed",
        ),
    ),
    "portes": KindOfAct(
        "tenir l’entrée",
        (
            "door.pass",
            "door.revoke",
            "door.device",
            "door.by-hand",
            "door.undo",
            "door.settle",
            "door.paper.typed",
            "rehearsal.end",
        ),
    ),
    "places": KindOfAct(
        "inscrire, rendre des places, refaire un billet",
        (
            "registration.add",
            "registration.change",
            "registration.cancel",
            "registration.resend",
            "seats.raise",
            "seats.release",
            "ticket.reissue",
        ),
    ),
    "effacements": KindOfAct("effacer", ("privacy.purge", "privacy.purge-needs", "privacy.erase")),
}
"""How the journal's address names kinds of acts."""

ACTS = {
    "list.read": "a lu des inscriptions",
    "person.read": "a lu une fiche",
    "list.export": "a téléchargé la liste",
    "list.print": "a imprimé une liste papier",
    "needs.read": "a lu les besoins",
    "organiser.invite": "a invité dans l’équipe",
    "organiser.remove": "a retiré de l’équipe",
    "organiser.role": "a changé un rôle",
    "organiser.address": "a changé son adresse",
    "organiser.sign-in": "s’est connecté·e",
    "pair.start": "a lancé la règle à deux",
    "pair.end": "a arrêté la règle à deux",
    "pair.ask": "a demandé un accord",
    "pair.approve": "a donné son accord",
    "pair.refuse": "a refusé son accord",
    "pair.approve-ahead": "a donné son accord d’avance",
    "pair.proceed": "a continué sans réponse",
    "registration.add": "a inscrit quelqu’un",
    "registration.change": "a modifié une inscription",
    "registration.cancel": "a annulé une inscription",
    "registration.resend": "a renvoyé un courriel",
    "seats.raise": "a ajouté une place au-delà de la jauge",
    "ticket.reissue": "a refait un billet",
    "door.by-hand": "a fait entrer à la main",
    "door.pass": "a fait un accès bénévole",
    "door.revoke": "a retiré un accès bénévole",
    "door.device": "a retiré un téléphone",
    "door.search": "a cherché un nom à l’entrée",
    "door.undo": "a repris un passage",
    "door.settle": "a éclairci un passage",
    "door.paper.typed": "a recopié une liste papier",
    "rehearsal.end": "a fini la répétition",
    "seats.release": "a rendu des places sans réponse",
    "privacy.purge": "a effacé des noms, le jour venu",
    "privacy.purge-needs": "a effacé des besoins, le jour venu",
    "privacy.erase": "a effacé ses données",
}
"""How the journal says what was done."""
