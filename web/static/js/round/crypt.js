// What lies on the phone is sealed with a key that the browser uses and never hands out (AES-GCM, 256 bits).
const encode = (text) => new TextEncoder().encode(text);

export const newKey = () => crypto.subtle.generateKey({ name: "AES-GCM", length: 256 }, false, ["encrypt", "decrypt"]);

// The owner is sealed in with it: what was kept for one person cannot be passed off as another's.
const how = (iv, owner) => ({ name: "AES-GCM", iv, additionalData: encode(String(owner)) });

export async function seal(key, owner, told) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  return { iv, sealed: await crypto.subtle.encrypt(how(iv, owner), key, encode(JSON.stringify(told))) };
}

export async function unseal(key, owner, { iv, sealed }) {
  return JSON.parse(new TextDecoder().decode(await crypto.subtle.decrypt(how(iv, owner), key, sealed)));
}
