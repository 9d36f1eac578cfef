// The gun's Enter moves on to the key without asking the server; the next scan replaces what stands in the field.
// What the gun has typed before this script ran is the beginning of a scan: it stays.
(() => {
  "use strict";
  const code = document.getElementById("ma");
  const key = document.getElementById("kq");
  if (!code || !key) return;
  code.addEventListener("focus", () => code.select());
  if (document.activeElement === code && code.value === code.defaultValue) code.select();
  code.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" || !code.value || key.value) return;
    event.preventDefault();
    key.focus();
  });
})();
