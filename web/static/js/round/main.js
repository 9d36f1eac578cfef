// The app: opens what the phone keeps, shows it, writes down what is said, and wakes the sender.
import { h } from "./dom.js";
import { leave } from "./leaving.js";
import { statusLine } from "./line.js";
import { emptyPage, listPage, stopPage } from "./pages.js";
import { find, fold, stopsOf } from "./round.js";
import { isOld, openStore } from "./store.js";
import { Sync } from "./sync.js";
import { wordsOf } from "./words.js";

const { dataset } = document.body;
const texts = JSON.parse(document.getElementById("loi").textContent);
const [main, line, said, ways] = ["noi-dung", "tinh-trang", "noi", "loi-di"].map((id) => document.getElementById(id));
let t = wordsOf(texts, document.documentElement.lang);

const isAble = window.isSecureContext && "serviceWorker" in navigator && "indexedDB" in window && crypto.randomUUID;
if (isAble) start().catch(unable);
else unable();

function unable(error) {
  if (error) console.error(error);
  main.replaceChildren(...emptyPage(t("unsupported"), t), h("p", {}, h("a", { class: "button main", href: dataset.plain }, t("with_network"))));
}

async function start() {
  const store = await openStore();
  const others = new BroadcastChannel("tannha-rounds");
  const seen = { round: null, rounds: [], acts: [], notes: [], elsewhere: 0 };
  let shown = "";
  let isSaying = false;
  const sync = new Sync(store, { acts: dataset.acts, round: dataset.round }, () => load(true));

  // What is kept is read again, and shown where it has changed.
  async function load(tellOthers = false) {
    const round = await store.round();
    if (round && isOld(round, Date.now())) {
      await store.wipeRounds();
      return load(tellOthers);
    }
    const owner = round ? round.owner : sync.owner;
    seen.round = round;
    seen.acts = owner === null ? [] : await store.acts(owner);
    seen.notes = owner === null ? [] : await store.notes(owner);
    seen.elsewhere = await store.waitingOfOthers(owner);
    seen.rounds = round ? fold(round.rounds, seen.acts) : [];
    if (round && texts[round.language]) {
      document.documentElement.lang = round.language;
      t = wordsOf(texts, round.language);
    }
    show();
    if (tellOthers) others.postMessage("changed");
    return undefined;
  }

  function current() { return stopsOf(seen.rounds).find((stop) => `#${stop.item}` === location.hash) || null; }

  function show() {
    showLine();
    // Drawn anew only when something is different: what somebody is ticking at this moment must stay.
    const stop = current();
    const what = JSON.stringify([location.hash, stop ? [stop, stop.acts.length] : [seen.rounds, seen.notes, seen.elsewhere, seen.round?.clock],
      document.documentElement.lang, sync.net === "stranger"]);
    if (what === shown) return;
    const typed = document.getElementById("ma")?.value;
    const focused = document.activeElement;
    const mark = focused?.id === "ma" ? "#ma" : focused?.hash ? `a[href="${focused.hash}"]` : "";
    shown = what;
    main.replaceChildren(...page(stop).flat(Infinity).filter(Boolean));
    if (typed) document.getElementById("ma")?.setAttribute("value", typed);
    if (mark) main.querySelector(mark)?.focus();
    document.title = `${main.querySelector("h1").textContent} · Tận Nhà`;
  }

  function page(stop) {
    const lists = Object.fromEntries(Object.entries(seen.round?.lists || {})
      .map(([name, pairs]) => [name, Object.fromEntries(pairs)]));
    const about = { ...seen, lists, t, act: { find: look, say, takeBack, dismiss } };
    if (stop) return stopPage(stop, about);
    if (seen.round) return listPage(seen.rounds, about);
    return [
      ...emptyPage(t(sync.net === "stranger" ? "not_yours" : "nothing_here"), t),
      seen.elsewhere ? h("p", { class: "notice" }, t("others_wait", { count: seen.elsewhere })) : null,
    ];
  }

  function showLine() {
    const count = seen.acts.filter((act) => act.state === "waits").length || (seen.round ? 0 : seen.elsewhere);
    const { kind, sign, words } = statusLine(sync.net, count, t);
    const key = `${kind} ${words}`;
    if (line.dataset.shown !== key) {
      line.dataset.shown = key;
      line.className = `status status-${kind}`;
      line.replaceChildren(h("span", { class: "sign", "aria-hidden": "true" }, sign), h("span", {}, words),
        sync.net === "log-in" ? h("a", { href: dataset.logIn }, t("log_in")) : "");
    }
    const leaves = Boolean(seen.round);
    if (ways.dataset.shown !== `${leaves} ${t("log_out")}`) {
      ways.dataset.shown = `${leaves} ${t("log_out")}`;
      ways.setAttribute("aria-label", t("title"));
      ways.replaceChildren(h("a", { href: dataset.plain }, t("with_network")),
        leaves ? h("button", { type: "button", class: "plain", onclick: logOut }, t("log_out")) : "");
    }
  }

  function tell(words, kind, ...more) {
    said.className = `said notice ${kind}`;
    said.replaceChildren(words, " ", ...more);
  }

  function go(hash) {
    if (location.hash === hash) show();
    else location.hash = hash;
  }

  // Only what is on the disk is said to be noted; one act at a time, so that two quick taps are one act.
  async function keep(act) {
    if (isSaying) return false;
    isSaying = true;
    try {
      await store.keepAct(seen.round.owner, { ...act, id: crypto.randomUUID(), at_ms: Date.now() });
      return true;
    } catch (error) {
      console.error(error);
      tell(t("not_kept"), "bad");
      said.scrollIntoView();
      return false;
    } finally {
      isSaying = false;
    }
  }

  async function say(stop, words) {
    if (!(await keep({ ...words, item: stop.item }))) return;
    await load(true);
    tell(t("noted_here", { number: stop.number }), "good", h("a", { href: `#${stop.item}` }, t("change")));
    go("#");
    sync.wake();
  }

  async function takeBack(stop, act) {
    if (!(await keep({ kind: "take_back", act: act.id, item: stop.item }))) return;
    await load(true);
    tell(t("taken_back_now"), "good");
    sync.wake();
  }

  async function dismiss(id) {
    await store.dropNote(id);
    await load(true);
  }

  function look(event) {
    event.preventDefault();
    const typed = document.getElementById("ma").value;
    const stop = find(seen.rounds, typed);
    document.getElementById("ma").value = "";
    if (stop) go(`#${stop.item}`);
    else tell(t("not_in_round", { code: typed.trim() }), "bad");
  }

  async function logOut() {
    if (await leave(store, seen.round.owner, seen.round.csrf, dataset.logOut, (name, fields) => t(name, fields))) location.assign(dataset.plain);
    else said.scrollIntoView();
  }

  addEventListener("hashchange", () => {
    if (location.hash.length > 1) said.replaceChildren();
    if (!said.hasChildNodes()) said.className = "said";
    show();
    scrollTo(0, 0);
    main.querySelector("h1")?.focus({ preventScroll: true });
  });
  // Wherever the focus is, what a scan gun types lands in the field.
  document.addEventListener("keydown", (event) => {
    const writes = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (writes && !event.target.closest("input, textarea")) document.getElementById("ma")?.focus();
  });
  others.addEventListener("message", () => load());
  addEventListener("online", () => sync.wake());
  addEventListener("pageshow", (event) => { if (event.persisted) sync.wake(); });
  document.addEventListener("visibilitychange", () => (document.visibilityState === "visible" ? sync.wake() : sync.rest()));

  sync.remember(await store.round());
  // Whoever comes from the log-in may be somebody else: nothing is shown before the server has said who it is.
  if (new URL(document.referrer || location.href).pathname === new URL(dataset.logIn, location.href).pathname) await sync.wake();
  await load();
  document.documentElement.dataset.ready = "1";
  navigator.storage?.persist?.();
  stayNew();
  await sync.wake();
}

// The worker keeps the page for days without network. A newer page is taken over when nobody is in the middle of
// anything: acts lie in the database, not in the page.
function stayNew() {
  const had = navigator.serviceWorker.controller;
  let isNew = false;
  navigator.serviceWorker.register(dataset.worker, { scope: dataset.scope }).catch((error) => console.error(error));
  navigator.serviceWorker.addEventListener("controllerchange", () => { isNew = Boolean(had); });
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    if (isNew && location.hash.length < 2) location.reload();
    else navigator.serviceWorker.getRegistration().then((found) => found?.update()).catch(() => { /* no network */ });
  });
}
