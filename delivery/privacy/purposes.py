"""The register of purposes: what the ward does with personal data, whose, by which law, and who else is given what."""

from dataclasses import dataclass

from delivery.i18n import marked


@dataclass(frozen=True, slots=True)
class Purpose:
    """One purpose: whose data it needs and which, by which law, who is given them; `kept` are lines of the terms."""

    name: str
    what: str
    whose: str
    data: str
    basis: str
    given_to: str
    kept: tuple[str, ...]


BY_DUTY = marked("Duty of the authority, no consent is needed: law 91/2025/QH15 art. 19.1; decree 118/2025/NĐ-CP")
NOBODY = marked("nobody")

REGISTER: tuple[Purpose, ...] = (
    Purpose(
        "delivery", marked("Bringing results of administrative procedures to the door"),
        marked("owners of dossiers and their recipients"),
        marked("name, telephone number, address, dossier code; the kind of paper stays inside the ward"),
        BY_DUTY,
        marked("the carrier, under a written agreement (law 91/2025/QH15 art. 17): name, address, telephone number"),
        ("contact", "address", "name", "versions", "remarks", "papers", "callbacks"),
    ),
    Purpose(
        "way", marked("Finding the door and planning the couriers' ways"), marked("recipients"),
        marked("address and its point on the map"), BY_DUTY,
        marked("nobody, unless the ward has set an online geocoder: then street and number without a name"),
        ("place", "pins", "door"),
    ),
    Purpose(
        "proof", marked("Proving that the right person has it"), marked("recipients and who took it for them"),
        marked("whether the recipient, family or household took it, which kind of paper was shown; no photo, no number"
               ),
        BY_DUTY, NOBODY, ("proof", "hand_out", "signatures"),
    ),
    Purpose(
        "telling", marked("Telling recipients when it comes"),
        marked("recipients who have given a number or an e-mail"),
        marked("telephone number or e-mail; messages tell no name, no address and no kind of paper"),
        BY_DUTY, marked("the gateway for SMS, Zalo or e-mail that the ward has chosen: the number and the message"),
        ("contact",),
    ),
    Purpose(
        "choice", marked("Letting recipients choose, ask and complain"),
        marked("recipients who use the pages, or a portal that the ward has connected"),
        marked("what they write; that they have agreed to home delivery, and when"),
        marked("Agreement of the person: law 91/2025/QH15 art. 9; ends when it is taken back"),
        marked(
            "the portal that the ward has connected for it: what is wished of a result; the provider at which somebody "
            "shows who they are: that they came here, and of no dossier"
        ),
        ("wishes", "cases", "requests"),
    ),
    Purpose(
        "watch", marked("Showing who saw or changed what"), marked("staff and couriers of the ward"),
        marked("user name, moment, what was done to which number"),
        marked("Proof of who did what: law 91/2025/QH15 art. 19.2 (supervision of the processing)"),
        marked("auditors; the person concerned, by roles"), ("audit",),
    ),
    Purpose(
        "figures", marked("Public figures of how well it works"), marked("nobody that could be recognised"),
        marked("counts of at least ten envelopes"), BY_DUTY, marked("everybody"), (),
    ),
)  # fmt: skip
