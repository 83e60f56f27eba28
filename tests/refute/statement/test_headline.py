import pytest

from refute import Headline, Quantity

RATIO = {"ratio": Quantity("plot", "widths", "ratio")}


def test_a_headline_has_a_number_for_every_field() -> None:
    found = Headline("F1", ("C1",), "{ratio:.2g} times, and {ratio:.0f} rounded", RATIO, "widths")
    assert found.quantities["ratio"].of == "widths"
    assert Headline("F1", ("C1",), "It stands.").quantities == {}


@pytest.mark.parametrize(
    ("sentence", "quantities", "claims", "message"),
    [
        ("{ratio:.2g}", {}, ("C1",), "the fields ratio and the numbers none"),
        ("It stands.", RATIO, ("C1",), "the fields none and the numbers ratio"),
        ("{ratio:.2g", RATIO, ("C1",), "expected '}'|unmatched"),
        ("{ratio}", RATIO, ("C1",), "needs a format"),
        ("{ratio!r:.2g}", RATIO, ("C1",), "needs a format"),
        ("{ratio:>999999999}", RATIO, ("C1",), "needs a format"),
        ("{ratio:{width}}", RATIO, ("C1",), "needs a format"),
        ("{ratio.real:.2g}", RATIO, ("C1",), "the fields ratio.real"),
        ("{ratio:.2g}", RATIO, (), "names no claim"),
    ],
)
def test_a_headline_that_cannot_be_filled_is_refused(
    sentence: str, quantities: dict[str, Quantity], claims: tuple[str, ...], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        Headline("F1", claims, sentence, quantities)
