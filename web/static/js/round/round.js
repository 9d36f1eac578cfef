// The round as it stands: what the ward said last, and on top of it what this phone has kept. All of it is computed,
// nothing of it is remembered; `now` and all other moments are milliseconds of the phone's clock.
const UNVISITED = new Set(["with_carrier", "at_office", "out_for_delivery", "returning"]);

// One stop, with the acts of the ward's books and those of this phone, each once, in their order. What the office is
// asked about is no door to go to any more: the courier was there.
function standsNow(stop, kept, given, isAsked) {
  const backs = new Set(kept.filter((act) => act.kind === "take_back").map((act) => act.act));
  const known = new Set(stop.acts.map((act) => act.id));
  const own = kept.filter((act) => act.item === stop.item && act.kind !== "take_back" && !known.has(act.id));
  const acts = [...stop.acts, ...own.map((act) => ({ ...act, stands: true, here: true }))]
    .map((act) => (backs.has(act.id) ? { ...act, stands: false, here: true } : act));
  const changed = acts.some((act) => act.here);
  const state = changed && stop.can_be_told ? stateOf(stop, acts.filter((act) => act.stands)) : stop.state;
  const atWard = stop.at_ward && !acts.some((act) => act.here && act.stands);
  return {
    ...stop, acts, state, at_ward: atWard,
    waiting: kept.some((act) => act.state === "waits" && acts.some((each) => each.id === (act.act || act.id))),
    asked: isAsked,
    unvisited: !isAsked && (UNVISITED.has(state) || (atWard && !given)),
    in_bag: UNVISITED.has(state) || state === "attempt_failed",
  };
}

function stateOf(stop, standing) {
  for (const [kind, state] of [["delivered", "delivered"], ["failed", "attempt_failed"]]) {
    if (standing.some((act) => act.kind === kind)) return state;
  }
  if (stop.at_ward) return stop.state;
  return UNVISITED.has(stop.state) ? stop.state : "with_carrier";
}

// The rounds, with the state of each stop; before the hand-over, whatever is planned counts as what comes next.
export function fold(rounds, kept, notes) {
  const isAsked = (note) => note.verdict === "kept" && note.kind !== "take_back";
  const asked = new Set(notes.filter(isAsked).map((note) => note.item));
  return rounds.map((round) => {
    const given = round.stops.some((stop) => !stop.at_ward);
    const stops = round.stops.map((stop) => standsNow(stop, kept, given, asked.has(stop.item)));
    return { ...round, given, stops };
  });
}

export const stopsOf = (rounds) => rounds.flatMap((round) => round.stops);

export const following = (rounds) => stopsOf(rounds).find((stop) => stop.unvisited) || null;

// The stop that a scanned item code or QR names, or a stop's number on the sheet.
export function find(rounds, text) {
  const typed = text.trim().toUpperCase();
  const stops = stopsOf(rounds);
  if (/^\d{1,3}$/.test(typed)) {
    // With two rounds on a day there are two of each number: the one that is not done yet is meant.
    const same = stops.filter((stop) => stop.number === Number(typed));
    return same.find((stop) => stop.unvisited) || same[0] || null;
  }
  const reference = typed.startsWith("T1.") ? typed.split(".")[1] : "";
  const code = typed.replace(/[\s.-]/g, "");
  return stops.find((stop) => stop.item === code || (reference && stop.reference === reference)) || null;
}

// Whether this act may still be taken back: a slip of the finger, a few minutes old.
export function mayTakeBack(act, round, now) {
  if (!act.stands) return false;
  if (act.at_ms === undefined) return now < round.read_ms + act.seconds_to_take_back * 1000;
  return now < act.at_ms + round.take_back_seconds * 1000;
}

// Whoever takes it for another must show that too.
export const lacksAuthorisation = (receiver, papers) => receiver === "authorised" && !papers.includes("authorisation");
