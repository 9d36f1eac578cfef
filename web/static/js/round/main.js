// The beginning of the app; on a phone that cannot keep a round it says so, and leads to the pages with network.
import { App } from "./app.js";
import { h } from "./dom.js";
import { stayNew } from "./newness.js";
import { emptyPage } from "./pages.js";
import { openStore } from "./store.js";
import { wordsOf } from "./words.js";

const where = document.body.dataset;
const texts = JSON.parse(document.getElementById("loi").textContent);
const comesFrom = (address) => document.referrer !== ""
  && new URL(document.referrer).pathname === new URL(address, location.href).pathname;

function unable(error) {
  if (error) console.error(error);
  const t = wordsOf(texts, document.documentElement.lang);
  const wayOut = h("a", { class: "button main", href: where.plain }, t("with_network"));
  document.getElementById("noi-dung").replaceChildren(...emptyPage(t("unsupported"), t), wayOut);
}

async function start() {
  const store = await openStore();
  // Asked for, not relied on: without it a full phone may throw away what its pages keep.
  navigator.storage?.persist?.();
  stayNew(where, () => location.hash.length < 2);
  const isNewPerson = comesFrom(where.logIn) || comesFrom(where.pair);
  await new App(store, where, texts).start({ isNewPerson });
}

const isAble = window.isSecureContext && "serviceWorker" in navigator && "indexedDB" in window && crypto.randomUUID;
if (isAble) start().catch(unable);
else unable();
