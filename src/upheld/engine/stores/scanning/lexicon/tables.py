"""Words that tables are named with become what their rows are: people, their health, deals, or things whose names are nobody's."""

from __future__ import annotations

import re
from functools import lru_cache

from upheld.engine.stores.scanning.lexicon.values import fold

_PEOPLE = re.compile(
    r"customer|client|\buser|user|member|person|people|patient|employee|staff|subscriber|contact|student|guest|lead|donor|tenant|applicant"
    r"|candidate|reader|passenger|driver|buyer|seller|visitor|citizen|profile|worker|teacher|child|parent|guardian|registrant"
    r"|kund|mitglied|mitarbeit|benutzer|nutzer|schueler|versichert|mieter|teilnehm|bewerb|spender|angestellt|mandant|buerger|einwohn|gast|abonnent"
    r"|klant|medewerk|gebruik|leerling|huurder|bewoner|deelnem|leden|lezer|donateur|personeel|verzekerd|sollicit|burger|ouder|relatie"
    r"|adherent|membre|employe|utilisat|eleve|locatair|abonne|voyageur|salarie|candidat|assure|personne|lecteur|enseign"
    r"|usuari|emplead|alumn|socio|pacient|paciente|inquilin|huesped|titular|asegurad|persona|trabajad|propietar|pasajer|contribuy"
    r"|utent|dipendent|soci\b|pazient|student|abbonat|iscritt|ospit|inquilin|persone|operai|giocator|visitator|lettor|assistit|anagraf"
)
_THINGS = re.compile(
    r"prod[ou]|product|artikel|article|articul|articol|\bteil|teile|\bparts?\b|\bitem|\bbook|buch|ouvrage|libro|boek|livre|exempl|catalog|katalog|animal|mascot|\bpet|haustier|tiere?\b|dier\b|dieren|huisdier|cheval|"
    r"machin|maquin|macchin|geraet|apparaat|anlage|parcom|terminal|sensor|zone|filial|branch|agence|agenzi|vestiging|\bsede|sucursal|centro|\bstore|shop|winkel|negoz|tienda|magasin|parkeer|parcheg|parking|tankst|station|haltestell|standort|"
    r"event|veranstalt|werke?\b|kunst|opere?\b|oeuvre|\bobras?\b|exhib|ausstell|mostra|group?\b|grupp|groep|raum|raeume|\broom|zaal|salle|\bsala|zimmer|config|setting|parametr|einstell|instelling|kurs\b|course|cours|corso|clase|\bjobs?\b|stellen\b|vacanc|offre|"
    r"lager|warehouse|voorraad|stock|playlist|track|album|artist\b|genre|mediatype|media_type|tarif|tariff|plan\b|plans\b|flug|flight|hotel|route|linie|linea\b|ligne\b|village|country|countries|laender|stadt\b|staedte|cities|gemeinden|hersteller|lieferant|leverancier|fournisseur|proveedor|fornitor|supplier|vendor|employers|compan|titel\b|titles|boeken|journal\b|zeitschrift|"
    r"medikament|medicament|medicin|farmac|wirkstoff|museum|musee|museo|school\b|schulen|scuole|schools|uitgaven|edition|auflage|sponsor|ziehung|lotter|premio|prijs\b|equip|ausruest|magazz|deposito"
)
_FIRMS = re.compile(
    r"employers|compan|suppl|lieferant|leverancier|fournisseur|proveedor|fornitor|vendor|partners\b|firmen|bedrijven|empresas|aziende|entreprises|sponsor"
)
_GOODS = re.compile(
    r"animal|mascot|\bpet|haustier|tiere?\b|dier\b|dieren|huisdier|cheval|prod[ou]|artik|articl|artic|item|book|buch|libro|boek|livre|machin|maquin|macchin"
)
_HEALTH = re.compile(
    r"diagn|\bdiag\b|\brez|rezept|recept|prescri|ordonn|ricett|receta|labor|\blab\b|analys|analis|impf|vaccin|vacun|therap|terap|behandl|behandel|medic|medik|klin|clinic|health|sante|salud|gesund|gezond|krank|ziek|malad|enferm|malatt|befund|anamn|symptom|consult|visitamed|baja_?med|sick|untersuch|onderzoek"
)
_TRADE = re.compile(r"order|invoice|purchase|sale|cart|basket|booking|receipt")
_LINES = re.compile(r"line|item|detail|position|entry|entries")


@lru_cache(maxsize=4_000)
def names_people(table: str) -> bool:
    """Whether a table's name (in one writing) is a word for people."""
    return _PEOPLE.search(fold(table)) is not None and not _FIRMS.search(fold(table).replace("_", " "))


@lru_cache(maxsize=4_000)
def names_things(table: str) -> bool:
    """Whether a table's name is a word for things, places or firms, and none for people."""
    plain = fold(table).replace("_", " ")
    return _FIRMS.search(plain) is not None or (_THINGS.search(plain) is not None and not names_people(table))


@lru_cache(maxsize=4_000)
def names_goods(table: str) -> bool:
    """Whether rows stay things even where they belong to somebody: animals, goods, firms."""
    plain = fold(table).replace("_", " ")
    return _GOODS.search(plain) is not None or _FIRMS.search(plain) is not None


@lru_cache(maxsize=4_000)
def names_health(table: str) -> bool:
    """Whether a table's name is a word for what ails people, and what is done about it."""
    return _HEALTH.search(fold(table)) is not None


def names_trade(table: str) -> bool:
    """Whether a table's name is a word for a deal."""
    return _TRADE.search(table) is not None


def lists_trade(table: str) -> bool:
    """Whether a table's name is a word for the lines of an order or invoice."""
    return names_trade(table) and _LINES.search(table) is not None
