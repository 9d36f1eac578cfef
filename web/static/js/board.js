// The board: drag an envelope, or move it by keyboard, and see at once what that costs. Without this script every
// change can be made by the forms.
(() => {
  "use strict";
  const said = document.getElementById("bang-noi");
  const box = document.getElementById("bang-hop");
  const board = () => document.getElementById("bang");
  let focusOn = null;
  let drags = [];
  // What is being dragged, told of by the lane it comes from and by each lane it is over.
  let hand = null;

  const say = (words, bad = false) => {
    said.textContent = words;
    said.classList.toggle("board-bad", bad);
  };

  const change = (values, item) => {
    const { change: address, version, token } = board().dataset;
    if (!address) return;
    focusOn = item || null;
    htmx.ajax("POST", address, {
      target: "#bang",
      swap: "outerHTML",
      values: { csrf_token: token, thay: version, ...values },
    });
  };

  const weigh = async (item) => {
    const link = document.querySelector(`#chang-${item} [data-look]`);
    const answer = await fetch(link.href, { headers: { Accept: "application/json" } });
    if (!answer.ok || answer.redirected) throw new Error(String(answer.status));
    return answer.json();
  };

  const move = (item, courier, number) =>
    courier
      ? change({ viec: "chuyen", phong_bi: item, nguoi: courier, vi_tri: number }, item)
      : change({ viec: "de-lai", phong_bi: item }, item);

  // What the place under the envelope would cost, as soon as the server has told all of them.
  const dragging = () => {
    let known = null;
    let at = null;
    const tell = () => {
      if (!at) return;
      const { courier, number, line } = at;
      if (!courier) {
        say(board().dataset.wait);
        line.classList.remove("door-no-way");
        return;
      }
      if (!known) return say(board().dataset.looking);
      const place = known.places[`${courier}:${number}`];
      if (!place) return;
      say(place.words, !place.can);
      line.classList.toggle("door-no-way", !place.can);
    };
    return {
      begin: (item) => weigh(item).then((all) => { known = all; tell(); }, () => { known = null; }),
      over: (place) => { at = place; tell(); },
      can: () => !known || !at || !at.courier || known.places[`${at.courier}:${at.number}`]?.can !== false,
    };
  };

  const numberIn = (list, line) => [...list.querySelectorAll(":scope > .door")].indexOf(line) + 1;

  const makeDraggable = () => {
    for (const drag of drags) drag.destroy();
    drags = [];
    if (!board().dataset.change || !window.Sortable) return;
    for (const list of document.querySelectorAll(".lane-doors")) {
      drags.push(
        new Sortable(list, {
          group: "doors",
          draggable: ".door",
          // The same by mouse, pen and finger; a click on a name stays a click.
          forceFallback: true,
          fallbackTolerance: 5,
          delay: 180,
          delayOnTouchOnly: true,
          animation: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 120,
          ghostClass: "door-ghost",
          onStart: (event) => {
            hand = dragging();
            hand.begin(event.item.dataset.item);
          },
          onChange: (event) => {
            const to = event.to;
            hand?.over({ courier: to.dataset.courier, number: numberIn(to, event.item), line: event.item });
          },
          onEnd: (event) => {
            const { from, to, item, oldDraggableIndex, newDraggableIndex } = event;
            if (from === to && oldDraggableIndex === newDraggableIndex) return;
            if (from === to && !to.dataset.courier) return;
            const allowed = hand ? hand.can() : true;
            hand = null;
            if (!allowed) {
              // What forbids it has been said; the envelope goes back where it was.
              from.insertBefore(item, [...from.querySelectorAll(":scope > .door")].filter((one) => one !== item)[oldDraggableIndex] || null);
              item.classList.remove("door-no-way");
              item.focus();
              return;
            }
            move(item.dataset.item, to.dataset.courier, numberIn(to, item));
          },
        }),
      );
    }
  };

  const lanes = () => [...document.querySelectorAll(".lane-doors")];

  const failed = () => say(board().dataset.failed, true);

  // To the lane beside it an envelope goes by its cheapest place there.
  const toLane = async (line, step) => {
    const all = lanes();
    const to = all[all.indexOf(line.parentElement) + step];
    if (!to) return;
    const item = line.dataset.item;
    if (!to.dataset.courier) return move(item, "", 0);
    say(board().dataset.looking);
    const known = await weigh(item).catch(() => null);
    if (!known) return failed();
    const best = known.best[to.dataset.courier];
    if (best) return move(item, to.dataset.courier, best);
    const first = known.places[`${to.dataset.courier}:1`];
    say(first ? first.words : "", true);
  };

  document.addEventListener("keydown", (event) => {
    const line = event.target.closest?.(".door");
    if (!line || event.target !== line || box.open) return;
    const courier = line.parentElement.dataset.courier;
    const number = numberIn(line.parentElement, line);
    if (event.key === "Enter") {
      event.preventDefault();
      line.querySelector("[data-look]").click();
    } else if (!event.altKey && (event.key === "ArrowDown" || event.key === "ArrowUp")) {
      const next = event.key === "ArrowDown" ? line.nextElementSibling : line.previousElementSibling;
      if (next) { event.preventDefault(); next.focus(); }
    } else if (event.altKey && event.key.startsWith("Arrow")) {
      event.preventDefault();
      if (!board().dataset.change) return;
      if (event.key === "ArrowUp" && courier && number > 1) move(line.dataset.item, courier, number - 1);
      if (event.key === "ArrowDown" && courier && line.nextElementSibling) move(line.dataset.item, courier, number + 1);
      if (event.key === "ArrowLeft") toLane(line, -1);
      if (event.key === "ArrowRight") toLane(line, 1);
    }
  });

  document.addEventListener("keydown", (event) => {
    if (!event.ctrlKey || box.open || event.target.closest?.("input, textarea, select")) return;
    const name = { z: "hoan-tac", y: "lam-lai" }[event.key.toLowerCase()];
    const button = name && document.getElementById(name);
    if (button) {
      event.preventDefault();
      button.click();
    }
  });

  // An envelope is opened in a box over the board; its forms change the board and close it.
  document.addEventListener("click", async (event) => {
    const link = event.target.closest?.("[data-look]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey || !box.showModal) return;
    event.preventDefault();
    const item = link.closest(".door").dataset.item;
    say(board().dataset.looking);
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" } }).catch(() => null);
    if (!answer) return failed();
    // Whoever is logged out goes by way of the log-in.
    if (!answer.ok || answer.redirected) return location.assign(link.href);
    box.innerHTML = await answer.text();
    box.dataset.item = item;
    say("");
    box.showModal();
  });

  box.addEventListener("submit", (event) => {
    const form = event.target;
    if (!form.hasAttribute("data-board")) return;
    event.preventDefault();
    box.close();
    change(Object.fromEntries(new FormData(form)), box.dataset.item);
  });
  box.addEventListener("close", () => document.getElementById(`chang-${box.dataset.item}`)?.focus());

  // A board that is drawn anew stays where people were looking.
  const scrolled = new Map();
  document.body.addEventListener("htmx:beforeSwap", () => {
    for (const lane of lanes()) scrolled.set(lane.dataset.courier, lane.scrollTop);
  });

  document.body.addEventListener("htmx:responseError", failed);
  document.body.addEventListener("htmx:sendError", failed);

  document.body.addEventListener("htmx:afterSettle", () => {
    if (!board()) return;
    const words = [...document.querySelectorAll("#bang [data-say]")].map((one) => one.textContent).join(" · ");
    say(words, Boolean(document.querySelector('#bang [data-say="bad"]')));
    makeDraggable();
    if (window.routeMap) window.routeMap.draw(JSON.parse(document.getElementById("ban-do-du-lieu").textContent));
    for (const lane of lanes()) lane.scrollTop = scrolled.get(lane.dataset.courier) || 0;
    const line = focusOn && document.getElementById(`chang-${focusOn}`);
    if (line) {
      line.focus({ preventScroll: true });
      line.scrollIntoView({ block: "nearest" });
    }
    focusOn = null;
  });
  makeDraggable();
})();
