"""Name what organisers see, in French."""

from conf_app.registration.models import RegistrationState

STATE_IN_ADDRESS = {
    "inscrit": RegistrationState.CONFIRMED,
    "en-attente": RegistrationState.WAITING,
    "place-proposee": RegistrationState.OFFERED,
    "annule": RegistrationState.CANCELLED,
}
"""How the addresses of lists write a state."""
