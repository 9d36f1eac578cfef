// The app: shows what the phone keeps, writes down what is said, and wakes the sender.
import { Camera, fetchReader, hasCamera } from "./camera.js";
import { h } from "./dom.js";
import { hush, showLine, showWays, tell } from "./frame.js";
import { leave } from "./leaving.js";
import { emptyPage, listPage, stopPage } from "./pages.js";
import { find, fold, stopsOf } from "./round.js";
import { isOld } from "./store.js";
import { Sync } from "./sync.js";
import { wordsOf } from "./words.js";

// Why there is no round to show, where it is not that none was taken along.
const EMPTY = { stranger: "not_yours", ended: "phone_ended" };
const main = document.getElementById("noi-dung");
const field = () => document.getElementById("ma");
const objects = (lists) => Object.fromEntries(
  Object.entries(lists).map(([name, pairs]) => [name, Object.fromEntries(pairs)]),
);

export class App {
  // What the phone keeps, as it was read last.
  #seen = { round: null, rounds: [], lists: {}, acts: [], notes: [], elsewhere: 0 };
  #tabs = new BroadcastChannel("tannha-rounds");
  #shown = "";
  #isSaying = false;
  #camera = new Camera(document.getElementById("may-anh"), document.body.dataset);
  #store; #where; #texts; #sync; #t;

