// The hand-over table: every scan is kept in the browser until the server has answered it, so that the network may go
// away for as long as it likes. The field is always ready for the gun; each answer is seen, read and heard.
(() => {
  "use strict";
  const form = document.getElementById("quet");
  if (!form) return;
  const code = form.elements.ma;
  const said = document.getElementById("noi");
  const network = document.getElementById("mang");
  const signing = () => document.getElementById("ky-nhan");
  const key = `ban-giao:${form.dataset.batch}`;
  const RETRY = 3000;
  const PATIENCE = 10000;
  let busy = false;
  let again = 0;

  const waiting = () => JSON.parse(localStorage.getItem(key) || "[]");
  const keep = (scans) => localStorage.setItem(key, JSON.stringify(scans));

  function tell(words, kind) {
    said.textContent = words;
    said.className = `scan-said scan-${kind}`;
    tableSounds.play(kind);
  }

  function figures(answer) {
    if (answer.expected === undefined) return;
    const missing = new Set(answer.missing);
    const counts = { expected: answer.expected, done: answer.done, missing: missing.size };
    document.querySelectorAll("[data-so]").forEach((place) => { place.textContent = counts[place.dataset.so]; });
    document.querySelector("#so [data-so='missing']").closest("div").classList.toggle("alarm", missing.size > 0);
    document.querySelectorAll("#con-thieu li").forEach((line) => { if (!missing.has(line.dataset.code)) line.remove(); });
    document.getElementById("du").hidden = missing.size > 0;
  }

  function refused(words) {
    const list = document.getElementById("bi-tu-choi");
    if ([...list.children].some((line) => line.textContent === words)) return;
    list.parentElement.querySelector("p.quiet")?.remove();
    const line = document.createElement("li");
    line.textContent = words;
    list.append(line);
  }

  function showWaiting(away) {
    const count = waiting().length;
    network.hidden = !(away && count);
    if (!network.hidden) network.textContent = form.dataset.waits.replace("{count}", count);
  }

  // What is signed waits its turn behind the scans before it: it is signed for them.
  async function ask(kept) {
    const body = new FormData();
    const fields = kept.signed || { ma: kept.code };
    Object.entries({ ...fields, csrf_token: form.elements.csrf_token.value, phieu: kept.id, luc: kept.at })
      .forEach(([name, value]) => body.append(name, value));
    const patience = new AbortController();
    const end = setTimeout(() => patience.abort(), PATIENCE);
    const asked = { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", signal: patience.signal };
    return fetch(kept.signed ? signing().action : form.action, asked).finally(() => clearTimeout(end));
  }

  // One after the other, in the order of the scans; what has no answer stays and is asked again.
  async function send() {
    if (busy) return;
    busy = true;
    try {
      while (waiting().length) {
        const scan = waiting()[0];
        const answer = await ask(scan);
        if (answer.status >= 500) throw new Error("away");
        if (!answer.ok) {
          network.hidden = false;
          network.textContent = form.dataset.anew;
          return;
        }
        const told = await answer.json();
        keep(waiting().filter((each) => each.id !== scan.id));
        tell(told.words, told.half ? "again" : told.good ? "good" : told.again ? "again" : "bad");
        if (told.half) tableSounds.play("bad");
        figures(told);
        showWaiting(false);
        if (scan.signed && told.good) await drawSignatures();
        else if (!scan.signed && !told.good && !told.again) refused(told.words);
      }
    } catch {
      showWaiting(true);
      clearTimeout(again);
      again = setTimeout(send, RETRY);
    } finally {
      busy = false;
    }
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const typed = code.value.trim();
    code.value = "";
    code.focus();
    if (!typed) return;
    const scans = waiting();
    if (scans.some((scan) => scan.code?.toUpperCase() === typed.toUpperCase())) {
      tell(`${typed}: ${form.dataset.twice}`, "again");
      return;
    }
    scans.push({ id: tableSounds.newName(), code: typed, at: new Date().toISOString() });
    keep(scans);
    if (!network.hidden) tell(`${typed}: ${form.dataset.kept}`, "kept");
    showWaiting(!network.hidden);
    send();
  });

  tableSounds.catchGun(() => code);
  addEventListener("online", send);

  const MOST = { strokes: 200, points: 4000 };

  function listen() {
    // One way to draw for the table and for the door; where it cannot be loaded, the typed name is the signature.
    import(signing().dataset.signature).then(({ drawSignature }) => {
      document.querySelectorAll("canvas.signature").forEach((canvas) => {
        const clear = document.querySelector(`button[data-clear='${canvas.dataset.for}']`);
        const field = document.querySelector(`input[name='${canvas.dataset.for}']`);
        drawSignature(canvas, clear, MOST, (strokes) => { field.value = strokes.length ? JSON.stringify(strokes) : ""; });
      });
    }, () => {});
    // Signed while the network is away: kept like the scans, and sent after them.
    signing().addEventListener("submit", (event) => {
      event.preventDefault();
      const signed = Object.fromEntries([...new FormData(signing())].filter(([name]) => /^(ten|net)-/.test(name)));
      keep([...waiting(), { id: tableSounds.newName(), signed, at: new Date().toISOString() }]);
      if (!network.hidden) tell(form.dataset.signed, "kept");
      showWaiting(!network.hidden);
      send();
    });
  }

  // What both have signed, as the server keeps it now.
  async function drawSignatures() {
    const page = new DOMParser().parseFromString(await (await fetch(location.href)).text(), "text/html");
    const anew = page.getElementById("ky-nhan");
    if (!anew) return;
    signing().replaceWith(document.adoptNode(anew));
    listen();
  }

  listen();
  send();
})();
