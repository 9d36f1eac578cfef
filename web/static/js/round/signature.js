// A field to sign in with a finger, a pen or the mouse: lines through points, each a pair of thousandths of the field's
// width; so many and no more as the server takes. For the hand-over table, and for the door.
const LEAST_STEP = 4;

export function drawSignature(canvas, clear, most, changed) {
  const pen = canvas.getContext("2d");
  let strokes = [];
  let points = 0;
  canvas.hidden = clear.hidden = false;
  pen.lineWidth = 5;
  pen.lineCap = pen.lineJoin = "round";

  const draw = (from, to) => { pen.beginPath(); pen.moveTo(...from); pen.lineTo(...to); pen.stroke(); };
  const point = (event) => {
    const box = canvas.getBoundingClientRect();
    const within = (part, end) => Math.max(0, Math.min(end, Math.round(part)));
    return [
      within((event.clientX - box.left) / box.width * 1000, 1000),
      within((event.clientY - box.top) / box.height * 300, 300),
    ];
  };

  canvas.addEventListener("pointerdown", (event) => {
    if (strokes.length >= most.strokes || points >= most.points) return;
    canvas.setPointerCapture(event.pointerId);
    const begin = point(event);
    strokes.push([begin]);
    points += 1;
    draw(begin, begin);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (!event.buttons || !strokes.length || points >= most.points) return;
    const stroke = strokes[strokes.length - 1];
    const last = stroke[stroke.length - 1];
    const next = point(event);
    if (Math.hypot(next[0] - last[0], next[1] - last[1]) < LEAST_STEP) return;
    draw(last, next);
    stroke.push(next);
    points += 1;
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => changed(strokes));
  clear.addEventListener("click", () => {
    strokes = [];
    points = 0;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    changed(strokes);
  });
}
