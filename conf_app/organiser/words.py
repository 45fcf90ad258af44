"""Name what organisers see, in French."""

from conf_app.registration.models import RegistrationState

STATES = {
    RegistrationState.CONFIRMED: "inscrit·e",
    RegistrationState.WAITING: "en attente",
    RegistrationState.OFFERED: "place proposée",
    RegistrationState.CANCELLED: "annulé·e",
}

STATE_IN_ADDRESS = {
    "inscrit": RegistrationState.CONFIRMED,
    "en-attente": RegistrationState.WAITING,
    "place-proposee": RegistrationState.OFFERED,
    "annule": RegistrationState.CANCELLED,
}
"""How the addresses of lists write a state."""
