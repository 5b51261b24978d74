"""The parts of the model card that hold for every model of this project."""

PURPOSE = """
## What it is for

- Research on, and teaching of, how such classifiers work, fail and differ.
- Counting or pre-sorting large sets of pictures of masked people, where single mistakes do no harm, the counts are
  given with the error rates below, and a person looks at what is *uncertain*.

## What it is not for

- **Decisions about people**: access, identity checks, hiring, medical care, policing, pricing, advertising to a person.
- **Surveillance**: watching, following or profiling people, in public or at work.
- Telling who somebody is, or what their gender *is*. It must not be used to question or disclose anyone's gender.
- Commercial use, unless the terms of the data below allow it.
"""

TERMS = """
The pictures themselves are not part of this project. Some sets allow research and non-commercial use only, so treat a
model that learned from them the same way. The people in them were mostly not asked; their gender was labelled by how
they look to others, by people or from public sources.
"""

MASKS_DRAWN = "No training picture shows a real mask: the masks were drawn onto bare faces."
MASKS_WORN = "Real masks are worn in some of the training pictures."

LIMITS = """
## Limits

- **Perceived gender is appearance.** The two labels are what onlookers said. They say nothing certain about a person's
  identity, sex or life.
- **Non-binary people, and everyone who does not look as the labels expect, are not represented.** The model has no
  third answer: *uncertain* means that it cannot tell, not that somebody is neither.
- **Children**: in young faces there is little to see, for people as for the model. Do not rely on its answers there.
- **Groups**: the data are uneven in age, ethnicity, country and dress. Expect more mistakes where little was learned:
  dark pictures, head coverings, caps, glasses, faces turned away, and people unlike those in the sets.
- **Errors can lean to one side.** Under a mask, hair, eyes and brows must carry the answer. Compare the recalls of
  women and men in *Results*: where they differ, counts are shifted towards one gender.
- A high probability is not proof: some mistakes are made with confidence.
"""

CAVEATS = """
## What the figures do not show

- The intervals cover chance in drawing faces from *these* sets, not the difference between them and your pictures.
- Masks in the *drawn* tests were drawn in the same way as those in training: real ones differ in ways that this hides.
- The drawn masks got their shapes and colours by eye, after looking at some pictures of the sets of real masks. No
  number was fitted to those sets, and no model learned from them; but they are not wholly unseen.
- The sets of real masks are small, and one holds celebrities of one region, in tight crops: they do not stand for all.
- Labels are sometimes wrong, and several pictures can show one person, so real intervals are somewhat wider.
- Balanced accuracy assumes as many women as men. In other mixtures the share of right answers differs.
"""

ETHICS = """
## Ethical notes

- **Being called the wrong gender hurts**, and it does not meet everybody alike: people whose look does not fit the
  labels, and the groups with low recalls above, bear most of it. Never show a person this answer as a fact about them.
- **Counts hide people.** A count of women and men leaves out everyone who is neither, and moves attention and money
  towards those who are counted. Say with every count what share was *uncertain*, and ask people instead where you can.
- **The people in the data were mostly not asked**, many of them because they are famous. No picture of them is passed
  on here; the model still owes its skill to them.
- **It could be turned against people**: a system that sorts passers-by by gender can be used to exclude, to harass or
  to out them. That is why it abstains, keeps nothing, and why such uses are ruled out above.
"""

PRIVACY = """
## Privacy

Everything runs on the machine where the program was started. Pictures are held in memory for the session and are
neither stored nor sent. No face is recognised, compared with others or remembered. Results are written only where you
download or export them: they are then personal data in your keeping.
"""

NOTICE = """
## Informing the people in the picture

Tell people before you use this on pictures of them: that software guesses how their gender looks, why, who sees the
result, how long it is kept, and that they can say no. A notice may read:

> *Here, software estimates from pictures whether faces look female or male, to count visitors. It often errs, does not
> know who you are, and keeps no pictures. If you do not want this, or a wrong result to stand, speak to …*

In many places (in the EU: GDPR, AI Act) sorting people by gender from their faces needs a legal basis, and in some
uses it is forbidden. Ask before you begin.
"""
