// Keeps the page of the app with all its files, as one version, and nothing else: no round and no answer of the server
// is ever in its cache. SHELL (version, page, files) is put before these lines by the server.
const PREFIX = "tannha-mang-theo-";
const CACHE = PREFIX + SHELL.version;
// What reads codes is kept apart once somebody has asked for it: it is large, and seldom another one.
const READER_PREFIX = "tannha-doc-ma-";
const READER = READER_PREFIX + SHELL.reader.version;
const READER_FILES = new Set(SHELL.reader.files);
const KEPT = new Set(SHELL.files);

// All of a version or nothing of it. What has the version in its address may come from the browser's own cache; what
// has not might be another version's there.
async function fill() {
  const cache = await caches.open(CACHE);
  await Promise.all(SHELL.files.map(async (address) => {
    const cached = address.includes(SHELL.version) ? "default" : "reload";
    const answer = await fetch(address, { cache: cached, redirect: "error" });
    if (!answer.ok) throw new Error(`${address}: ${answer.status}`);
    await cache.put(address, answer);
  }));
}

async function dropOlder() {
  const names = await caches.keys();
  const isOld = (name) => (name.startsWith(PREFIX) && name !== CACHE)
    || (name.startsWith(READER_PREFIX) && name !== READER);
  await Promise.all(names.filter(isOld).map((name) => caches.delete(name)));
}

async function kept(request, address) {
  const found = await (await caches.open(CACHE)).match(address);
  return found || fetch(request);
}

async function keptReader(request, address) {
  const cache = await caches.open(READER);
  const found = await cache.match(address);
  if (found) return found;
  const answer = await fetch(request);
  if (answer.ok) await cache.put(address, answer.clone());
  return answer;
}

self.addEventListener("install", (event) => event.waitUntil(fill().then(() => self.skipWaiting())));
self.addEventListener("activate", (event) => event.waitUntil(dropOlder().then(() => self.clients.claim())));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (KEPT.has(pathname)) event.respondWith(kept(request, pathname));
  else if (READER_FILES.has(pathname)) event.respondWith(keptReader(request, pathname));
  // A page of the round that needs network leads to the one that does not, where there is none.
  else if (request.mode === "navigate") event.respondWith(fetch(request).catch(() => Response.redirect(SHELL.page)));
});
