"""Name what happens to registrations, in French."""

from conf_app.mail.models import MailState
from conf_app.registration.models import RegistrationState, WaitState

STATES = {
    RegistrationState.CONFIRMED: "inscrit·e",
    RegistrationState.WAITING: "en attente",
    RegistrationState.OFFERED: "place proposée",
    RegistrationState.CANCELLED: "annulé·e",
}

WAITS = {
    WaitState.WAITING: "en attente",
    WaitState.OFFERED: "place proposée",
    WaitState.ACCEPTED: "place acceptée",
    WaitState.DECLINED: "place refusée",
    WaitState.LAPSED: "sans réponse à temps",
    WaitState.LEFT: "liste quittée",
}
"""What became of waiting for a seat."""

MAIL_STATES = {
    MailState.QUEUED: "à envoyer",
    MailState.SENT: "envoyé",
    MailState.FAILED: "pas arrivé",
}
"""How far a letter got."""

LETTERS = {
    "registration_confirmed": "billets",
    "registration_cancelled": "annulation",
    "ticket_passed_on": "billet transmis",
    "ticket_reissued": "billet refait",
    "tickets_found": "billets perdus",
    "waiting_joined": "liste d’attente",
    "seat_offered": "place proposée",
    "offer_lapsed": "place passée à la suite",
    "presence_asked": "demande : tu viens toujours ?",
    "event_tomorrow": "rappel de la veille",
    "seats_released": "place rendue sans réponse",
    "event_postponed": "évènement reporté",
    "event_rescheduled": "nouvel horaire",
    "event_cancelled": "évènement annulé",
}
"""How people call each kind of letter."""