  constructor(store, where, texts) {
    [this.#store, this.#where, this.#texts] = [store, where, texts];
    this.#t = wordsOf(texts, document.documentElement.lang);
    this.#sync = new Sync(store, { acts: where.acts, round: where.round }, () => this.#changed());
  }

  async start({ isNewPerson }) {
    this.#listen();
    this.#sync.remember(await this.#store.round());
    // Whoever comes from the log-in may be somebody else: nothing is shown before the server has said who it is.
    if (isNewPerson) await this.#sync.wake();
    await this.#load();
    document.documentElement.dataset.ready = "1";
    await this.#sync.wake();
    if (this.#seen.round && this.#sync.net === "ok") fetchReader(this.#where);
  }

  #listen() {
    this.#tabs.addEventListener("message", () => this.#load());
    addEventListener("online", () => this.#sync.wake());
    addEventListener("pageshow", (event) => { if (event.persisted) this.#sync.wake(); });
    document.addEventListener("visibilitychange", () => {
      if (document.visibilityState === "visible") this.#sync.wake();
      else this.#sync.rest();
    });
    addEventListener("hashchange", () => this.#turn());
    // Wherever the focus is, what a scan gun types lands in the field.
    document.addEventListener("keydown", (event) => {
      const writes = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (writes && !event.target.closest("input, textarea")) field()?.focus();
    });
  }

  // Reads anew what is kept, and shows it where it has changed.
  async #load() {
    const round = await this.#store.round();
    if (round && isOld(round, Date.now())) {
      await this.#store.wipeRounds();
      await this.#load();
      return;
    }
    const owner = round ? round.owner : this.#sync.owner;
    const before = this.#seen.notes.length;
    const [acts, notes] = owner === null ? [[], []]
      : await Promise.all([this.#store.acts(owner), this.#store.notes(owner)]);
    this.#seen = {
      round, acts, notes, rounds: round ? fold(round.rounds, acts, notes) : [], lists: round ? objects(round.lists) : {},
      elsewhere: await this.#store.waitingOfOthers(owner),
    };
    if (round && this.#texts[round.language]) {
      document.documentElement.lang = round.language;
      this.#t = wordsOf(this.#texts, round.language);
    }
    // What was said to be noted a moment ago may be what the ward could not note.
    if (notes.length > before) hush();
    this.#show();
  }

  async #changed() {
    await this.#load();
    this.#tabs.postMessage("changed");
  }

  #stop() { return stopsOf(this.#seen.rounds).find((stop) => `#${stop.item}` === location.hash) || null; }

  #show() {
    const { acts, round, elsewhere } = this.#seen;
    const count = acts.filter((act) => act.state === "waits").length || (round ? 0 : elsewhere);
    showLine(this.#sync.net, count, this.#t, this.#where);
    showWays(this.#where.plain, round && (() => this.#logOut()), this.#t);
    this.#draw(this.#stop());
  }

  // Only when something is different: what somebody is ticking or typing at this moment must stay.
  #draw(stop) {
    const { rounds, notes, elsewhere, round } = this.#seen;
    const what = JSON.stringify([
      location.hash, document.documentElement.lang, EMPTY[this.#sync.net],
      stop || [rounds, notes, elsewhere, round?.clock],
    ]);
    if (what === this.#shown) return;
    this.#shown = what;
    const typed = field()?.value;
    const focused = document.activeElement;
    const place = focused?.id === "ma" ? "#ma" : focused?.hash ? `a[href="${focused.hash}"]` : "";
    main.replaceChildren(...this.#page(stop).flat(Infinity).filter(Boolean));
    if (typed && field()) field().value = typed;
    if (place) main.querySelector(place)?.focus();
    document.title = `${main.querySelector("h1").textContent} · Tận Nhà`;
  }

  #page(stop) {
    const t = this.#t;
    const act = {
      find: (event) => this.#look(event), scan: hasCamera() ? () => this.#scan() : null, dismiss: (id) => this.#dismiss(id),
      say: (...said) => this.#say(...said), takeBack: (...said) => this.#takeBack(...said),
    };
    const about = { ...this.#seen, t, act };
    if (stop) return stopPage(stop, about);
    if (about.round) return listPage(about.rounds, about);
    return [
      ...emptyPage(t(EMPTY[this.#sync.net] || "nothing_here"), t),
      about.elsewhere && this.#sync.net !== "ended" ? h("p", { class: "notice" }, t("others_wait", { count: about.elsewhere })) : null,
    ];
  }

  #turn() {
    if (location.hash.length > 1) hush();
    this.#show();
    scrollTo(0, 0);
    main.querySelector("h1")?.focus({ preventScroll: true });
  }

  // Only what is on the disk is said to be noted; one act at a time, so that two quick taps are one act.
  async #keep({ item, number }, words) {
    if (this.#isSaying) return false;
    this.#isSaying = true;
    try {
      const act = { ...words, item, number, id: crypto.randomUUID(), at_ms: Date.now() };
      await this.#store.keepAct(this.#seen.round.owner, act);
      await this.#changed();
      return true;
    } catch (error) {
      console.error(error);
      tell(this.#t("not_kept"), "bad");
      return false;
    } finally {
      this.#isSaying = false;
    }
  }

  async #say(stop, words) {
    if (!(await this.#keep(stop, words))) return;
    const change = h("a", { href: `#${stop.item}` }, this.#t("change"));
    tell(this.#t("noted_here", { number: stop.number }), "good", change);
    location.hash = "#";
    this.#sync.wake();
  }

  async #takeBack(stop, act) {
    if (!(await this.#keep(stop, { kind: "take_back", act: act.id }))) return;
    tell(this.#t("taken_back_now"), "good");
    this.#sync.wake();
  }

  async #dismiss(id) {
    await this.#store.dropNote(id);
    await this.#changed();
  }

  #look(event) {
    event.preventDefault();
    const typed = field().value;
    field().value = "";
    this.#goTo(typed);
  }

  async #scan() {
    try {
      await this.#camera.open(this.#t, (code) => this.#goTo(code));
    } catch (error) {
      tell(this.#t(error.message), "bad");
    }
  }

  #goTo(typed) {
    const stop = find(this.#seen.rounds, typed);
    if (stop) location.hash = `#${stop.item}`;
    else tell(this.#t("not_in_round", { code: typed.trim() }), "bad");
  }

  async #logOut() {
    const { owner, csrf } = this.#seen.round;
    if (await leave(this.#store, owner, csrf, this.#where.logOut, this.#t)) location.assign(this.#where.plain);
  }
}
