"""What the dataset card says of a time-order benchmark: what it is, how it is balanced, what was assumed."""

from __future__ import annotations

from vidsynth.generators.time_order.recipe import TimeOrderRecipe

_WHAT = (
    "Videos in which coloured shapes come one after the other, with a caption that tells their order and a distractor "
    "that tells the reverse. Rows 2p and 2p + 1 are twins: the `video` of one shows the events of the other in the "
    "reverse order (with between, two of the three exchanged), and the `caption` of one is the `distractor` of the "
    "other. The method is that of Bagad, Tapaswi and Snoek, "
    '"Test of Time: Instilling Video-Language Models with a Sense of Time", CVPR 2023 (arXiv 2301.02074).'
)
_SCORE = (
    "`vidsynth time-order score` grades a model's predictions, `vidsynth time-order audit` measures what models "
    "without a sense of order reach on this very set."
)
_FULL = (
    "Counterbalanced by construction: twins have the same caption choices, the same frames (in another order), "
    "the same first, last and mean frame and the same layout, so that whatever sees no order is right for exactly "
    "one of the two: 50 %."
)
_CAPTIONS = (
    "Counterbalanced in its captions alone: each is true of one video and false of its twin. The frames, or their "
    "layout, can tell the order without their order; the audit says which, and how far that carries."
)
_PUBLISHED = """What nobody can check, since the generator of the published benchmark was never released, and what was \
chosen here:

- the colours: red and yellow are known; blue, green, orange and purple are assumed ({colors} here);
- that 180 is made of 30 ordered pairs of 6 colours x 3 shapes (both events have the same shape) x 2 relations; \
15 unordered pairs of colours x 6 pairs of shapes x 2 would be 180, too;
- the rate, {fps:g} frames a second: no file tells it; time stamps in an author's notebook fit it;
- whether the first shape stays ({persistence} here): it does in the illustration, it does not in the notebook;
- which shape lies where: first top left, second bottom right, as in all published specimens;
- the words: the paper has "appears", the one published caption file "appears gradually" ("{fade}" here);
- the numbers in the ids: from 1 for each relation;
- the control task: each video's first-named event alone, in a clip of the same length at its own time, against the \
same of its twin: 180, as the published accuracies (multiples of 1/180) ask for;
- the mp4's encoder settings."""


def text(recipe: TimeOrderRecipe) -> str:
    """Return the card's paragraphs, in Markdown."""
    paragraphs = [_WHAT, _FULL if recipe.balance == "full" else _CAPTIONS, _SCORE]
    if recipe.layout == "by_order":
        paragraphs.append(
            _PUBLISHED.format(
                colors=", ".join(recipe.objects.colors),
                fps=recipe.payload.fps,
                persistence="it " + recipe.events.persistence,
                fade=recipe.captions.fade,
            )
        )
    return "\n\n".join(paragraphs)
