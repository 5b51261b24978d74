"""The recipes that were compared on validation before one was chosen, each a change of one reference.

All are trained on the same few pictures, briefly, from the same seed; the test splits play no part.
"""

from dataclasses import dataclass

FACE, IMAGENET = "hse-faceres", "mobilenetv2"


@dataclass(frozen=True, slots=True)
class Experiment:
    """One recipe.

    Attributes:
        name: What it is called on the command line.
        question: What it is to answer.
        changes: Of the reference recipe, as `core.training.recipes.Recipe.changed` takes them.
        network: What is trained.
        taught: Whether the reference's own model is its teacher.
    """

    name: str
    question: str
    changes: tuple[str, ...] = ()
    network: str = FACE
    taught: bool = False


_PLAIN = (
    "shift", "squash", "cut", "light", "colour", "blur", "shrink", "jpeg", "noise", "grey", "occlude",
    "shade", "tint", "expose", "edges",
)  # fmt: skip

EXPERIMENTS = (
    Experiment("reference", "HSE-FaceRes, 160 px, margin 1.35, two thirds of the layers, a fifth bare, strong changes"),
    Experiment("imagenet", "MobileNetV2 from ImageNet instead of a backbone that knows faces", network=IMAGENET),
    Experiment("margin-1.2", "less around the face", ("margin=1.2", "size=142", "served_size=156")),
    Experiment("margin-1.5", "more hair and neck", ("margin=1.5",)),
    Experiment("size-112", "fewer pixels", ("size=112",)),
    Experiment("size-128", "somewhat fewer pixels", ("size=128",)),
    Experiment("frozen", "the backbone as it is, only the last layers trained", ("frozen=1",)),
    Experiment("all-layers", "all layers trained", ("frozen=0",)),
    Experiment("bare-0", "masked faces only", ("bare_share=0",)),
    Experiment("bare-0.5", "half of the faces bare", ("bare_share=0.5",)),
    Experiment("unbalanced", "pictures as the sets have them", ("balance=0",)),
    Experiment("balanced", "gender, ethnicity, age and set drawn evenly", ("balance=1",)),
    Experiment("plain", "only mirrored, turned and scaled", tuple(f"augmentation.{part}=0" for part in _PLAIN)),
    Experiment("uncut", "no pictures that end close to the face", ("augmentation.cut=0",)),
    Experiment("gender-alone", "no other answers", ("mask_weight=0", "age_weight=0")),
    Experiment("hard-labels", "no label smoothing", ("label_smoothing=0",)),
    Experiment("unaveraged", "no moving average of the weights", ("averaging=0",)),
    Experiment(
        "taught", "the reference's model, which sees the bare face, teaches", ("teacher_weight=0.5",), taught=True
    ),
    Experiment("rate-0.00005", "a lower learning rate", ("learning_rate=0.00005",)),
    Experiment("rate-0.0006", "a higher learning rate", ("learning_rate=0.0006",)),
)
