// Reads the code on an envelope through the phone's camera. Pictures never leave the page and are not kept; the camera
// is on only while somebody looks at it.
import { h } from "./dom.js";

const EVERY = 150;
// Wide enough for a code that fills a third of the picture, small enough for a cheap phone.
const WIDEST = 960;
const WANTED = { formats: ["QRCode", "Code128"], tryHarder: true, maxNumberOfSymbols: 1 };

export const hasCamera = () => Boolean(navigator.mediaDevices?.getUserMedia) && "WebAssembly" in window;

// Fetches the reader ahead, so that it is there when there is no network; nothing is lost where that fails.
export async function fetchReader({ reader, wasm }) {
  if (!hasCamera() || navigator.connection?.saveData) return;
  const workers = navigator.serviceWorker;
  // What is fetched before the service worker looks after this page is kept by nobody.
  if (!workers.controller) await new Promise((done) => { workers.addEventListener("controllerchange", done, { once: true }); });
  await Promise.all([reader, wasm].map((address) => fetch(address))).catch(() => {});
}

let loading = null;

// The reader, loaded when it is first wanted.
function load({ reader, wasm }) {
  loading ??= new Promise((done, fail) => {
    const script = h("script", { src: reader, onload: done, onerror: fail });
    document.head.append(script);
  }).then(() => window.ZXingWASM.prepareZXingModule({
    overrides: { locateFile: () => wasm }, fireImmediately: true,
  })).catch((error) => {
    // Tried again when there may be network.
    loading = null;
    throw error;
  });
  return loading;
}

export class Camera {
  #stream = null; #timer = 0; #turn = 0;
  #place; #where;

  // `place` is where the picture is shown.
  constructor(place, where) {
    [this.#place, this.#where] = [place, where];
    document.addEventListener("visibilitychange", () => { if (document.visibilityState !== "visible") this.close(); });
    addEventListener("hashchange", () => this.close());
    place.addEventListener("keydown", (event) => { if (event.key === "Escape") this.close(); });
  }

  // Looks until a code is read, which is given to `found` once, or until it is closed; raises the name of what is wrong.
  async open(t, found) {
    this.close();
    const turn = this.#turn;
    const video = h("video", { muted: true, playsinline: true, "aria-label": t("scan_picture") });
    const close = h("button", { class: "button", type: "button", onclick: () => this.close() }, t("scan_close"));
    this.#place.replaceChildren(h("p", {}, t("scan_aim")), video, close);
    close.focus();
    try {
      await load(this.#where).catch(() => { throw new Error("scan_missing"); });
      const how = { video: { facingMode: "environment", width: { ideal: 1280 } }, audio: false };
      const stream = await navigator.mediaDevices.getUserMedia(how).catch(() => { throw new Error("scan_denied"); });
      if (turn !== this.#turn) { stop(stream); return; }
      this.#stream = stream;
      video.srcObject = stream;
      await video.play();
      this.#look(video, found);
    } catch (error) {
      // Whoever closes it while it opens wants to hear of no trouble.
      if (turn !== this.#turn) return;
      this.close();
      throw error;
    }
  }

  close() {
    this.#turn += 1;
    clearTimeout(this.#timer);
    if (this.#stream) stop(this.#stream);
    this.#stream = null;
    this.#place.replaceChildren();
  }

  #look(video, found) {
    const turn = this.#turn;
    const canvas = document.createElement("canvas");
    const paper = canvas.getContext("2d", { willReadFrequently: true });
    const again = () => once().catch((error) => { console.error(error); this.close(); });
    const once = async () => {
      const scale = Math.min(1, WIDEST / (video.videoWidth || WIDEST));
      canvas.width = Math.round(video.videoWidth * scale);
      canvas.height = Math.round(video.videoHeight * scale);
      if (canvas.width && canvas.height) {
        paper.drawImage(video, 0, 0, canvas.width, canvas.height);
        const picture = paper.getImageData(0, 0, canvas.width, canvas.height);
        const [code] = await window.ZXingWASM.readBarcodes(picture, WANTED);
        if (turn !== this.#turn) return;
        if (code?.text) {
          this.close();
          navigator.vibrate?.(80);
          found(code.text);
          return;
        }
      }
      this.#timer = setTimeout(again, EVERY);
    };
    again();
  }
}

function stop(stream) { for (const track of stream.getTracks()) track.stop(); }
