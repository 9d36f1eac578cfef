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

  async #key(owner) {
    const made = await newKey();
    const transaction = this.#database.transaction("keys", "readwrite", STRICT);
    const keys = transaction.objectStore("keys");
    let key = made;
    keys.get(owner).onsuccess = (event) => {
      if (event.target.result) key = event.target.result.key;
      else keys.add({ owner, key: made });
    };
    await ended(transaction);
    return key;
  }

  async #opened(rows) {
    return Promise.all(rows.map(async ({ box, ...row }) => ({
      ...await unseal(await this.#key(row.owner), row.owner, box), ...row,
    })));
  }

  // Done only when the act is on the disk; raises when it is not.
  async keepAct(owner, act) {
    const box = await seal(await this.#key(owner), owner, act);
    const transaction = this.#database.transaction("acts", "readwrite", STRICT);
    transaction.objectStore("acts").add({ owner, id: act.id, state: "waits", box });
    await ended(transaction);
  }

  // In the order in which they were said: those that wait, and those that the ward has noted since the round was read.
  async acts(owner) { return this.#opened(await this.#all("acts", "owner", owner)); }

  notes(owner) { return this.#all("notes", "owner", owner).then((rows) => this.#opened(rows)); }

  // What the ward has confirmed stays until the round is read anew; what it could not note becomes a note, at once.
  async settle(owner, verdicts) {
    const boxes = await Promise.all(verdicts.map(async ({ note }) => note && seal(await this.#key(owner), owner, note)));
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
    const box = await seal(await this.#key(owner), owner, round);
    const transaction = this.#database.transaction(["rounds", "acts"], "readwrite", STRICT);
    transaction.objectStore("rounds").put({ owner, box });
    seqs.forEach((seq) => transaction.objectStore("acts").delete(seq));
    await ended(transaction);
  }

  async round() {
    const [row] = await this.#all("rounds");
    return row ? (await this.#opened([row]))[0] : null;
  }

  // Acts and notes stay, sealed, with the key of their owner; a key that opens nothing any more goes as well.
  async wipeRounds(except = null) {
    const transaction = this.#database.transaction(["keys", "rounds", "acts", "notes"], "readwrite", STRICT);
    const [keys, rounds, acts, notes] = ["keys", "rounds", "acts", "notes"].map((name) => transaction.objectStore(name));
    const owners = await answered(keys.getAllKeys());
    const others = owners.filter((owner) => owner !== except);
    for (const owner of others) {
      rounds.delete(owner);
      const left = await answered(acts.index("owner").count(owner)) + await answered(notes.index("owner").count(owner));
      if (!left) keys.delete(owner);
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
