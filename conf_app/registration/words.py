"""Name the states of a registration, in French."""

from conf_app.registration.models import RegistrationState

STATES = {
    RegistrationState.CONFIRMED: "inscrit·e",
    RegistrationState.WAITING: "en attente",
    RegistrationState.OFFERED: "place proposée",
    RegistrationState.CANCELLED: "annulé·e",
}
