"""Which nation a text speaks of, whichever of its words it uses.

"Russia", "the Russians", "Moscow" and "the Kremlin" are one party in a news story, and no stemmer
knows it. A table written by hand says so for the members of the United Nations, a few territories
and nations without a seat there, and the unions that act as parties. Pure: text in, spans out.

A form that may mean either of two nations ("Korea", "Congolese", "Dominican") means neither here,
and so do longer terms that only contain a nation's name ("New Mexico", "Paris Agreement"). Persons
are not told from nations: "Jordan" and "Chad" are always the country.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from typing import TypeAlias


class MentionKind(StrEnum):
    """In what way a form stands for its nation."""

    NAME = "name"
    """The name, a former or shorter one, or an abbreviation: "Russian Federation", "UAE"."""
    DEMONYM = "demonym"
    """The adjective and the words for its people: "British", "Britons"."""
    SEAT = "seat"
    """Where its government sits, said for the government: "Moscow", "the White House"."""


@dataclass(frozen=True, slots=True)
class Mention:
    """A stretch of text that stands for a nation.

    Attributes:
        nation: The canonical name, one of ``nations()``.
        start: First code point in the text.
        end: One past the last; a possessive's apostrophe is not part of it.
        kind: Whether the nation is named, its people are, or its seat.
    """

    nation: str
    start: int
    end: int
    kind: MentionKind


def nations() -> tuple[str, ...]:
    """Return the canonical name of every nation in the table, in its order."""
    return tuple(_aliases())


def aliases_of(nation: str) -> tuple[str, ...]:
    """Return every form that stands for a nation, for widening a query.

    Args:
        nation: A canonical name, as in ``Mention.nation``.

    Returns:
        The canonical name first, then other names, demonyms and seats; no form twice.

    Raises:
        ValueError: If no nation has this canonical name.

    Examples:
        >>> aliases_of("Russia")[:4]
        ('Russia', 'Russian Federation', 'Russian', 'Russians')
    """
    try:
        return _aliases()[nation]
    except KeyError:
        raise ValueError(f"not the canonical name of a nation: {nation!r}") from None


def find_nations(text: str, *, ignore_case: bool = False) -> tuple[Mention, ...]:
    """Find the nations that a text speaks of, in time linear in its length.

    Forms match as whole words, the longest first ("Guinea-Bissau" is not Guinea); any one white
    space stands for a space, and a curly apostrophe for a straight one.

    Args:
        text: An article's text, or a question.
        ignore_case: Accept a form in any case, as people type questions, unless its lower case
            is a common word ("us", "poles"); such a form needs its capitals all the same.

    Returns:
        Mentions in order of their start; they do not overlap.

    Examples:
        >>> [m.nation for m in find_nations("Moscow’s envoy told US diplomats to trust us.")]
        ['Russia', 'United States']
        >>> [m.nation for m in find_nations("what did the kremlin tell us", ignore_case=True)]
        ['Russia']
    """
    mentions = []
    for match in _pattern(ignore_case=ignore_case).finditer(text):
        form = _SPACE.sub(" ", match[0]).replace("’", "'")
        meaning = _forms().get(form)
        if meaning is None and ignore_case:
            meaning = _folded_forms().get(form.casefold())
        if meaning is not None:
            nation, kind = meaning
            mentions.append(Mention(nation, match.start(), match.end(), kind))
    return tuple(mentions)


_SPACE = re.compile(r"\s")

_Trie: TypeAlias = "dict[str, _Trie]"


def _expand(cell: str) -> Iterator[str]:
    """Yield the forms in one cell of the table; ``Russian+`` is "Russian" and "Russians"."""
    for form in filter(None, map(str.strip, cell.split(";"))):
        yield form.removesuffix("+")
        if form.endswith("+"):
            yield f"{form[:-1]}s"


def _rows() -> Iterator[tuple[str, str, MentionKind]]:
    """Yield form, nation and kind, as the table lists them."""
    for row in _NATIONS.strip().splitlines():
        nation = row.partition("|")[0].partition(";")[0].strip()
        for kind, cell in zip(MentionKind, row.split("|"), strict=True):
            for form in _expand(cell):
                yield form, nation, kind


@lru_cache(maxsize=1)
def _forms() -> dict[str, tuple[str, MentionKind] | None]:
    """Return what every form stands for; None for a term that stands for no nation."""
    forms: dict[str, tuple[str, MentionKind] | None] = {
        form: (nation, kind) for form, nation, kind in _rows()
    }
    return forms | dict.fromkeys(_expand(_NO_NATION))


@lru_cache(maxsize=1)
def _folded_forms() -> dict[str, tuple[str, MentionKind] | None]:
    """Return the same for forms in any case, without those that are then common words."""
    cased = frozenset(_expand(_COMMON_WORDS))
    return {form.casefold(): what for form, what in _forms().items() if form not in cased}


@lru_cache(maxsize=1)
def _aliases() -> dict[str, tuple[str, ...]]:
    """Return the forms of every nation, by kind."""
    found: dict[str, dict[str, MentionKind]] = {}
    for form, nation, kind in _rows():
        found.setdefault(nation, {})[form] = kind
    order = list(MentionKind)
    return {
        nation: tuple(sorted(kinds, key=lambda form: order.index(kinds[form])))
        for nation, kinds in found.items()
    }


@lru_cache(maxsize=2)
def _pattern(*, ignore_case: bool) -> re.Pattern[str]:
    """Return an expression that matches every form, the longest where several begin.

    A dollar sign ends no word, so that "US$" is money.
    """
    forms = (form.casefold() for form in _forms()) if ignore_case else iter(_forms())
    flags = re.IGNORECASE if ignore_case else re.NOFLAG
    trie = _trie(forms)
    # Most words are seen not to be one by their first letter.
    first = "".join(map(re.escape, trie))
    return re.compile(rf"(?<!\w)(?=[{first}]){_alternatives(trie)}(?![\w$])", flags)


def _trie(forms: Iterable[str]) -> _Trie:
    """Return forms as nested characters; an empty one marks where a form ends."""
    root: _Trie = {}
    for form in forms:
        node = root
        for character in form:
            node = node.setdefault(character, {})
        node[""] = {}
    return root


def _alternatives(node: _Trie) -> str:
    """Return the expression for what may follow at a node.

    A plain alternation of all forms would try each of them at each word.
    """
    tails = [
        {" ": r"\s", "'": "['’]"}.get(character, re.escape(character)) + _alternatives(child)
        for character, child in node.items()
        if character
    ]
    if not tails:
        return ""
    if len(tails) == 1 and "" not in node:
        return tails[0]
    return f"(?:{'|'.join(tails)}){'?' if '' in node else ''}"


# Names ; … | demonyms | seats. The first name is the canonical one, a nation may take several
# rows, and + adds the plural in s. A seat is left out where its name says something else more
# often (Victoria, Georgetown, Kingston) and given to the union that it mostly speaks for
# (Brussels). A part of a nation that speaks with a voice of its own has a row of its own.
_NATIONS = """
Afghanistan | Afghan+ | Kabul
Albania | Albanian+ | Tirana
Algeria | Algerian+ | Algiers
Andorra | Andorran+ | Andorra la Vella
Angola | Angolan+ | Luanda
Antigua and Barbuda; Antigua; Barbuda | Antiguan+; Barbudan+ |
Argentina | Argentine+; Argentinian+; Argentinean+ | Buenos Aires; Casa Rosada
Armenia | Armenian+ | Yerevan
Australia | Australian+; Aussie+ | Canberra
Austria | Austrian+ | Vienna; Ballhausplatz
Azerbaijan | Azerbaijani+; Azeri+ | Baku
Bahamas | Bahamian+ |
Bahrain | Bahraini+ | Manama
Bangladesh | Bangladeshi+ | Dhaka
Barbados | Barbadian+; Bajan+ | Bridgetown
Belarus; Byelorussia | Belarusian+; Belarussian+ | Minsk
Belgium | Belgian+ |
Belize | Belizean+ | Belmopan
Benin | Beninese | Porto-Novo; Cotonou
Bhutan | Bhutanese | Thimphu
Bolivia | Bolivian+ | La Paz
Bosnia and Herzegovina; Bosnia; Bosnia-Herzegovina | Bosnian+; Bosnian Serb+ | Sarajevo
Botswana | Batswana; Motswana | Gaborone
Brazil | Brazilian+ | Brasilia; Brasília; Planalto; Itamaraty
Brunei; Brunei Darussalam | Bruneian+ | Bandar Seri Begawan
Bulgaria | Bulgarian+ | Sofia
Burkina Faso | Burkinabe; Burkinabé; Burkinabè | Ouagadougou
Burundi | Burundian+ | Gitega; Bujumbura
Cambodia | Cambodian+ | Phnom Penh
Cameroon | Cameroonian+ | Yaounde; Yaoundé
Canada | Canadian+ | Ottawa; Parliament Hill
Cape Verde; Cabo Verde | Cape Verdean+; Cabo Verdean+ | Praia
Central African Republic; CAR | Central African+ | Bangui
Chad | Chadian+ | N'Djamena
Chile | Chilean+ | Santiago; La Moneda
China; People's Republic of China; PRC; P.R.C. | Chinese | Beijing; Peking; Zhongnanhai
Colombia | Colombian+ | Bogota; Bogotá
Comoros | Comorian+; Comoran+ | Moroni
Costa Rica | Costa Rican+ | San José
Croatia | Croatian+; Croat+ | Zagreb
Cuba | Cuban+ | Havana
Cyprus | Cypriot+; Greek Cypriot+; Turkish Cypriot+ | Nicosia
Czech Republic; Czechia | Czech+ | Prague
Democratic Republic of the Congo; Democratic Republic of Congo; DR Congo; D.R. Congo || Kinshasa
Democratic Republic of the Congo; DRC; Congo-Kinshasa; Zaire | Zairean+; Zairian+ |
Denmark | Danish; Dane+ | Copenhagen; Christiansborg
Djibouti | Djiboutian+ |
Dominica || Roseau
Dominican Republic || Santo Domingo
Ecuador | Ecuadorian+; Ecuadorean+; Ecuadoran+ | Quito; Carondelet
Egypt | Egyptian+ | Cairo
El Salvador | Salvadoran+; Salvadorean+; Salvadorian+ | San Salvador
Equatorial Guinea | Equatorial Guinean+; Equatoguinean+ | Malabo
Eritrea | Eritrean+ | Asmara
Estonia | Estonian+ | Tallinn
Eswatini; Swaziland | Swazi+ | Mbabane
Ethiopia | Ethiopian+ | Addis Ababa
Fiji | Fijian+ | Suva
Finland | Finnish; Finn+ | Helsinki
France | French; Frenchman; Frenchmen; Frenchwoman; Frenchwomen | Paris; Matignon
France || Élysée; Elysée; Elysee; Élysée Palace; Elysee Palace; Quai d'Orsay
Gabon | Gabonese | Libreville
Gambia | Gambian+ | Banjul
Georgia | Georgian+ | Tbilisi
Germany; Federal Republic of Germany | German+ | Berlin; Bundestag; Chancellery
Germany || German Foreign Office; Federal Foreign Office
Ghana | Ghanaian+ | Accra
Greece; Hellenic Republic | Greek+; Hellenic | Athens; Maximos Mansion
Grenada | Grenadian+ |
Guatemala | Guatemalan+ | Guatemala City
Guinea; Guinea-Conakry | Guinean+ | Conakry
Guinea-Bissau; Guinea Bissau | Bissau-Guinean+; Bissau Guinean+ | Bissau
Guyana | Guyanese |
Haiti | Haitian+ | Port-au-Prince
Honduras | Honduran+ | Tegucigalpa
Hungary | Hungarian+ | Budapest
Iceland | Icelandic; Icelander+ | Reykjavik; Reykjavík; Althing
India | Indian+ | New Delhi; Delhi
Indonesia | Indonesian+ | Jakarta
Iran; Islamic Republic of Iran | Iranian+ | Tehran; Teheran
Iraq | Iraqi+ | Baghdad
Ireland; Republic of Ireland; Irish Republic | Irish; Irishman; Irishmen; Irishwoman | Dublin
Israel | Israeli+ | Tel Aviv; Knesset
Italy | Italian+ | Rome; Palazzo Chigi; Quirinale; Farnesina
Ivory Coast; Côte d'Ivoire; Cote d'Ivoire | Ivorian+; Ivoirian+ | Yamoussoukro; Abidjan
Jamaica | Jamaican+ |
Japan | Japanese | Tokyo; Nagatacho; Kantei
Jordan; Hashemite Kingdom | Jordanian+ | Amman
Kazakhstan | Kazakh+; Kazakhstani+ | Astana
Kenya | Kenyan+ | Nairobi
Kiribati | I-Kiribati | Tarawa
Kuwait | Kuwaiti+ | Kuwait City
Kyrgyzstan; Kyrgyz Republic | Kyrgyz; Kyrgyzstani+ | Bishkek
Laos; Lao PDR | Lao; Laotian+ | Vientiane
Latvia | Latvian+ | Riga
Lebanon | Lebanese | Beirut
Lesotho | Basotho; Mosotho | Maseru
Liberia | Liberian+ | Monrovia
Libya | Libyan+ | Tripoli
Liechtenstein | Liechtensteiner+ | Vaduz
Lithuania | Lithuanian+ | Vilnius
Luxembourg | Luxembourger+; Luxembourgish |
Madagascar | Malagasy; Madagascan+ | Antananarivo
Malawi | Malawian+ | Lilongwe
Malaysia | Malaysian+ | Kuala Lumpur; Putrajaya
Maldives | Maldivian+ | Malé
Mali | Malian+ | Bamako
Malta | Maltese | Valletta
Marshall Islands | Marshallese | Majuro
Mauritania | Mauritanian+ | Nouakchott
Mauritius | Mauritian+ | Port Louis
Mexico | Mexican+ | Mexico City; Los Pinos
Micronesia; Federated States of Micronesia | Micronesian+ | Palikir
Moldova; Republic of Moldova | Moldovan+ | Chisinau; Chișinău
Monaco | Monegasque+; Monégasque+ |
Mongolia | Mongolian+ | Ulaanbaatar; Ulan Bator
Montenegro | Montenegrin+ | Podgorica
Morocco | Moroccan+ | Rabat
Mozambique | Mozambican+ | Maputo
Myanmar; Burma | Burmese | Naypyidaw; Naypyitaw; Nay Pyi Taw
Namibia | Namibian+ | Windhoek
Nauru | Nauruan+ | Yaren
Nepal | Nepali+; Nepalese | Kathmandu
Netherlands; Holland | Dutch; Dutchman; Dutchmen; Dutchwoman | Amsterdam; Binnenhof
New Zealand; NZ | New Zealander+ | Wellington
Nicaragua | Nicaraguan+ | Managua
Niger | Nigerien+ | Niamey
Nigeria | Nigerian+ | Abuja; Aso Rock
North Korea; N. Korea; N Korea; DPRK; D.P.R.K. | North Korean+ | Pyongyang
North Korea; Democratic People's Republic of Korea | N. Korean+; N Korean+ |
North Macedonia; Macedonia | Macedonian+; North Macedonian+ | Skopje
Norway | Norwegian+ | Oslo; Storting
Oman | Omani+ | Muscat
Pakistan | Pakistani+ | Islamabad; Rawalpindi
Palau | Palauan+ | Ngerulmud
Panama | Panamanian+ | Panama City
Papua New Guinea; PNG | Papua New Guinean+ | Port Moresby
Paraguay | Paraguayan+ | Asuncion; Asunción
Peru | Peruvian+ | Lima
Philippines | Philippine; Filipino+; Filipina+ | Manila; Malacanang; Malacañang
Poland | Polish; Pole+ | Warsaw; Sejm
Portugal | Portuguese | Lisbon
Qatar | Qatari+ | Doha
Republic of the Congo; Republic of Congo; Congo-Brazzaville || Brazzaville
Romania | Romanian+ | Bucharest
Russia; Russian Federation | Russian+ | Moscow; Kremlin; Duma; State Duma
Rwanda | Rwandan+ | Kigali
Saint Kitts and Nevis; St Kitts and Nevis; St. Kitts and Nevis | Kittitian+ | Basseterre
Saint Lucia; St Lucia; St. Lucia | Saint Lucian+; St Lucian+; St. Lucian+ | Castries
Saint Vincent and the Grenadines; St Vincent and the Grenadines | Vincentian+ | Kingstown
Saint Vincent and the Grenadines; St. Vincent and the Grenadines ||
Samoa; Western Samoa | Samoan+ | Apia
San Marino | Sammarinese |
São Tomé and Príncipe; Sao Tome and Principe | São Toméan+; Sao Tomean+ |
Saudi Arabia; Kingdom of Saudi Arabia; KSA | Saudi+; Saudi Arabian+ | Riyadh
Senegal | Senegalese | Dakar
Serbia | Serbian+; Serb+ | Belgrade
Seychelles | Seychellois |
Sierra Leone | Sierra Leonean+ | Freetown
Singapore | Singaporean+ | Istana
Slovakia; Slovak Republic | Slovak+; Slovakian+ | Bratislava
Slovenia | Slovenian+; Slovene+ | Ljubljana
Solomon Islands | Solomon Islander+ | Honiara
Somalia | Somali+; Somalian+ | Mogadishu
South Africa | South African+ | Pretoria; Union Buildings
South Korea; Republic of Korea; ROK; R.O.K. | South Korean+ | Seoul; Blue House; Cheong Wa Dae
South Korea; S. Korea; S Korea | S. Korean+; S Korean+ |
South Sudan | South Sudanese | Juba
Spain | Spanish; Spaniard+ | Madrid; Moncloa
Sri Lanka | Sri Lankan+ | Colombo
Sudan | Sudanese | Khartoum
Suriname; Surinam | Surinamese | Paramaribo
Sweden | Swedish; Swede+ | Stockholm; Riksdag
Switzerland; Swiss Confederation | Swiss | Bern; Berne
Syria; Syrian Arab Republic | Syrian+ | Damascus
Tajikistan | Tajik+; Tajikistani+ | Dushanbe
Tanzania | Tanzanian+ | Dodoma
Thailand | Thai+ | Bangkok
Timor-Leste; East Timor | Timorese; East Timorese | Dili
Togo | Togolese | Lome; Lomé
Tonga | Tongan+ | Nuku'alofa
Trinidad and Tobago; Trinidad | Trinidadian+; Tobagonian+ | Port of Spain; Port-of-Spain
Tunisia | Tunisian+ | Tunis
Turkey; Türkiye; Turkiye | Turkish; Turk+ | Ankara
Turkmenistan | Turkmen+ | Ashgabat
Tuvalu | Tuvaluan+ | Funafuti
Uganda | Ugandan+ | Kampala
Ukraine | Ukrainian+ | Kyiv; Kiev; Verkhovna Rada
United Arab Emirates; UAE; U.A.E. | Emirati+ | Abu Dhabi
United Kingdom; UK; U.K.; Britain; Great Britain | British; Briton+; Brit+ | London; Whitehall
United Kingdom || Downing Street; Number 10; No 10; No. 10; Westminster; Foreign Office
United States; United States of America; US; U.S.; USA; U.S.A.; America | American+ | Washington
United States || Washington DC; Washington D.C.; Washington, DC; Washington, D.C.; White House
United States || Pentagon; State Department; Capitol Hill; Oval Office; Foggy Bottom
Uruguay | Uruguayan+ | Montevideo
Uzbekistan | Uzbek+; Uzbekistani+ | Tashkent
Vanuatu | Ni-Vanuatu | Port Vila
Vatican; Vatican City; Holy See ||
Venezuela | Venezuelan+ | Caracas; Miraflores
Vietnam; Viet Nam | Vietnamese | Hanoi
Yemen | Yemeni+; Yemenite+ | Sanaa; Sana'a
Zambia | Zambian+ | Lusaka
Zimbabwe | Zimbabwean+ | Harare
Bermuda | Bermudian+ |
England | English; Englishman; Englishmen; Englishwoman; Englishwomen |
Faroe Islands; Faroes | Faroese | Torshavn; Tórshavn
Gibraltar | Gibraltarian+ |
Greenland | Greenlandic; Greenlander+ | Nuuk
Hong Kong | Hongkonger+; Hong Konger+ |
Kosovo | Kosovar+; Kosovan+; Kosovo Serb+; Kosovo Albanian+ | Pristina; Prishtina
Macau; Macao | Macanese |
Northern Ireland | Northern Irish | Belfast; Stormont
Palestine; State of Palestine; Palestinian Authority | Palestinian+ | Ramallah
Puerto Rico | Puerto Rican+ | San Juan
Scotland | Scottish; Scot+; Scotsman; Scotsmen; Scotswoman | Edinburgh; Holyrood
Somaliland | Somalilander+ | Hargeisa
Soviet Union; USSR; U.S.S.R. | Soviet+ |
Taiwan; Republic of China; Chinese Taipei | Taiwanese | Taipei
Wales | Welsh; Welshman; Welshmen; Welshwoman | Cardiff; Senedd
Western Sahara | Sahrawi+ |
African Union ||
Arab League; League of Arab States ||
ASEAN; Asean; Association of Southeast Asian Nations ||
European Union; EU; E.U. || Brussels; European Commission; European Council; Berlaymont
European Union || European Parliament
NATO; Nato; North Atlantic Treaty Organization; North Atlantic Treaty Organisation ||
OPEC; Opec; Organization of the Petroleum Exporting Countries ||
United Nations; UN; U.N. || Turtle Bay
"""

# Forms that two nations share or that another party uses, and longer terms that would
# otherwise be taken for the nation whose name is in them.
_NO_NATION = """
Korea; Korean+; Congo; Congolese; Dominican+; The Hague; Jerusalem;
Latin America; Latin American+; North America; North American+; Central America;
Central American+; South America; South American+; Organization of American States;
American Samoa; American Samoan+; Bank of America; Gulf of America; US Open; U.S. Open;
Washington State; Washington state; Washington Post; Washington Times; George Washington;
Denzel Washington; US Virgin Islands; U.S. Virgin Islands; British Virgin Islands;
British Columbia; New Britain; New England; New London; New South Wales; Prince of Wales;
Princess of Wales; English Channel; Westminster Abbey; Irish Sea; French Guiana;
French Polynesia; French Open; French fries; Paris Agreement; Paris Accord+; Paris accord+;
Paris Saint-Germain; Brussels sprout+; Australian Open; Austria-Hungary; Rome Statute;
Vienna Convention+; Lisbon Treaty; Treaty of Lisbon; Treaty of Rome; Warsaw Pact;
Budapest Memorandum; Minsk agreement+; Minsk Agreement+; Minsk accord+; Oslo Accord+;
Oslo accord+; Helsinki Accord+; Havana syndrome; Havana Syndrome; Stockholm syndrome;
South China Sea; East China Sea; South China Morning Post; Taiwan Strait; Sea of Japan;
Indian Ocean; West Indian+; American Indian+; Inner Mongolia; Inner Mongolian+; New Mexico;
New Mexican+; Gulf of Mexico; Gulf of Oman; Gulf of Guinea; New Guinea; Guinea pig+;
Niger Delta; Niger River; Lake Chad; Jordan River; River Jordan; Jordan Valley; Michael Jordan;
Jim Jordan; South Georgia; Georgia Tech; Panama Papers; Santiago de Cuba;
Santiago de Compostela; Norwegian Sea; USA TODAY; USA Today; Washington Nationals; Real Madrid
"""

# Forms that in lower case are words of another meaning, and therefore keep their capitals.
_COMMON_WORDS = "US; UN; CAR; PNG; Pole+; No 10; No. 10; Number 10"
