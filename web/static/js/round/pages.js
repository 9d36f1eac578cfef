// The two pages of the app, as nodes: the list with the next door on top, and one door. `act` holds what buttons do.
import { h } from "./dom.js";
import { drawSignature } from "./signature.js";
import { following, lacksAuthorisation, mayTakeBack, stopsOf } from "./round.js";

// As on a clock on a Vietnamese wall, wherever the phone thinks it is.
const wall = new Intl.DateTimeFormat("en-GB", { hour: "2-digit", minute: "2-digit", timeZone: "Asia/Ho_Chi_Minh" });
const capital = (words) => words.charAt(0).toUpperCase() + words.slice(1);
const money = (sum) => `${String(sum).replace(/\B(?=(\d{3})+$)/g, ".")} đ`;
const addressOf = (stop) => `#${stop.item}`;

// An act of this phone in words; those of the ward's books bring theirs along.
function wordsOf(one, lists, t) {
  if (one.words || !one.kind) return one.words || "?";
  if (one.kind === "failed") return `${t("failed")}: ${lists.reasons[one.reason] || one.reason}`;
  const shown = one.papers.map((paper) => lists.papers[paper] || paper);
  const papers = [...shown, one.signature ? t("signed_here") : ""].filter(Boolean).join(", ");
  return t("delivered_against", { whom: lists.receivers[one.receiver] || one.receiver, papers });
}

function fact(name, words) { return h("div", {}, h("dt", {}, name), h("dd", {}, words)); }

// Whom to find and what to ask for.
function door(stop, t) {
  return [
    h("p", { class: "door-name" }, stop.name),
    h("p", {}, [stop.address, stop.area].filter(Boolean).join(", ")),
    h("dl", { class: "door-facts" },
      fact(t("planned"), stop.planned), fact(t("slots"), stop.slot || t("any_time")),
      stop.collect ? fact(t("collect"), money(stop.collect)) : null),
    stop.note ? h("p", { class: "door-note" }, stop.note) : null,
    h("p", { class: "door-ask" }, stop.must_show),
    stop.way ? h("a", { class: "button", href: stop.way }, t("way")) : null,
    stop.phone
      ? h("a", { class: "button", href: `tel:${stop.phone}` }, t("call", { number: stop.phone_shown })) : null,
  ];
}

function stateMark({ state }, lists) {
  return h("span", { class: `state state-${state}` }, lists.states[state] || state);
}

function line(stop, next, lists, t) {
  const state = stop.asked ? t("kept_title")
    : stop.at_ward ? t("not_given_short")
    : stop.unvisited ? stop.planned
      : stateMark(stop, lists);
  return h("li", { value: stop.number, class: stop.at_ward ? "door-away" : null },
    h("a", { href: addressOf(stop), "aria-current": stop === next ? "step" : null },
      h("span", { class: "door-number", "aria-hidden": "true" }, String(stop.number)),
      h("span", { class: "door-where" }, h("strong", {}, stop.name), h("br"), stop.address),
      h("span", { class: "door-state" }, state,
        stop.waiting ? h("span", { class: "door-kept" }, t("kept_here")) : null)));
}

function noteList(notes, verdict, { lists, t, act }) {
  const some = notes.filter((note) => note.verdict === verdict);
  if (!some.length) return null;
  return h("section", { class: `notice ${verdict === "refused" ? "bad" : ""}` },
    h("h2", {}, t(`${verdict}_title`)),
    h("ul", {}, some.map((note) => h("li", {},
      h("p", {}, t(`${verdict}_words`, {
        number: note.number ?? "?", code: note.item ?? "?", why: note.why,
        what: note.kind === "take_back" ? t("taken_back") : wordsOf(note, lists, t),
      })),
      h("button", { class: "button", type: "button", onclick: () => act.dismiss(note.id) }, t(`dismiss_${verdict}`))))));
}

function standing(rounds, next, t) {
  const stops = stopsOf(rounds);
  if (next && rounds.some((round) => round.given)) return null;
  if (stops.some((stop) => stop.in_bag)) return h("p", { class: "notice" }, t("every_door"));
  if (stops.some((stop) => !stop.at_ward)) return h("p", { class: "notice good" }, t("bag_empty"));
  return h("p", { class: "notice" }, t("bag_not_given"));
}

export function listPage(rounds, { round, lists, notes, t, act }) {
  const next = following(rounds);
  const stops = stopsOf(rounds);
  const bringBack = stops.filter((stop) => stop.state === "attempt_failed").length;
  const noteLists = ["refused", "kept"].map((each) => noteList(notes, each, { lists, t, act }));
  if (!stops.length) {
    return [h("h1", { tabindex: "-1" }, t("title")), noteLists, h("p", { class: "notice" }, t("no_round"))];
  }
  return [
    h("h1", { tabindex: "-1" }, `${t("title")} `, h("span", { class: "quiet" }, round.day)),
    noteLists,
    h("form", { class: "row-form", role: "search", onsubmit: act.find },
      h("label", { for: "ma", class: "visually-hidden" }, t("find_label")),
      h("input", {
        id: "ma", lang: "en", placeholder: t("find_hint"), autocomplete: "off", autocapitalize: "characters",
        spellcheck: "false", maxlength: "100", required: true,
      }),
      h("button", { class: "button" }, t("find"))),
    act.scan ? h("button", { class: "button", type: "button", onclick: act.scan }, t("scan")) : null,
    next ? h("section", { class: "door-next", "aria-labelledby": "tiep-theo" },
      h("h2", { id: "tiep-theo" }, t("next", { number: next.number })), door(next, t),
      h("a", { class: "button main", href: addressOf(next) }, t("at_door"))) : null,
    standing(rounds, next, t),
    bringBack ? h("p", { class: "notice bad" }, h("strong", {}, t("bring_back", { count: bringBack }))) : null,
    rounds.map((one) => [
      h("h2", {}, rounds.length > 1 ? t("round", { code: `${one.route} ${one.batch}` }) : t("all_stops"),
        " ", h("span", { class: "quiet" }, String(one.stops.length))),
      h("ol", { class: "door-list" }, one.stops.map((stop) => line(stop, next, lists, t))),
    ]),
    h("p", { class: "quiet" }, t("as_of", { time: round.clock })),
  ];
}

