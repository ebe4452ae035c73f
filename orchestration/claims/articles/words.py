"""The words of reports on trade, as patterns: quantities, directions, times, and what is not a claim."""

from orchestration.claims.record_spans import COUNTS, MONTHS

MONTH = "|".join(sorted((name.capitalize() for name in MONTHS), key=len, reverse=True)) + "|Sept"
YEAR = r"(?:19|20)\d\d"
MONTH_OF_YEAR = rf"(?:{MONTH})\.?(?: {YEAR})?"
COUNT = "|".join(COUNTS)
# It begins with the first digit and gives none back: trying each digit as the first or the last takes the square of
# their count.
DIGITS = r"(?<!\d)\d++"
NUMBER = r"(?<!\d)(?>\d{1,3}(?:,\d{3})++|\d++)(?:\.\d++)?+"
SCALE = r"trillion|billion|million|thousand|tn|bn|mn|b|m"
CURRENCY = r"HK\$|HKD|US\$|USD|U\.S\.\$|RMB|CNY|EUR|GBP|JPY|A\$|S\$|C\$|NT\$|\$|€|£|¥"

# Quantity of `quantities.py` -> how texts name it. The first match wins.
FLOWS = {
    "services_exports": r"exports? of services|services? exports?",
    "services_imports": r"imports? of services|services? imports?",
    "services_balance": r"services? (?:trade )?surplus|surplus in (?:the )?services? trade|services? trade surplus",
    "re_exports": r"re-?exports?",
    "domestic_exports": r"domestic exports?|exports? of domestic(?:ally produced)? goods",
    "balance": r"(?:\w+ )?trade surplus|trade balance|balance of trade|surplus",
    "trade_deficit": (
        r"(?:(?:visible|foreign|merchandise|goods|external) )*trade (?:deficit|gap|shortfall)"
        r"|visible deficit|deficit|shortfall|gap"
    ),
    "terms_of_trade": r"(?<!in )(?:the )?terms of trade(?: index)?",
    "exports": r"exports?|exported(?: goods)?|(?:out(?:bound|ward) )?shipments|outflows",
    "imports": r"imports?|imported(?: goods)?|inbound shipments|inflows",
}

# Other things that numbers in such articles are about.
OTHERS = (
    r"gross domestic product|GDP|(?:the )?economy|economic growth|retail sales|(?:consumer )?inflation|unemployment|PMI"
    r"|(?:Hang Seng )?index|stocks?|tariffs?|levy|levies|duties|orders|investments?|tourists?|visitors?|revenues?"
    r"|profits?|throughput|cargo|containers?|gold|yuan|bonds?|rents?|wages"
    r"|(?:market|global|energy|oil) (?:share|costs?)"
    r"|(?:total|external|overall|merchandise|bilateral|two-way|foreign|goods|global|world) trade(?! \w*(?:deficit|gap))"
    r"|trade (?:volume|value|performance)|growth forecast|population|deliveries"
)
GOODS = (
    r"machinery|apparatus|appliances|electronics?|electronic \w+|semiconductors?|chips?|machines?|equipment|telecom\w*"
    r"|jewell?ery|diamonds?|pearls?|watches|clocks|clothing|apparel|textiles?|garments?|footwear|toys|food\w*"
    r"|petroleum|fuels?|plastics?|metals?|instruments?|commodit(?:y|ies)|manufactured articles|components?|computers?"
    r"|smartphones?|phones?|tobacco|wine|beverages|raw materials|consumer goods|capital goods|processors?|silver|parts"
    r"|products|chemicals?|pharmaceuticals?|medicin\w+|vehicles?|cars"
)

