"""Yes and no as people write them in spreadsheets."""

from console.accounts.lists.finding import folded

YES = (
    "1 x ✓ ✔ ☑ y yes true t on s sim verdadeiro si sí verdadero j ja wahr o oui vrai vero tak "
    "prawda waar"
)
NO = "0 - – ☐ ✗ ✘ n no false f off nao não falso nein falsch non faux nie fałsz nee onwaar"
KNOWN = {
    **{folded(word): True for word in YES.split()},
    **{folded(word): False for word in NO.split()},
}


def yes_or_no(cell: str) -> bool | None:
    """None where it is neither. Nothing at all is no."""
    text = folded(cell.strip())
    return KNOWN.get(text) if text else False
