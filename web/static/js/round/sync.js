// Brings what was kept to the ward, and the round from there. An act is kept until the server has answered that very
// act, so an answer that was lost is asked for by sending again. It tries when something happens (an act, network, the
// page is looked at again); a timer runs only while something waits and somebody looks.
import { MOST_AT_ONCE, asSent, meaning, pause } from "./answers.js";

const PATIENCE = 20000;
// Looking at the page again so soon asks for nothing new.
const FRESH = 60000;

// Of several tabs only one sends at a time; the others have their turn after it.
const alone = (work) => (navigator.locks ? navigator.locks.request("tannha-rounds-sync", work) : work());

async function ask(address, options = {}) {
  const patience = new AbortController();
  const end = setTimeout(() => patience.abort(), PATIENCE);
  const headers = { Accept: "application/json", ...options.headers };
  try {
    const how = { cache: "no-store", redirect: "manual", signal: patience.signal };
    const answer = await fetch(address, { ...how, ...options, headers });
    const told = meaning(answer) === "ok" ? await answer.json() : null;
    return { means: meaning(answer), told, wait: Number(answer.headers.get("Retry-After")) };
  } catch {
    return { means: "away", told: null, wait: 0 };
  } finally {
    clearTimeout(end);
  }
}

export class Sync {
  net = "unknown";
  owner = null;
  #token = "";
  #store; #where; #changed;
  #busy = false; #again = false; #tries = 0; #timer = 0; #readAt = 0;

  // `changed` is called whenever there is something new to show.
  constructor(store, where, changed) { [this.#store, this.#where, this.#changed] = [store, where, changed]; }

  // As the last page left it: enough to go on without network.
  remember(round) { if (round) [this.owner, this.#token] = [round.owner, round.csrf]; }

  async wake() {
    clearTimeout(this.#timer);
    this.#again = this.#busy;
    if (this.#busy) return;
    this.#busy = true;
    try {
      do {
        this.#again = false;
        await alone(() => this.#turn());
      } while (this.#again);
    } catch (error) {
      this.net = "broken";
      console.error(error);
    } finally {
      this.#busy = false;
      await this.#changed();
    }
  }

  // Nobody looks: whatever waits is tried again when somebody does.
  rest() { clearTimeout(this.#timer); }

  async #turn() {
    const passed = new Set();
    let size = MOST_AT_ONCE;
    let renewed = false;
    let isRead = this.net === "ok" && Date.now() - this.#readAt < FRESH;
    for (;;) {
      if (!this.#token) {
        if (!(await this.#read())) return;
        isRead = true;
      }
      const some = (await this.#store.acts(this.owner))
        .filter((act) => act.state === "waits" && !passed.has(act.id)).slice(0, size);
      if (!some.length) break;
      const { means, told, wait } = await this.#send(some);
      if (means === "ok") {
        if (!(await this.#settle(some, told.answers))) { this.net = "broken"; return; }
        isRead = false;
        await this.#changed();
      } else if (means === "anew" && !renewed) {
        renewed = true;
        this.#token = "";
      } else if ((means === "smaller" || means === "spoilt") && some.length > 1) {
        size = means === "spoilt" ? 1 : Math.ceil(some.length / 2);
      } else if (means === "spoilt" || means === "smaller") {
        passed.add(some[0].id);
      } else {
        await this.#stop(means === "anew" ? "broken" : means, wait);
        return;
      }
    }
    if (!isRead && !(await this.#read())) return;
    if (passed.size) await this.#stop("slow", 0);
    else this.#tries = 0;
  }

  #send(some) {
    const body = JSON.stringify({ who: this.owner, acts: some.map((act) => asSent(act, Date.now())) });
    const headers = { "Content-Type": "application/json", "X-CSRFToken": this.#token };
    return ask(this.#where.acts, { method: "POST", body, headers });
  }

  // False for an answer that answers nothing: going on would ask for ever.
  async #settle(some, answers) {
    const acts = new Map(some.map((act) => [act.id, act]));
    const verdicts = answers.filter(({ id }) => acts.has(id)).map(({ id, verdict, words }) => ({
      act: acts.get(id), kind: verdict,
      note: verdict === "kept" || verdict === "refused" ? { ...acts.get(id), why: words } : null,
    }));
    await this.#store.settle(this.owner, verdicts);
    return verdicts.length > 0;
  }

  // The round anew; acts that the ward had noted before it was asked for are in it.
  async #read() {
    const asked = this.owner;
    const noted = asked === null ? [] : (await this.#store.acts(asked)).filter((act) => act.state === "noted");
    const { means, told, wait } = await ask(this.#where.round);
    if (means !== "ok") {
      await this.#stop(means, wait);
      return false;
    }
    const read = { ...told, read_ms: Date.now(), ahead: told.now * 1000 - Date.now() };
    await this.#store.keepRound(told.who, read, told.who === asked ? noted.map((act) => act.seq) : []);
    [this.owner, this.#token, this.net, this.#readAt] = [told.who, told.csrf, "ok", Date.now()];
    await this.#changed();
    return true;
  }

  async #stop(net, wait) {
    this.net = net === "anew" || net === "smaller" ? "broken" : net === "spoilt" ? "slow" : net;
    if (net === "stranger" || net === "ended") {
      // The round is no business of whoever holds this phone now; acts that wait stay, sealed, for who said them.
      await this.#store.wipeRounds();
      [this.owner, this.#token] = [null, ""];
    }
    const waits = this.owner !== null && await this.#store.waiting(this.owner);
    if (waits && (net === "away" || net === "slow") && document.visibilityState === "visible") {
      this.#timer = setTimeout(() => this.wake(), pause(this.#tries, Math.random(), wait) * 1000);
      this.#tries += 1;
    }
    await this.#changed();
  }
}
