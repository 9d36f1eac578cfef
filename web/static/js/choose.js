// Choosing several lines of a list: all at once, or from one to another with the shift key; and how many are chosen.
(() => {
  "use strict";
  const form = document.getElementById("chon");
  const all = document.getElementById("chon-het");
  const count = document.getElementById("so-chon");
  const boxes = [...document.querySelectorAll("input[type='checkbox'][name='chon']")];
  const buttons = [...document.querySelectorAll("button[form='chon']")];
  let last = null;

  function show() {
    const chosen = boxes.filter((box) => box.checked).length;
    count.textContent = chosen ? count.dataset.words.replace("{count}", chosen) : "";
    all.checked = chosen === boxes.length;
    all.indeterminate = chosen > 0 && chosen < boxes.length;
    buttons.forEach((button) => { button.disabled = chosen === 0; });
  }

  if (form && boxes.length) {
    all.closest("[hidden]")?.removeAttribute("hidden");
    all.addEventListener("change", () => { boxes.forEach((box) => { box.checked = all.checked; }); show(); });
    boxes.forEach((box, index) => box.addEventListener("click", (event) => {
      if (event.shiftKey && last !== null) {
        boxes.slice(Math.min(last, index), Math.max(last, index) + 1).forEach((each) => { each.checked = box.checked; });
      }
      last = index;
      show();
    }));
    show();
  }
})();
