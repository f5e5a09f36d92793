"""Names of countries as Google Analytics writes them (English, CLDR), by ISO 3166-1 code."""

_NAMES = """
AE United Arab Emirates, AR Argentina, AT Austria, AU Australia, BE Belgium, BG Bulgaria, BR Brazil, CA Canada,
CH Switzerland, CL Chile, CN China, CO Colombia, CZ Czechia, DE Germany, DK Denmark, EE Estonia, EG Egypt, ES
Spain, FI Finland, FR France, GB United Kingdom, GR Greece, HK Hong Kong, HR Croatia, HU Hungary, ID Indonesia,
IE Ireland, IL Israel, IN India, IT Italy, JP Japan, KE Kenya, KR South Korea, LT Lithuania, LU Luxembourg, LV
Latvia, MA Morocco, MX Mexico, MY Malaysia, NG Nigeria, NL Netherlands, NO Norway, NZ New Zealand, PE Peru, PH
Philippines, PK Pakistan, PL Poland, PT Portugal, RO Romania, RS Serbia, SA Saudi Arabia, SE Sweden, SG
Singapore, SI Slovenia, SK Slovakia, TH Thailand, TR Türkiye, TW Taiwan, UA Ukraine, US United States, VN
Vietnam, ZA South Africa
"""
_NAME_OF = dict(entry.strip().split(" ", 1) for entry in _NAMES.replace("\n", " ").split(","))


def country_name(code: str) -> str:
    """The country's name; the code itself where it is not among the sixty that are known here."""
    return _NAME_OF.get(code, code)
