// The packing table: each scan is sent by itself, one after the other, and what lies on the table is drawn anew. Which
// envelope is meant is known only once the scan before has its answer; so scans wait here for their turn.
(() => {
  "use strict";
  const said = document.getElementById("noi");
  const network = document.getElementById("mang");
  const RETRY = 3000;
  const PATIENCE = 10000;
  const waiting = [];
  let busy = false;
  let again = 0;
  const form = () => document.getElementById("quet");
  const field = () => document.getElementById("ma");

  function tell(words, kind) {
    said.textContent = words;
    said.className = `scan-said scan-${kind}`;
    tableSounds.play(kind);
  }

  function showWaiting(away) {
    network.hidden = !away;
    if (away) network.textContent = form().dataset.waits.replace("{count}", waiting.length);
  }

  function draw(page) {
    const table = page.getElementById("ban");
    const focus = document.activeElement;
    const atField = !focus || focus === document.body || focus === field() || !document.contains(focus) || focus.closest("#ban");
    const typed = field().value;
    document.getElementById("ban").replaceWith(document.adoptNode(table));
    // What the gun has typed meanwhile is the beginning of the next scan.
    field().value = typed;
    if (atField) field().focus();
    listen();
    const first = table.querySelector(".pack-found button");
    if (table.dataset.words) tell(table.dataset.words, table.dataset.kind);
    if (!first) return;
    first.focus();
    tell(document.getElementById("chon-mot").textContent, "again");
  }

  function body(scan) {
    const made = new FormData(form());
    made.set("phieu", scan.id);
    made.delete("ma");
    made.set(scan.name, scan.value);
    return made;
  }

  async function send() {
    if (busy) return;
    busy = true;
    try {
      while (waiting.length) {
        const patience = new AbortController();
        const end = setTimeout(() => patience.abort(), PATIENCE);
        const asked = { method: "POST", body: body(waiting[0]), signal: patience.signal };
        const answer = await fetch(form().action, asked).finally(() => clearTimeout(end));
        if (answer.status >= 500) throw new Error("away");
        const page = new DOMParser().parseFromString(await answer.text(), "text/html");
        waiting.shift();
        showWaiting(false);
        if (!answer.ok || !page.getElementById("ban")) {
          waiting.length = 0;
          tell(form().dataset.anew, "bad");
          return;
        }
        if (answer.redirected) history.replaceState(null, "", answer.url);
        draw(page);
      }
    } catch {
      showWaiting(true);
      tableSounds.play("kept");
      clearTimeout(again);
      again = setTimeout(send, RETRY);
    } finally {
      busy = false;
    }
  }

  function add(name, value) {
    waiting.push({ id: tableSounds.newName(), name, value });
    send();
  }

  function listen() {
    form().addEventListener("submit", (event) => {
      event.preventDefault();
      const typed = field().value.trim();
      field().value = "";
      field().focus();
      if (typed) add("ma", typed);
    });
    document.querySelectorAll(".pack-found button").forEach((button) => button.addEventListener("click", (event) => {
      event.preventDefault();
      add("ket_qua", button.value);
    }));
  }

  tableSounds.catchGun(field);
  addEventListener("online", send);
  addEventListener("beforeunload", (event) => { if (waiting.length) event.preventDefault(); });
  listen();
  const begun = document.getElementById("ban");
  if (begun.dataset.words) tableSounds.play(begun.dataset.kind);
})();
