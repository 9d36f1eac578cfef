"""The app that a courier takes along: its files, its version, and its texts in both languages.

Nothing of it is anybody's data, so it may lie in a phone's cache. The version is the digest of all that it is made of:
a phone keeps one version whole, and takes a new one over whole.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from delivery.i18n import LANGUAGES, catalogue, marked
from web.assets import assets

STATIC = Path(__file__).with_name("static")
SCRIPTS = STATIC / "js" / "round"
STYLES = STATIC / "css" / "round.css"
# The service worker is no part of the page: it keeps the page.
WORKER = "worker.js"
# The reader of codes, and what it is compiled from: ten times as large as all the rest, so a version of it outlives
# many versions of the app.
READER = {"zxing-reader.js": "text/javascript", "zxing-reader.wasm": "application/wasm"}
# The page begins with the one; the other is for the pages beside the app.
FIRST, BESIDE = "main.js", "guest.js"

# What the app says by itself; whatever belongs to the round comes with the round.
TEXTS: Mapping[str, str] = {
    "title": marked("My rounds"),
    "log_in": marked("Log in"),
    "log_out": marked("Log out"),
    "with_network": marked("The page with network"),
    "status_done": marked("All noted at the ward"),
    "status_offline": marked("No network. All that was said is noted at the ward"),
    "status_waits": marked("Waiting for network, kept on this phone: {count}"),
    "status_slow": marked("The ward's server is busy; it is tried again. Kept on this phone: {count}"),
    "status_log_in": marked("Log in again; nothing is lost"),
    "status_login": marked("Log in again; nothing is lost. Kept on this phone: {count}"),
    "status_ended": marked("This phone was logged out; nothing is lost"),
    "status_ended_waits": marked("This phone was logged out; nothing is lost. Kept on this phone: {count}"),
    "pair": marked("Let it in again"),
    "status_broken": marked("Show this phone at the counter; nothing is lost. Kept on this phone: {count}"),
    "unsupported": marked(
        "This phone cannot keep a round: that needs https and a newer browser. Use the page with network, or the "
        "paper sheet."
    ),
    "nothing_here": marked("No round is kept on this phone. Open this page once with network, in the morning."),
    "phone_ended": marked(
        "This phone was logged out, and no round is kept on it any longer. Ask at the one-stop counter for a new code "
        "to scan. What you said and is not sent yet stays here, locked, and is sent when you are let in again."
    ),
    "no_round": marked("You have no round today. If you should have one, ask at the one-stop counter."),
    "not_yours": marked("Who has logged in on this phone has no rounds. Log out, and let the courier log in."),
    "others_wait": marked(
        "Reports of somebody else wait on this phone: {count}. They are sent when that person logs in again."
    ),
    "as_of": marked("As the ward knew it at {time}"),
    "find_label": marked("Scan the envelope, or type the number of the stop"),
    "find_hint": marked("Code or stop number"),
    "find": marked("Find"),
    "scan": marked("Scan with the camera"),
    "scan_picture": marked("What the camera sees"),
    "scan_aim": marked("Hold the code on the envelope into the picture."),
    "scan_close": marked("Close the camera"),
    "scan_denied": marked(
        "The camera is not allowed here, or there is none. Type the code, or the number of the stop."
    ),
    "scan_missing": marked(
        "What reads codes is not on this phone yet: open this page once with network. Type the code meanwhile."
    ),
    "way": marked("Show the way"),
    "not_in_round": marked("{code} is not in this round. If it is in your bag, bring it back to the counter"),
    "round": marked("Round {code}"),
    "next": marked("Next: stop {number}"),
    "at_door": marked("I am at the door"),
    "every_door": marked(
        "You were at every door. Try again where nobody was at home, or bring the rest back to the counter."
    ),
    "bag_empty": marked("Your bag is empty. Thank you."),
    "bag_not_given": marked("Nothing of this round has been handed over to you yet."),
    "bring_back": marked("Back to the counter today: {count}"),
    "all_stops": marked("All stops"),
    "not_given_short": marked("not handed over"),
    "not_given": marked("At {time} it was not handed over to you yet. If it is in your bag, say what happened."),
    "kept_here": marked("kept on this phone"),
    "stop": marked("Stop {number}"),
    "recipient": marked("Recipient"),
    "planned": marked("Planned at"),
    "slots": marked("Time slots"),
    "any_time": marked("any time"),
    "collect": marked("Collect"),
    "call": marked("Call {number}"),
    "what_shown": marked("What was shown?"),
    "delivered_to": marked("Delivered to {whom}"),
    "delivered_against": marked("Delivered to {whom} ({papers})"),
    "nobody_may": marked("This envelope must not be handed over at a door. Bring it back to the counter."),
    "failed": marked("Could not be delivered"),
    "show_authorisation": marked(
        "Whoever takes it for another shows the written authorisation; tick it, or do not hand it over"
    ),
    "sign": marked("Signature of whoever takes it"),
    "sign_anew": marked("Wipe it out"),
    "on_the_slip": marked("Signs on the slip instead"),
    "sign_first": marked("Have it signed in the field, or tick that the slip is signed instead"),
    "signed_here": marked("signed on the phone"),
    "noted_here": marked("Stop {number} is noted."),
    "change": marked("Change it"),
    "take_back": marked("Take it back: it was a mistake"),
    "taken_back": marked("taken back"),
    "taken_back_now": marked("Taken back. Say now what really happened."),
    "not_kept": marked(
        "NOT noted: this phone could not keep it, its storage is full or closed. Write it on the paper sheet."
    ),
    "kept_title": marked("The office looks at it"),
    "kept_words": marked("Stop {number}: the office sees to it. {why}"),
    "refused_title": marked("Not taken over: tell the counter"),
    "refused_words": marked("Stop {number}, {code}: {what}. {why}"),
    "dismiss_kept": marked("I have read it"),
    "dismiss_refused": marked("I have told the counter"),
    "leave_warning": marked(
        "Reports wait on this phone: {count}. They stay here, locked, and are sent when you log in again. Log out?"
    ),
    "leave_needs_network": marked("Logging out needs network. Try again later."),
}


def texts() -> dict[str, dict[str, str]]:
    """The texts of the app by language: without network nobody can ask for the other one."""
    return {
        language: {name: catalogue(language).gettext(text) for name, text in TEXTS.items()} for language in LANGUAGES
    }


def reader_version() -> str:
    """The digest of the reader of codes, as set-up has checked it."""
    digests = sorted(asset.sha256 for asset in assets() if asset.name in READER)
    return hashlib.sha256(" ".join(digests).encode()).hexdigest()[:12]


def script_names() -> list[str]:
    """The modules of the page, without the worker."""
    return sorted(file.name for file in SCRIPTS.glob("*.js") if file.name != WORKER)


def preloaded() -> list[str]:
    """What the page loads with its first module, told to the browser at once and not one after another."""
    return [name for name in script_names() if name not in {FIRST, BESIDE}]


def version(page: str) -> str:
    """The digest of the page, its modules, its worker and its styles; `page` is the page with no real version in it."""
    digest = hashlib.sha256(page.encode())
    for file in (*sorted(SCRIPTS.glob("*.js")), STYLES):
        digest.update(file.name.encode() + file.read_bytes())
    return digest.hexdigest()[:12]
