// What the phone keeps (IndexedDB): the round, the acts until the ward has confirmed them, and notes for the courier.
// Names, addresses and what was said are sealed; plain are only the owner (a number), an act's name and its state.
// The shape only ever grows: an older page must be able to live with what a newer one has made.
import { newKey, seal, unseal } from "./crypt.js";

const NAME = "tannha-rounds";
const VERSION = 1;
const STRICT = { durability: "strict" };
export const LONGEST = 24 * 3600 * 1000;

const answered = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

// Kept is what the transaction has brought to the disk; a request that went well is no more than a hope.
const ended = (transaction) => new Promise((resolve, reject) => {
  transaction.oncomplete = () => resolve();
  transaction.onabort = () => reject(transaction.error || new DOMException("not kept", "AbortError"));
});

export async function openStore() {
  const request = indexedDB.open(NAME, VERSION);
  request.onupgradeneeded = () => {
    const database = request.result;
    database.createObjectStore("keys", { keyPath: "owner" });
    database.createObjectStore("rounds", { keyPath: "owner" });
    const acts = database.createObjectStore("acts", { keyPath: "seq", autoIncrement: true });
    acts.createIndex("id", "id", { unique: true });
    acts.createIndex("owner", "owner");
    database.createObjectStore("notes", { keyPath: "id" }).createIndex("owner", "owner");
  };
  const database = await answered(request);
  // A newer page wants to make the shape grow: let it, and become that page.
  database.onversionchange = () => { database.close(); location.reload(); };
  return new Store(database);
}

export class Store {
  #database;

  constructor(database) { this.#database = database; }

  #all(store, index, wanted) {
    const found = this.#database.transaction(store).objectStore(store);
    return answered(index ? found.index(index).getAll(wanted) : found.getAll());
  }

  // The owner's key, made where there is none; `name` tells it from one that is made after it was thrown away.
  async #key(owner) {
    const made = { owner, name: crypto.randomUUID(), key: await newKey() };
    const transaction = this.#database.transaction("keys", "readwrite", STRICT);
    const keys = transaction.objectStore("keys");
    let found = made;
    keys.get(owner).onsuccess = (event) => {
      if (event.target.result) found = event.target.result;
      else keys.put(made);
    };
    await ended(transaction);
    return found;
  }

  async #opened(rows) {
    const keys = new Map();
    for (const { owner } of rows) if (!keys.has(owner)) keys.set(owner, (await this.#key(owner)).key);
    // What cannot be opened is still there by its name: the server refuses it, and the courier tells the counter.
    return Promise.all(rows.map(async ({ box, ...row }) => ({
      ...await unseal(keys.get(row.owner), row.owner, box).catch(() => ({})), ...row,
    })));
  }

  // Done only when the act is on the disk; raises when it is not.
  async keepAct(owner, act) {
    const used = await this.#key(owner);
    const box = await seal(used.key, owner, act);
    const transaction = this.#database.transaction(["keys", "acts"], "readwrite", STRICT);
    const [keys, acts] = ["keys", "acts"].map((name) => transaction.objectStore(name));
    keys.get(owner).onsuccess = (event) => {
      // Another tab may have logged out meanwhile and thrown the key away: nothing is kept under a key that is not.
      const there = event.target.result;
      if (there && there.name !== used.name) { transaction.abort(); return; }
      if (!there) keys.put(used);
      acts.put({ owner, id: act.id, state: "waits", box });
    };
    await ended(transaction);
  }

  // In the order in which they were said: those that wait, and those that the ward has noted since the round was read.
  async acts(owner) { return this.#opened(await this.#all("acts", "owner", owner)); }

  notes(owner) { return this.#all("notes", "owner", owner).then((rows) => this.#opened(rows)); }

  // What the ward has confirmed stays until the round is read anew; what it could not note becomes a note, at once.
  async settle(owner, verdicts) {
    const { key } = await this.#key(owner);
    const boxes = await Promise.all(verdicts.map(({ note }) => note && seal(key, owner, note)));
    const transaction = this.#database.transaction(["acts", "notes"], "readwrite", STRICT);
    const [acts, notes] = ["acts", "notes"].map((name) => transaction.objectStore(name));
    verdicts.forEach(({ act, kind }, index) => {
      if (boxes[index]) {
        notes.put({ owner, id: act.id, verdict: kind, box: boxes[index] });
        acts.delete(act.seq);
      } else {
        acts.get(act.seq).onsuccess = (event) => {
          if (event.target.result) acts.put({ ...event.target.result, state: "noted" });
        };
      }
    });
    await ended(transaction);
  }

  async dropNote(id) {
    const transaction = this.#database.transaction("notes", "readwrite", STRICT);
    transaction.objectStore("notes").delete(id);
    await ended(transaction);
  }

  // The round as it was just read; `seqs` are acts that it knows already. Of others no round is kept any longer.
  async keepRound(owner, round, seqs) {
    await this.wipeRounds(owner);
    const box = await seal((await this.#key(owner)).key, owner, round);
    const transaction = this.#database.transaction(["rounds", "acts"], "readwrite", STRICT);
    transaction.objectStore("rounds").put({ owner, box });
    seqs.forEach((seq) => transaction.objectStore("acts").delete(seq));
    await ended(transaction);
  }

  async round() {
    const [row] = await this.#all("rounds");
    const [round] = row ? await this.#opened([row]) : [];
    return round?.rounds ? round : null;
  }

  // Acts and notes stay, sealed, with the key of their owner; a key that opens nothing any more goes as well.
  async wipeRounds(except = null) {
    const transaction = this.#database.transaction(["keys", "rounds", "acts", "notes"], "readwrite", STRICT);
    const stores = ["keys", "rounds", "acts", "notes"].map((name) => transaction.objectStore(name));
    const [keys, rounds, acts, notes] = stores;
    const owners = await answered(keys.getAllKeys());
    const others = owners.filter((owner) => owner !== except);
    for (const owner of others) {
      rounds.delete(owner);
      const [said, told] = [acts, notes].map((store) => answered(store.index("owner").count(owner)));
      if (!(await said) && !(await told)) keys.delete(owner);
    }
    await ended(transaction);
  }

  async waiting(owner) {
    const rows = await this.#all("acts", "owner", owner);
    return rows.filter((row) => row.state === "waits").length;
  }

  async waitingOfOthers(owner) {
    const rows = await this.#all("acts");
    return rows.filter((row) => row.owner !== owner && row.state === "waits").length;
  }
}

// So long after it was read, by the clock of the server that read it out, a round is nobody's business any more.
export const isOld = (round, now) => now + round.ahead - round.now * 1000 > LONGEST;
