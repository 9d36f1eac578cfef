// A field to sign in with a finger, a pen or the mouse: lines through points, kept as text in a hidden field beside it.
// A point is a pair of thousandths of the field's width; so many points and no more, as the server takes them.
function drawSignature(canvas, field, clear) {
  "use strict";
  const MOST_STROKES = 200;
  const MOST_POINTS = 4000;
  const pen = canvas.getContext("2d");
  let strokes = [];
  let points = 0;
  canvas.hidden = clear.hidden = false;
  pen.lineWidth = 5;
  pen.lineCap = pen.lineJoin = "round";

  const keep = () => { field.value = strokes.length ? JSON.stringify(strokes) : ""; };
  const draw = (from, to) => { pen.beginPath(); pen.moveTo(...from); pen.lineTo(...to); pen.stroke(); };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const within = (part, most) => Math.max(0, Math.min(most, Math.round(part)));
    return [within((event.clientX - box.left) / box.width * 1000, 1000), within((event.clientY - box.top) / box.height * 300, 300)];
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (strokes.length >= MOST_STROKES || points >= MOST_POINTS) return;
    canvas.setPointerCapture(event.pointerId);
    const begin = point(event);
    strokes.push([begin]);
    points += 1;
    draw(begin, begin);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons || !strokes.length || points >= MOST_POINTS) return;
    const stroke = strokes[strokes.length - 1];
    const last = stroke[stroke.length - 1];
    const next = point(event);
    if (next[0] === last[0] && next[1] === last[1]) return;
    draw(last, next);
    stroke.push(next);
    points += 1;
  });
  canvas.addEventListener("pointerup", keep);
  canvas.addEventListener("pointercancel", keep);
  clear.addEventListener("click", () => {
    strokes = [];
    points = 0;
    keep();
    pen.clearRect(0, 0, canvas.width, canvas.height);
  });
}
