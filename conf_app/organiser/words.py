"""Name what organisers see, in French."""

from conf_app.door.rules import Standing
from conf_app.registration.models import RegistrationState

STATE_IN_ADDRESS = {
    "inscrit": RegistrationState.CONFIRMED,
    "en-attente": RegistrationState.WAITING,
    "place-proposee": RegistrationState.OFFERED,
    "annule": RegistrationState.CANCELLED,
}
"""How the addresses of lists write a state."""

STANDINGS = {
    Standing.VALID: "ouvert",
    Standing.NOT_YET: "pas encore ouvert",
    Standing.OVER: "terminé",
    Standing.REVOKED: "retiré",
    Standing.NO_SESSION: "sans créneau",
}
"""How a list of door passes says whether one admits."""
