"""Name what posts and organisers read of the door, in French."""

from conf_app.door.models import Settlement, Verdict

SETTLEMENTS = {
    Settlement.SAME_PERSON: "La même personne",
    Settlement.TWO_PEOPLE: "Deux personnes",
    Settlement.TURNED_BACK: "Est repartie",
    Settlement.NOTED: "Vu, sans suite",
}
"""How a conflict is said to be settled."""

VERDICTS = {
    Verdict.ADMITTED: "entrée",
    Verdict.ALREADY_IN: "déjà entré·e",
    Verdict.REFUSED: "refusé",
}
"""What was answered to a ticket."""