UP = (
    r"ris(?:e|es|en|ing)|rose|increas\w+|grew|grow(?:s|n|ing|th)?|up|climb\w*|jump\w*|surg\w+|soar\w*|gain\w*|advanc\w+"
    r"|expan\w+|higher|rocket\w*|accelerat\w+|spik\w+|rebound\w*|leap\w*|leapt|uptick|more|hike|upturn|upsurge"
    r"|picked up|pick(?:s|ing)? up|swell\w*|swollen|widen\w*|balloon\w*|improv\w+|strengthen\w*|skyrocket\w*"
    r"|recover\w*|escalat\w+"
)
DOWN = (
    r"negative(?: growth)?|f(?:all|alls|alling|allen|ell)|decreas\w+|declin\w+|drop\w*|down|plung\w+|plummet\w*"
    r"|slump\w*|shrank|shr[iu]nk\w*"
    r"|contract(?:ed|ion|ing)|lower|less|tumbl\w+|slid|slide\w*|sank|sink\w*|slip\w*|los[ts]|loss(?:es)?|narrow\w*"
    r"|reduc\w+|dip(?:s|ped)?|nosedived?|downturn|weaken\w*|retreat\w*|crash\w*|collaps\w+"
)
# How a change developed: a decline that widens is still a decline.
MANNER = r"widen|narrow|accelerat|strengthen|weaken|improv|pick|more|less"
# Nouns that say what the number before them is: a "5 percent fall".
NOUNS = (
    r"rise|increase|growth|gains?|jump|surge|advance|expansion|spike|rebound|leap|uptick|hike|climb|upturn|upsurge"
    r"|boost|fall|decrease|decline|drop|plunge|slump|contraction|slide|reduction|dip|loss|downturn|shrinkage|tumble|dive"
    r"|higher|lower|more|less|up|down|change|drops|increases|falls|rises|declines|decreases|improvement"
)

YEAR_ON_YEAR = (
    r"year[- ](?:on|over)[- ]year|y[-/]?o[-/]?y|yoy|annual(?:ly|i[sz]ed)?|on (?:the |an? )?(?:annual|yearly) basis"
    r"|on (?:a |the )?year|per annum|year on year"
)
MONTH_ON_MONTH = (
    r"month[- ](?:on|over|to)[- ]month|m[-/]?o[-/]?m|m/m|monthly basis|on (?:the |a )?month(?!ly)"
    r"|(?:from|over|than|on) (?:the )?(?:previous|prior|preceding|last) month|(?:from|over|than) (?:a|one) month"
    r" (?:earlier|ago|before)|from the month before"
)
ADJUSTED = r"seasonal(?:ly)?[- ]adjust(?:ed|ment)"
VOLUME = r"volumes?"
REAL = r"real (?:terms|growth|increases?|decreases?|declines?)|national accounts?"
PRICE = r"prices?|unit values?"
SHARE = r"account(?:ed|ing|s)? for|ma(?:de|king|kes?) up|represent(?:ed|ing)|share of|shares?"
EXPECTED = (
    r"expected|expectations?|forecasts?|economists?|analysts?|consensus|estimat(?:e|es|ed)|predict\w*|project(?:ed|ion)"
    r"s?|polled|poll|anticipated|target\w*|could|would|may|might|will|survey\w*|median|outlook|previously reported"
)

# A number after these is from another time, or of another thing, than the sentence.
COMPARED = (
    r"after|following|compar(?:ed|ing) (?:with|to)|in contrast (?:to|with)|versus|vs\.?|against|reversing"
    r"|than(?![ -](?:expected|forecast|anticipated|estimated|projected|doubled|tripled|halved))"
)
GOES_ON = r"and|or|when|which|where"
STARTS = (
    r"while|whereas|but|though|although|with|as(?! a whole)|due to|amid|despite"
    r"|followed (?:[\w ]{0,20} )?by|outpacing|outpaced"
)

# Before a number, these make it approximate, or a bound that is not a figure.
ABOUT = r"(?:about|around|almost|nearly|some|roughly|approximately|close to|near|circa)\s+(?:an? )?$"
BOUND = (
    r"(?:over|more than|above|at least|at most|less than|fewer than|under|below|up to|as much as|as high as"
    r"|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|topp(?:ed|ing)|beyond|no more than)\s+(?:an? )?$"
)
