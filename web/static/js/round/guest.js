// On the pages with network: whoever has logged in sees on this phone no round of anybody else, and logging out leaves
// no round behind. Acts that wait for their owner stay, sealed.
import { openStore } from "./store.js";

const form = document.getElementById("ra");
const databases = indexedDB.databases ? await indexedDB.databases() : [];
if (form && databases.some((each) => each.name === "tannha-rounds")) {
  const store = await openStore();
  const owner = Number(form.dataset.who);
  await store.wipeRounds(owner);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const count = await store.waiting(owner);
    // Without network nobody logs out, and the round is still needed.
    if (!navigator.onLine) { form.submit(); return; }
    if (count && !confirm(form.dataset.warning.replace("{count}", count))) return;
    await store.wipeRounds();
    form.submit();
  });
}
