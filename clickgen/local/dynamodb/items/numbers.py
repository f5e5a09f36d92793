"""Numbers of DynamoDB: up to 38 digits, as text."""

import re
from decimal import Context, Decimal, InvalidOperation

from clickgen.local.dynamodb.items.limits import MAX_NUMBER_DIGITS, MAX_NUMBER_EXPONENT, MIN_NUMBER_EXPONENT
from clickgen.local.dynamodb.items.refusal import refused

_NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?")
# as the service writes them already, which is how most of them come
_PLAIN = re.compile(r"-?[1-9][0-9]{0,37}|0|-?(?:0|[1-9][0-9]{0,18})\.[0-9]{0,17}[1-9]")
_MAX_TEXT = 400  # longer texts of a number in range have more than its digits
_ARITHMETIC = Context(prec=MAX_NUMBER_DIGITS, Emax=MAX_NUMBER_EXPONENT, Emin=MIN_NUMBER_EXPONENT)
_EXACT = Context(prec=_MAX_TEXT, Emax=10**6, Emin=-(10**6))
_TOO_LARGE = "Number overflow. Attempting to store a number with magnitude larger than supported range"
_TOO_SMALL = "Number underflow. Attempting to store a number with magnitude smaller than supported range"


def normal_number(text: str) -> str:
    """A number as the service writes it: without exponent and needless zeros. ServiceError if it is none."""
    if _PLAIN.fullmatch(text):
        return text
    if len(text) > _MAX_TEXT or not text.isascii() or not _NUMBER.fullmatch(text):
        raise refused(f"The parameter cannot be converted to a numeric value: {text[:100]}")
    try:
        number = _EXACT.create_decimal(text).normalize(_EXACT)
    except InvalidOperation:
        raise refused(_TOO_LARGE) from None
    if not number:
        return "0"
    if number.adjusted() > MAX_NUMBER_EXPONENT:
        raise refused(_TOO_LARGE)
    if number.adjusted() < MIN_NUMBER_EXPONENT:
        raise refused(_TOO_SMALL)
    if len(number.as_tuple().digits) > MAX_NUMBER_DIGITS:
        raise refused(f"Attempting to store more than {MAX_NUMBER_DIGITS} significant digits in a Number")
    return format(number, "f")


def sum_of(first: str, second: str, sign: int) -> str:
    """The sum of two numbers, or their difference if `sign` is -1. ServiceError if it is out of range."""
    try:
        return normal_number(str(_ARITHMETIC.add(Decimal(first), sign * Decimal(second))))
    except ArithmeticError:
        raise refused(_TOO_LARGE) from None


def sortable_number(text: str) -> bytes:
    """A number as bytes that sort by its value: sign, exponent and digits; those of a negative one inverted."""
    number = Decimal(text)
    if not number:
        return b"\x01"
    sign, digits, _ = number.normalize(_EXACT).as_tuple()
    exponent = number.adjusted() - MIN_NUMBER_EXPONENT
    # digits count from 1, so that the end of a shorter number sorts before any digit
    magnitude = bytes([exponent // 16 + 1, exponent % 16 + 1, *(digit + 1 for digit in digits)])
    if not sign:
        return b"\x02" + magnitude
    return b"\x00" + bytes(255 - byte for byte in magnitude) + b"\xff"
