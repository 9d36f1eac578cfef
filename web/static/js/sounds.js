// What the tables of scan guns say aloud: two tones go up for what is in order, one deep one says that somebody must look.
const tableSounds = (() => {
  "use strict";
  const TONES = {
    good: [[880, 0, 0.08], [1320, 0.09, 0.1]],
    again: [[660, 0, 0.08]],
    bad: [[180, 0, 0.5]],
    kept: [[880, 0, 0.05]],
  };
  let sound = null;

  function play(kind) {
    try {
      sound = sound || new AudioContext();
      TONES[kind].forEach(([pitch, begin, length]) => {
        const tone = sound.createOscillator();
        const volume = sound.createGain();
        tone.frequency.value = pitch;
        volume.gain.value = 0.2;
        tone.connect(volume).connect(sound.destination);
        tone.start(sound.currentTime + begin);
        tone.stop(sound.currentTime + begin + length);
      });
    } catch { /* no sound here; the words say the same */ }
  }

  // A name for what is sent (UUID version 4); crypto.randomUUID is not there on an intranet's http.
  function newName() {
    const bytes = crypto.getRandomValues(new Uint8Array(16));
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
  }

  // Wherever the cursor is, what the gun types lands in the field: its Enter must press no button that has the focus.
  function catchGun(field) {
    document.addEventListener("keydown", (event) => {
      const writes = event.key.length === 1 && event.key !== " " && !event.ctrlKey && !event.metaKey && !event.altKey;
      if (writes && !event.target.closest("input, textarea, select")) field()?.focus();
    });
  }

  return { play, newName, catchGun };
})();