function actNote(one, stop, { round, lists, t, act }) {
  const words = wordsOf(one, lists, t);
  return h("section", { class: `notice ${one.kind === "delivered" && one.stands ? "good" : ""}` },
    h("p", {}, one.stands ? h("strong", {}, words) : [h("s", {}, words), ` ${t("taken_back")}`], " ",
      h("span", { class: "quiet" }, one.at || wall.format(one.at_ms))),
    mayTakeBack(one, round, Date.now())
      ? h("button", { class: "button", type: "button", onclick: () => act.takeBack(stop, one) }, t("take_back")) : null);
}

// The field to sign in; whoever cannot draw signs on the slip. `lacks` says whether neither has happened.
const MOST = { strokes: 100, points: 1500 };
function signing(t) {
  const canvas = h("canvas", { class: "signature", width: "1000", height: "300", role: "img", "aria-label": t("sign") });
  const clear = h("button", { class: "button", type: "button" }, t("sign_anew"));
  const slip = h("input", { type: "checkbox", name: "phieu-giay" });
  let drawn = [];
  drawSignature(canvas, clear, MOST, (strokes) => { drawn = strokes; });
  return {
    node: h("fieldset", {}, h("legend", {}, t("sign")), canvas, clear, h("label", {}, slip, ` ${t("on_the_slip")}`)),
    strokes: () => (drawn.length && !slip.checked ? drawn : undefined),
    lacks: () => !drawn.length && !slip.checked,
  };
}

// Delivered: the paper that was seen, and a button for each who may have it.
function deliveredForm(stop, { lists, t, act }) {
  const choice = (paper, type) => {
    const box = h("input", { type, name: "giay", value: paper, required: type === "radio" });
    return h("label", {}, box, ` ${lists.papers[paper] || paper}`);
  };
  const trouble = h("p", { class: "wrong", role: "alert" });
  const signed = stop.sign ? signing(t) : null;
  const form = h("form", { class: "door-form" },
    h("fieldset", {}, h("legend", {}, t("what_shown")), stop.papers.map((paper) => choice(paper, "radio")),
      stop.authorisation ? choice("authorisation", "checkbox") : null),
    signed ? signed.node : null,
    trouble,
    stop.receivers.map((receiver) => h("button", { class: "button main", value: receiver },
      t("delivered_to", { whom: lists.receivers[receiver] || receiver }))),
    stop.receivers.length ? null : h("p", { class: "notice bad" }, t("nobody_may")));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const papers = [...form.querySelectorAll("[name=giay]:checked")].map((input) => input.value);
    const receiver = event.submitter.value;
    const unsigned = signed && signed.lacks() ? t("sign_first") : "";
    trouble.textContent = lacksAuthorisation(receiver, papers) ? t("show_authorisation") : unsigned;
    if (!trouble.textContent) act.say(stop, { kind: "delivered", receiver, papers, signature: signed?.strokes() });
  });
  return form;
}

function failedForm(stop, { lists, t, act }) {
  return h("div", { class: "door-form" }, h("h2", {}, t("failed")),
    Object.entries(lists.reasons).map(([reason, words]) => h("button", {
      class: "button danger", type: "button", onclick: () => act.say(stop, { kind: "failed", reason }),
    }, capital(words))));
}

export function stopPage(stop, about) {
  const { round, lists, t } = about;
  const canSay = stop.in_bag || (stop.at_ward && stop.can_be_told);
  return [
    h("p", {}, h("a", { class: "door-up", href: "#" }, `← ${t("all_stops")}`)),
    h("h1", { tabindex: "-1" }, `${t("stop", { number: stop.number })} `, h("span", { class: "quiet" }, stop.item)),
    h("section", { class: "door-next", "aria-label": t("recipient") }, door(stop, t)),
    [...stop.acts].reverse().map((one) => actNote(one, stop, about)),
    stop.at_ward ? h("p", { class: "notice" }, t("not_given", { time: round.clock })) : null,
    canSay ? [deliveredForm(stop, about), failedForm(stop, about)] : null,
    canSay || stop.acts.length ? null : h("p", { class: "notice" }, stateMark(stop, lists)),
  ];
}

export function emptyPage(words, t) {
  return [h("h1", { tabindex: "-1" }, t("title")), h("p", { class: "notice" }, words)];
}
