"""The patterns of tokens, by kind: numbers with units, periods, quantities, boundaries."""

from orchestration.claims.articles import words
from orchestration.claims.articles.words import COUNT, CURRENCY, DIGITS, MONTH, NUMBER, SCALE, YEAR

HOME = r"Hong Kong|HK\b|HKSAR|SAR\b"
THEN = rf"(?:last year|this year|a year (?:ago|earlier|before)|(?:of |in )?(?:the )?(?:previous|preceding) year|{YEAR})"
# What may be between "from" and the figure that it belongs to.
FROM = (
    rf"(?:(?:an?|the|about|almost|nearly|around|some|last|previous|prior|preceding|same|revised|{MONTH}|year|month)(?:'s)?"
    r"|deficit|surplus|shortfall|gap|of)"
)
PART = r"first|second|third|fourth|final|last"

NUMBERS = {
    "range": (
        rf"between {NUMBER}\s?%? ?(?:percent|per cent)? and {NUMBER}\s?(?:%|percent|per cent)"
        rf"|{NUMBER}\s?(?:%|percent|per cent)?\s?(?:to|-)\s?{NUMBER}\s?(?:%|percent\b|per cent\b)"
    ),
    "points": rf"{NUMBER}[ -]?(?:percentage points?|pp\b|basis points?)",
    "percent": rf"(?:(?<!\w)[-+]\s?)?{NUMBER}\s?(?:%|(?:percent|per\s?cent|pct)\b(?!age))",
    "amount": (
        rf"-?(?:{CURRENCY})\s?-?{NUMBER}(?:[ -]?(?:{SCALE})\b)?"
        rf"|{NUMBER}[ -](?:{SCALE})\b(?:\s(?:(?:Hong Kong|HK|US|U\.S\.) ?dollars?|dollars?|yuan|euros?|pounds?|yen))?"
    ),
    "weight": rf"{NUMBER} ?(?:tonn?es|metric tons|tons|kg|kilograms)\b",
    "streak": (
        rf"(?P<a>{DIGITS}(?:st|nd|rd|th)?|(?<![a-z])[a-z]++(?:-[a-z]++)?) (?:consecutive|straight|successive) months?"
        rf"|(?P<b>{DIGITS}(?:st|nd|rd|th)|(?<![a-z])[a-z]++(?:-[a-z]++)?) month (?:in a row|running|in succession)"
        rf"|(?P<c>{DIGITS}|{COUNT}) months (?:in a row|running|on end)"
        rf"|for (?:the|a) (?P<d>{DIGITS}(?:st|nd|rd|th)) month"
    ),
    "record": (
        r"(?P<extreme>largest|biggest|highest|widest|greatest|smallest|lowest|narrowest|slowest|weakest|fastest"
        r"|quickest|strongest|steepest|sharpest|worst|best|most|deepest)(?P<of>[^.,;()]{0,60}?) (?:"
        r"since (?:the )?(?:(?:comparable )?(?:records?|data|figures) (?:began|begun|started?|were kept) in )?"
        rf"(?:(?P<month>{MONTH})\.?(?:,? (?:of )?(?P<then>{THEN}))?|(?P<year>{YEAR}))"
        rf"|in (?P<about>almost |nearly |about |more than |over )?(?P<years>{DIGITS}|{COUNT}|a) years?"
        rf"|(?P<ever>on record|ever recorded|ever))\b|(?P<high>{DIGITS})-year (?:high|low)"
    ),
}
PERIODS = {
    "rolling": (
        rf"(?:three|3)[- ]months?(?: period)? (?:ending|ended|to|through|up to) (?:in )?(?P<month>{MONTH})\b"
        rf"(?:,? (?:of )?(?P<then>{THEN}))?"
    ),
    "quarter": (
        rf"(?:(?P<which>{PART})[- ]quarter|(?<!\w)Q(?P<q>[1-4])\b|(?P<q2>[1-4])Q)(?:,? ?(?:(?:of|in) )?(?:the )?"
        rf"(?P<then>{THEN}))?"
    ),
    "half": rf"(?P<which>first|second)[- ]half(?:,? (?:(?:of|in) )?(?:the )?(?P<then>{THEN}))?",
    "year_to_month": (
        rf"first (?P<count>{DIGITS}|{COUNT}) months(?: (?:(?:of|in) )?(?:the )?(?P<then>{THEN}|year))?"
        rf"|(?:[Ff]rom )?(?P<first>{MONTH})\.?"
        rf"(?: to | through |-| and )(?P<last>{MONTH})\b\.?(?:,? (?:of )?(?P<then2>{THEN}))?"
    ),
    "year_ago": (
        rf"(?:the )?(?:same|corresponding) (?:month|period|quarter|time|half)s?"
        rf" (?:(?:of|in|the) ){{0,2}}(?:{THEN}|year before)"
        r"|(?:the )?(?:corresponding|year-ago|year-earlier) (?:month|period|quarter|half)"
        r"|(?:a|one) year (?:ago|earlier|before)"
        r"|(?:the |a )?year-(?:ago|earlier)|(?:the )?previous year"
    ),
    "last_year": r"last year",
    "same_period": r"(?:this|that|the same|the) (?:period|month|quarter)\b(?! (?:of|in|to|ended|ending|period))",
    "vague": (
        r"first (?:few |several )?months|so far this year|year[- ]to[- ]date|recent (?:months|years)"
        r"|past \w+ (?:months|years)"
        r"|(?:coming|next|last few|last \w+) (?:months?|quarters?|years)|this year|next year"
    ),
    "day": rf"(?:{MONTH})\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?!\d)(?:, {YEAR})?|\d{{1,2}}(?:st|nd|rd|th)? (?:{MONTH})\b"
    rf"|{YEAR}-\d\d-\d\d",
    "month": rf"(?P<name>{MONTH})\b\.?(?! (?!{YEAR})\d{{4}})(?:,? (?:of )?(?P<then>{THEN}))?",
    "month_ago": r"(?:the )?(?:previous|prior|preceding) month|(?:a|one) month (?:ago|earlier|before)|the month before",
    "last_month": r"last month",
    "year": rf"(?<=in )(?P<a>{YEAR})\b|(?<=for )(?P<b>{YEAR})\b|(?:full[- ]year|year(?: of)?) (?P<c>{YEAR})\b"
    rf"|(?P<d>{YEAR}) as a whole|(?<=during )(?P<e>{YEAR})\b"
    rf"|(?:whole|entirety|all) of (?P<f>{YEAR})\b|(?<=throughout )(?P<g>{YEAR})\b|(?<=^over )(?P<h>{YEAR})\b",
}
ABOUT_WHAT = {
    **{f"flow_{name}": rf"\b(?:{pattern})\b" for name, pattern in words.FLOWS.items()},
    "other": rf"\b(?:{words.OTHERS})\b",
    "goods": rf"\b(?:{words.GOODS})\b",
    "volume": rf"\b(?:{words.VOLUME})\b",
    "price": rf"\b(?:{words.PRICE})\b",
}
MEANINGS = {
    "adjusted": rf"\b(?:{words.ADJUSTED})\b",
    "yoy": rf"\b(?:{words.YEAR_ON_YEAR})\b",
    "mom": rf"\b(?:{words.MONTH_ON_MONTH})\b",
    "share": rf"\b(?:{words.SHARE})\b",
    "real": rf"\b(?:{words.REAL})\b",
    "expected": rf"\b(?:{words.EXPECTED})\b",
    "respectively": r"\brespectively\b",
}
BOUNDARIES = {
    "starts": rf"[;:—()]|,(?!\d)|\s-\s|\b(?:{words.STARTS})\b",
    "compared": rf"\b(?:{words.COMPARED})\b|\bfrom(?= (?:{FROM} ){{0,5}}(?:{CURRENCY}|\d))",
    "goes_on": rf"\b(?:{words.GOES_ON})\b",
}
DIRECTIONS = {"up": rf"\b(?:{words.UP})\b", "down": rf"\b(?:{words.DOWN})\b"}


def place(known: str) -> str:
    """Return a pattern of a destination or origin that no known name fits: "exports to the European Union"."""
    months = "Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec|Q[1-4]"
    return rf"\b(?:to|from) (?!(?:the )?(?:{HOME}|{months}|[HU][KS][D$])|{known})(?:the )?[A-Z][\w.]+(?: [A-Z]\w+)*"
