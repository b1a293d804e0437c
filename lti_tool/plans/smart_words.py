"""What a goal's own words say, in English and Spanish: numbers, dates, and words that say nothing.

Patterns come second: the measure that was chosen in the form counts first (domain.md §1.5). Where a
language has no patterns here, nothing is read from the words and the form alone decides.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from enum import StrEnum

READ_MOST = 500


class Routine(StrEnum):
    """Something done again and again; `attend`: being somewhere, `amount`: so much each time."""

    ATTEND = "attend"
    AMOUNT = "amount"


@dataclass(frozen=True)
class Said:
    """What was found in the words. Empty where nothing was, and for a language without patterns.

    vague: the words that say no amount. work: one named piece of work ("chapter 10 test").
    course_wide: speaks of a whole course or grade. start, target: as written, a number or a letter.
    amount: how many of something, or up to which. dated: names an end. of_days: "5 of 7 days".
    """

    vague: str = ""
    work: str = ""
    course_wide: bool = False
    start: str = ""
    target: str = ""
    amount: str = ""
    dated: bool = False
    always: bool = False
    compares: bool = False
    dream: bool = False
    routine: Routine | None = None
    of_days: bool = False

    @property
    def measured(self) -> bool:
        """Whether the words name an amount to reach."""
        return bool(self.target or self.amount or self.of_days)


@dataclass(frozen=True)
class Language:
    """The patterns of one language, over folded text: lower case, no accents, letters A–F kept capital."""

    vague: re.Pattern[str]
    work: re.Pattern[str]
    course_wide: re.Pattern[str]
    from_to: re.Pattern[str]
    at_least: re.Pattern[str]
    amount: re.Pattern[str]
    dated: re.Pattern[str]
    always: re.Pattern[str]
    compares: re.Pattern[str]
    dream: re.Pattern[str]
    attend: re.Pattern[str]
    repeated: re.Pattern[str]
    of_days: re.Pattern[str]


# A letter grade is a capital that stands alone; a number may carry decimals and a per cent sign.
_MARK = r"(?:[A-F][+-]?(?![\w])|\d{1,3}(?:[.,]\d{1,2})?\s?%?)"
_DAY = r"(?:\d{1,2}[./-]\d{1,2}|\d{4}-\d{2}-\d{2}|\d{1,2}(?:st|nd|rd|th)?)"


def _compiled(**patterns: str) -> Language:
    return Language(**{name: re.compile(pattern) for name, pattern in patterns.items()})


EN_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sep(?:t(?:ember)?)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_EN_DAYS = r"(?:mon|tues|wednes|thurs|fri|satur|sun)day"
_EN_COUNT = (
    r"(?:\d+|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty"
    r"|a hundred)"
)
_EN_PLACE = r"(?:test|quiz|exam|essay|paper|project|lab|midterm|final|report|presentation)"

ENGLISH = _compiled(
    vague=r"\b(?:improv\w*|(?:get|do|be|become) (?:\w+ )?(?:better|good|smarter)|get good|be good|do well"
    r"|try\b(?: harder| my best)?|do my best|work (?:on|hard\w*)|study (?:more|harder)|catch up"
    r"|pay attention)",
    work=rf"\b(?:(?:chapter|unit|module|lesson|week) \w+(?: {_EN_PLACE})?|(?:the|my|our"
    rf"|next) (?:\w+ ){{0,3}}?"
    rf"{_EN_PLACE}(?! (?:average|grades?))(?: \d+)?|(?:quiz|test|exam|essay|lab|project|homework"
    rf"|assignment) \d+)\b",
    course_wide=r"\b(?:in (?:my )?(?:class|math\w*|science|english|history|reading|writing|biology|chemistry"
    r"|physics|spanish|french|german|art|music|pe|social studies|geography|algebra|geometry|school)"
    r"|(?:my|the) (?:\w+ )?grades?|gpa)\b",
    from_to=rf"(?:\bfrom (?:an? )?)?(?P<start>{_MARK}) ?(?:to|up to|->|→|–) ?(?:an? )?(?P<target>{_MARK})",
    at_least=rf"(?:(?:\bat least|>=|≥|\bno less than|\b(?:get|earn|score|make|reach|have"
    rf"|receive)) ?(?:an? |at least "
    rf"(?:an? )?)?(?P<target>{_MARK})|(?P<more>{_MARK}) or (?:more|higher|better|above))",
    amount=rf"\b(?:learn|read|write|finish|complete|memori[sz]e|know|do|master|hand in|turn in|submit"
    rf"|solve|pass"
    rf"|practi[cs]e|visit|draw|build|swim|run)\b(?: \w+){{0,3}}? (?:(?:through"
    rf"|up to) )?(?P<amount>{_EN_COUNT})"
    r"\b(?! ?(?:minutes?|mins?|hours?|times|days?|%|times? a))",
    dated=rf"\b(?:by|before|until|till|on) (?:the )?(?:{_DAY}(?: of)? {EN_MONTH}|{EN_MONTH}(?: {_DAY})?"
    rf"|{_DAY}"
    rf"\b|(?:next )?{_EN_DAYS}|end of|next (?:week|month)|winter|spring|summer|christmas|easter"
    rf"|thanksgiving)",
    always=r"\b(?:always|every ?thing|every (?:single )?(?:test|quiz|assignment|class|homework)|all the time"
    r"|all (?:my )?(?:tests|classes|grades|subjects)|never (?:miss|fail|get))\b",
    compares=r"\b(?:beat|outscore|(?:better|higher|faster|smarter) (?:\w+ )?than (?!(?:last|before|my|i|\d"
    r"|an? [a-f]\b))"
    r"|be (?:the )?(?:best|first|top) (?:in|of)(?: my| the)? class|ahead of)\b",
    dream=r"\b(?:(?:join|play in|make) the (?:nba|nfl|nhl|mlb|wnba|olympics)|go (?:in)?to (?:the moon|mars"
    r"|space)"
    r"|(?:the )?next (?:bill gates|einstein|messi|\w+ \w+)$|be(?:come)? (?:famous|rich|an? (?:astronaut"
    r"|millionaire"
    r"|billionaire|doctor|nurse|vet\w*|lawyer|pilot|engineer|actor|singer|star|scientist|president|youtuber"
    r"|(?:pro(?:fessional)? )?(?:athlete|player|footballer)))|win (?:a|the) (?:nobel|world)|(?:get"
    r"|go) into harvard"
    r"|world champion)\b",
    attend=r"\b(?:attend|go to|visit|come to|see|meet(?: with)?|ask)\b",
    repeated=r"\b(?:every ?(?:day|night|week|morning|evening|school day)|daily|weekly|each (?:day|week|night)"
    rf"|(?:{_EN_COUNT}|once|twice) (?:times )?(?:a|per|each) (?:day|week)|on {_EN_DAYS}s)\b",
    of_days=r"\b(?:\d+|\w+) (?:days )?(?:of|out of) (?:\d+|\w+) days\b|\b\d+ days (?:a|per|each) week\b",
)

ES_MONTH = r"(?:enero|febrero|marzo|abril|mayo|junio|julio|agosto|se[p]?tiembre|octubre|noviembre|diciembre)"
_ES_DAYS = r"(?:lunes|martes|miercoles|jueves|viernes|sabado|domingo)"
_ES_COUNT = (
    r"(?:\d+|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|quince|veinte|treinta|cuarenta"
    r"|cincuenta|cien)"
)
_ES_PLACE = (
    r"(?:prueba|examen|ensayo|trabajo|proyecto|laboratorio|control|informe|presentacion|parcial|final)"
)

SPANISH = _compiled(
    vague=r"\b(?:mejorar\w*|ser (?:mejor|bueno|buena)|ir mejor|hacerlo (?:mejor|bien)"
    r"|hacer (?:todo )?lo posible"
    r"|dar lo mejor|intentar\w*|tratar de|esforzarme\w*|trabajar (?:mas|en|duro)|estudiar mas|ponerme al dia"
    r"|prestar atencion)",
    work=rf"\b(?:{_ES_PLACE} (?:del? )?(?:la |el )?(?:capitulo|unidad|tema|modulo|leccion|semana) \w+"
    rf"|(?:capitulo|unidad|tema|modulo|leccion) \w+|(?:el|la|mi|del|proximo|proxima) {_ES_PLACE}"
    rf"(?: (?:de|del) (?:la )?\w+)?(?: \d+)?|(?:{_ES_PLACE}|tarea) \d+)\b",
    course_wide=r"\b(?:en (?:la clase de |mi clase de )?(?:clase|matematicas|mates|ciencias|ingles"
    r"|historia|lectura"
    r"|escritura|biologia|quimica|fisica|frances|arte|musica|educacion fisica|geografia|algebra|geometria"
    r"|lengua|la escuela)|(?:mi|mis|la|las) (?:notas?|calificacion(?:es)?)|promedio general)\b",
    from_to=rf"(?:(?:\b(?:de|del|desde)(?: una?| el)? )?(?P<start>{_MARK}) ?(?:al?|hasta|->|→|–)(?: una?"
    rf"| el)? ?"
    rf"(?P<target>{_MARK}))",
    at_least=rf"(?:(?:\bal menos|\bpor lo menos|\bcomo minimo|>=|≥|\b(?:sacar\w*|obten\w*|lograr\w*"
    rf"|conseguir\w*|ten(?:er|dre)|alcanzar\w*))"
    rf"(?: al menos| por lo menos)?(?: una?| un| el)? ?(?P<target>{_MARK})|(?P<more>{_MARK}) o mas)",
    amount=rf"\b(?:aprender\w*|leer|escribir|terminar|completar|memorizar|saber\w*|hacer|dominar|entregar"
    rf"|resolver"
    rf"|aprobar|practicar|visitar|dibujar)\b(?: \w+){{0,4}}? (?:hasta (?:el |la )?)?(?P<amount>{_ES_COUNT})"
    r"\b(?! ?(?:minutos?|horas?|veces|dias?|%))",
    dated=rf"\b(?:para|antes de|antes del|hasta|a mas tardar)(?: el| la| los)? (?:{_DAY}(?: de {ES_MONTH})?"
    rf"|{ES_MONTH}|(?:proximo )?{_ES_DAYS}|fin(?:al)? de|fin del|final del|navidad|semana santa|verano"
    r"|proxima semana)",
    always=r"\b(?:siempre|todo(?! lo posible)|en todas? (?:las|mis)|todas (?:las|mis) (?:pruebas|tareas"
    r"|clases|notas)"
    r"|todos (?:los|mis) (?:examenes|trabajos)|nunca (?:faltar|fallar|sacar))\b",
    compares=r"\b(?:ganarle a|ganar a|superar a|vencer a|(?:mejor|mas \w+) que (?!(?:antes|el mes"
    r"|la semana|ahora|\d))"
    r"|ser (?:el|la) (?:mejor|primer[oa]) de)\b",
    dream=r"\b(?:(?:jugar en|entrar (?:a|en)|llegar a) la (?:nba|nfl|seleccion)|ir (?:a la luna|a marte"
    r"|al espacio)"
    r"|(?:el|la) (?:proximo|proxima|nuevo|nueva) (?:bill gates|einstein|messi|\w+ \w+)$|ser (?:famos[oa]"
    r"|ric[oa]"
    r"|astronauta|millonari[oa]|doctor|doctora|medic[oa]|enfermer[oa]|veterinari[oa]|abogad[oa]|piloto"
    r"|ingenier[oa]|actor|actriz|cantante|estrella|cientific[oa]|president[ea]|futbolista|jugador\w*)"
    r"|campeon\w* del mundo)\b",
    attend=r"\b(?:asistir|ir a|acudir|visitar|ver a|reunirme|preguntar\w*)\b",
    repeated=r"\b(?:(?:cada|todos los|todas las) (?:dia|dias|noche|noches|semana|semanas|manana|mananas)"
    r"|diario"
    rf"|diariamente|semanal(?:mente)?|(?:{_ES_COUNT}|una) vez|(?:{_ES_COUNT}) veces (?:al|a la|por) \w+"
    rf"|los {_ES_DAYS})\b",
    of_days=r"\b(?:\d+|\w+) de (?:cada )?(?:\d+|\w+) dias\b|\b\d+ dias (?:a la|por) semana\b",
)

_LANGUAGES = {"en": ENGLISH, "es": SPANISH}


def read_words(words: str, language: str) -> Said:
    """What the words say; nothing where the language ("es-MX" is "es") has no patterns here."""
    patterns = _LANGUAGES.get(language.replace("_", "-").split("-")[0].lower())
    if patterns is None:
        return Said()
    text = folded(words)
    start, target = _marks(patterns, text)
    amount = patterns.amount.search(text)
    repeated = patterns.repeated.search(text) is not None
    return Said(
        vague=_found(patterns.vague, text),
        work=_found(patterns.work, text),
        course_wide=patterns.course_wide.search(text) is not None,
        start=start,
        target=target,
        amount=amount["amount"] if amount else "",
        dated=patterns.dated.search(text) is not None,
        always=patterns.always.search(text) is not None,
        compares=patterns.compares.search(text) is not None,
        dream=patterns.dream.search(text) is not None,
        routine=_routine(patterns, text) if repeated else None,
        of_days=patterns.of_days.search(text) is not None,
    )


def _routine(patterns: Language, text: str) -> Routine:
    return Routine.ATTEND if patterns.attend.search(text) else Routine.AMOUNT


def _marks(patterns: Language, text: str) -> tuple[str, str]:
    both = patterns.from_to.search(text)
    if both:
        return both["start"].strip(), both["target"].strip()
    least = patterns.at_least.search(text)
    return "", (least["target"] or least["more"]).strip() if least else ""


def _found(pattern: re.Pattern[str], text: str) -> str:
    match = pattern.search(text)
    return match[0].strip() if match else ""


def folded(words: str) -> str:
    """Lower case without accents and with single spaces; a letter grade that stands alone stays capital.

    The English article "A" at the start is no grade, so the first word is lower case whatever it is.
    """
    plain = "".join(
        c for c in unicodedata.normalize("NFKD", words[:READ_MOST]) if not unicodedata.combining(c)
    )
    parts = plain.replace("’", "'").split()
    kept = [
        part if place and re.fullmatch(r"[A-F][+-]?[.,;!?]?", part) else part.lower()
        for place, part in enumerate(parts)
    ]
    return " ".join(kept)
