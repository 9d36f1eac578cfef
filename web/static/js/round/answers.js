// What an answer of the server means for what waits, and how long to leave it in peace. Pure.
export const MOST_AT_ONCE = 50;
const FIRST_PAUSE = 2;
const LONGEST_PAUSE = 300;

// ok; log-in: it is over; ended: this phone was paired at the desk, and its log-in is over; stranger: who has logged in has no rounds; anew: ask for a new token, or somebody else has
// logged in; smaller: send less at once; spoilt: something in it breaks the server; slow, away: try again later.
export function meaning(answer) {
  if (answer === null) return "away";
  if (answer.type === "opaqueredirect" || answer.status === 401) return "log-in";
  const known = { 403: "stranger", 410: "ended", 400: "anew", 409: "anew", 413: "smaller", 429: "slow", 500: "spoilt", 503: "slow" };
  if (known[answer.status]) return known[answer.status];
  return answer.ok ? "ok" : "away";
}

// Seconds until the next try: twice as long each time, never two phones at the same moment; a server that names a
// time is obeyed.
export function pause(tries, chance, asked = 0) {
  const spread = Math.min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** tries) * (0.5 + chance);
  return Math.max(spread, Math.min(asked || 0, 3600));
}

// An act as it is sent: its age instead of its moment, for the server does not believe a phone's clock.
export function asSent({ id, kind, item, receiver, papers, signature, reason, act, at_ms }, now) {
  return { id, kind, item, receiver, papers, signature, reason, act, age: Math.max(0, (now - at_ms) / 1000) };
}
