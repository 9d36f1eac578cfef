// The hand-over table: every scan is kept in the browser until the server has answered it, so that the network may go
// away for as long as it likes. The field is always ready for the gun; each answer is seen, read and heard.
(() => {
  "use strict";
  const form = document.getElementById("quet");
  if (!form) return;
  const code = form.elements.ma;
  const said = document.getElementById("noi");
  const network = document.getElementById("mang");
  const key = `ban-giao:${form.dataset.batch}`;
  const RETRY = 3000;
  const PATIENCE = 10000;
  let busy = false;
  let sound = null;
  let again = 0;

  const waiting = () => JSON.parse(localStorage.getItem(key) || "[]");
  const keep = (scans) => localStorage.setItem(key, JSON.stringify(scans));

  // A name for a scan (UUID version 4); crypto.randomUUID is not there on an intranet's http.
  function newName() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  // Two tones go up for what is in order, one deep one says that somebody must look.
  function beep(tones) {
    sound = sound || new AudioContext();
    tones.forEach(([pitch, begin, length]) => {
      const tone = sound.createOscillator();
      const volume = sound.createGain();
      tone.frequency.value = pitch;
      volume.gain.value = 0.2;
      tone.connect(volume).connect(sound.destination);
      tone.start(sound.currentTime + begin);
      tone.stop(sound.currentTime + begin + length);
    });
  }
  const SOUNDS = {
    good: [[880, 0, 0.08], [1320, 0.09, 0.1]],
    again: [[660, 0, 0.08]],
    bad: [[180, 0, 0.5]],
    kept: [[880, 0, 0.05]],
  };

  function tell(words, kind) {
    said.textContent = words;
    said.className = `scan-said scan-${kind}`;
    try { beep(SOUNDS[kind]); } catch { /* no sound here; the words say the same */ }
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

  async function ask(scan) {
    const body = new FormData();
    Object.entries({ csrf_token: form.elements.csrf_token.value, ma: scan.code, phieu: scan.id, luc: scan.at })
      .forEach(([name, value]) => body.append(name, value));
    const patience = new AbortController();
    const end = setTimeout(() => patience.abort(), PATIENCE);
    const asked = { method: "POST", body, headers: { Accept: "application/json" }, redirect: "manual", signal: patience.signal };
    return fetch(form.action, asked).finally(() => clearTimeout(end));
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
        tell(told.words, told.good ? "good" : told.again ? "again" : "bad");
        if (!told.good && !told.again) refused(told.words);
        figures(told);
        showWaiting(false);
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
    if (scans.some((scan) => scan.code.toUpperCase() === typed.toUpperCase())) {
      tell(`${typed}: ${form.dataset.twice}`, "again");
      return;
    }
    scans.push({ id: newName(), code: typed, at: new Date().toISOString() });
    keep(scans);
    if (!network.hidden) tell(`${typed}: ${form.dataset.kept}`, "kept");
    showWaiting(!network.hidden);
    send();
  });

  // Wherever the cursor is, what the gun types lands in the field: its Enter must press no button that has the focus.
  document.addEventListener("keydown", (event) => {
    const writes = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (writes && !event.target.closest("input, textarea, select")) code.focus();
  });
  addEventListener("online", send);
  // A signature ends what has not been told yet, too.
  document.getElementById("ky-nhan").addEventListener("submit", (event) => {
    if (waiting().length) { event.preventDefault(); showWaiting(true); send(); network.scrollIntoView(); }
  });
  send();

  document.querySelectorAll("canvas.signature").forEach((canvas) => {
    const field = document.querySelector(`input[name='${canvas.dataset.for}']`);
    const clear = document.querySelector(`button[data-clear='${canvas.dataset.for}']`);
    const pen = canvas.getContext("2d");
    let strokes = [];
    canvas.hidden = clear.hidden = false;
    pen.lineWidth = 5;
    pen.lineCap = pen.lineJoin = "round";
    const point = (event) => {
      const box = canvas.getBoundingClientRect();
      const within = (part, most) => Math.max(0, Math.min(most, Math.round(part)));
      return [within((event.clientX - box.left) / box.width * 1000, 1000), within((event.clientY - box.top) / box.height * 300, 300)];
    };
    const draw = (from, to) => { pen.beginPath(); pen.moveTo(...from); pen.lineTo(...to); pen.stroke(); };
    canvas.addEventListener("pointerdown", (event) => {
      canvas.setPointerCapture(event.pointerId);
      const begin = point(event);
      strokes.push([begin]);
      draw(begin, begin);
    });
    canvas.addEventListener("pointermove", (event) => {
      if (!event.buttons || !strokes.length) return;
      const stroke = strokes[strokes.length - 1];
      const next = point(event);
      if (next[0] === stroke[stroke.length - 1][0] && next[1] === stroke[stroke.length - 1][1]) return;
      draw(stroke[stroke.length - 1], next);
      stroke.push(next);
      field.value = JSON.stringify(strokes);
    });
    canvas.addEventListener("pointerup", () => { field.value = JSON.stringify(strokes); });
    clear.addEventListener("click", () => { strokes = []; field.value = ""; pen.clearRect(0, 0, canvas.width, canvas.height); });
  });
})();
