"""Words that are right in some columns: enough to notice a slip, not a list of what is allowed."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(word.strip() for word in text.split(";"))


VERTICALS = _words(
    """Advertising; Aerospace; Agriculture; Apparel; Automotive; Aviation; Banking; Biotechnology; Business
    Services; Chemicals; Communications; Construction; Consulting; Consumer Goods; Distribution; Education;
    Electronics; Employment; Energy; Engineering; Entertainment; Environmental; Finance; Financial Services;
    Food and Beverage; Gaming; Government; Hardware; Healthcare; Higher Education; Hospitality; Insurance;
    Legal; Life Sciences; Logistics; Machinery; Manufacturing; Marketing; Media; Medical; Mining; Nonprofit;
    Oil and Gas; Pharmaceuticals; Professional Services; Public Sector; Publishing; Real Estate; Recreation;
    Recruiting; Retail; Security; Services; Shipping; Software; Technology; Telecommunications;
    Transportation; Travel; Utilities; Wholesale"""
)

COUNTRIES = _words(
    """Afghanistan; Albania; Algeria; Andorra; Angola; Argentina; Armenia; Australia; Austria; Azerbaijan;
    Bahamas; Bahrain; Bangladesh; Barbados; Belarus; Belgium; Belize; Benin; Bhutan; Bolivia; Bosnia and
    Herzegovina; Botswana; Brazil; Brunei; Bulgaria; Burkina Faso; Burundi; Cambodia; Cameroon; Canada; Cape
    Verde; Chad; Chile; China; Colombia; Comoros; Congo; Costa Rica; Croatia; Cuba; Cyprus; Czech Republic;
    Czechia; Denmark; Djibouti; Dominican Republic; Ecuador; Egypt; El Salvador; Eritrea; Estonia; Eswatini;
    Ethiopia; Fiji; Finland; France; Gabon; Gambia; Georgia; Germany; Ghana; Greece; Grenada; Guatemala;
    Guinea; Guyana; Haiti; Honduras; Hong Kong; Hungary; Iceland; India; Indonesia; Iran; Iraq; Ireland;
    Israel; Italy; Ivory Coast; Jamaica; Japan; Jordan; Kazakhstan; Kenya; Korea; Kosovo; Kuwait; Kyrgyzstan;
    Laos; Latvia; Lebanon; Lesotho; Liberia; Libya; Liechtenstein; Lithuania; Luxembourg; Macau; Madagascar;
    Malawi; Malaysia; Maldives; Mali; Malta; Mauritania; Mauritius; Mexico; Moldova; Monaco; Mongolia;
    Montenegro; Morocco; Mozambique; Myanmar; Namibia; Nepal; Netherlands; New Zealand; Nicaragua; Niger;
    Nigeria; North Korea; North Macedonia; Norway; Oman; Pakistan; Panama; Papua New Guinea; Paraguay; Peru;
    Philippines; Poland; Portugal; Puerto Rico; Qatar; Romania; Russia; Rwanda; Samoa; San Marino; Saudi
    Arabia; Senegal; Serbia; Seychelles; Sierra Leone; Singapore; Slovakia; Slovenia; Somalia; South Africa;
    South Korea; South Sudan; Spain; Sri Lanka; Sudan; Suriname; Sweden; Switzerland; Syria; Taiwan;
    Tajikistan; Tanzania; Thailand; Togo; Tonga; Trinidad and Tobago; Tunisia; Turkey; Turkmenistan; Uganda;
    Ukraine; United Arab Emirates; United Kingdom; United States; United States of America; Uruguay;
    Uzbekistan; Vanuatu; Venezuela; Vietnam; Yemen; Zambia; Zimbabwe"""
)
