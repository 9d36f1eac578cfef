// What stands around each page: the line about what waits, the ways out, and the last thing that was said.
import { h } from "./dom.js";
import { statusLine } from "./line.js";

const [line, said, ways] = ["tinh-trang", "noi", "loi-di"].map((id) => document.getElementById(id));

// Touched only when it has changed: a screen reader reads out whatever is put there.
function replace(node, key, ...children) {
  if (node.dataset.shown === key) return;
  node.dataset.shown = key;
  node.replaceChildren(...children);
}

export function showLine(net, count, t, { logIn, pair }) {
  const { kind, sign, words } = statusLine(net, count, t);
  line.className = `status status-${kind}`;
  replace(line, `${kind} ${words}`,
    h("span", { class: "sign", "aria-hidden": "true" }, sign), h("span", {}, words),
    net === "log-in" ? h("a", { href: logIn }, t("log_in")) : net === "ended" ? h("a", { href: pair }, t("pair")) : "");
}

export function showWays(plain, logOut, t) {
  ways.setAttribute("aria-label", t("title"));
  replace(ways, `${Boolean(logOut)} ${t("log_out")}`,
    h("a", { href: plain }, t("with_network")),
    logOut ? h("button", { type: "button", class: "plain", onclick: logOut }, t("log_out")) : "");
}

export function tell(words, kind, ...more) {
  said.className = `said notice ${kind}`;
  said.replaceChildren(words, " ", ...more);
  if (kind === "bad") said.scrollIntoView();
}

export function hush() {
  said.className = "said";
  said.replaceChildren();
}
