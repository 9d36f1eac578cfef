// The offline base map beneath everything else: an overview at once, cells as they come into view.
// The form of the pieces is described in delivery/maps/base_map.py.
window.baseMap = (() => {
  "use strict";
  const UNIT = 1e5;
  const CELLS_FROM = 13;
  const NAMES_FROM = 16;
  const KEPT = 80;
  const ROADS = {
    path: { color: "#b9a98a", weight: 0.6, dashArray: "2 3" },
    lane: { color: "#ffffff", weight: 0.9 },
    street: { color: "#ffffff", weight: 1.3 },
    tertiary: { color: "#ffffff", weight: 1.9 },
    primary: { color: "#f6d488", weight: 2.4 },
    motorway: { color: "#eab16a", weight: 2.8 },
  };
  const WARDS = { color: "#5f6f80", weight: 2, dashArray: "6 4", interactive: false };
  const OLD_WARDS = { color: "#8f9aa6", weight: 1, dashArray: "2 4", interactive: false };

  // A flat list of steps becomes points.
  const line = (steps, [lat, lon]) => {
    const points = [];
    for (let i = 0; i < steps.length; i += 2) {
      lat += steps[i];
      lon += steps[i + 1];
      points.push([lat / UNIT, lon / UNIT]);
    }
    return points;
  };
  const lines = (many, origin) => (many || []).map((steps) => line(steps, origin));

  // Wider as one comes nearer, like the streets themselves.
  const width = (weight, zoom) => Math.max(0.5, weight * 2 ** ((zoom - 15) / 1.6));

  async function add(map, address) {
    const pane = map.createPane("base");
    pane.style.zIndex = 150;
    pane.style.pointerEvents = "none";
    const renderer = L.canvas({ pane: "base", padding: 0.3 });
    const names = map.createPane("street-names");
    names.style.zIndex = 380;
    names.style.pointerEvents = "none";
    const answer = await fetch(address);
    if (!answer.ok) return;
    const index = await answer.json();
    L.control.attribution({ prefix: false }).addAttribution(index.attribution).addTo(map);
    const there = new Set(index.cells.map(([x, y]) => `${x}/${y}`));
    const shown = new Map();
    const far = draw(index).addTo(map);
    map.on("moveend zoomend", look);
    look();

    function draw(piece) {
      const group = L.layerGroup();
      const common = { pane: "base", renderer, interactive: false };
      for (const rings of piece.water || []) {
        L.polygon(lines(rings, piece.origin), { ...common, stroke: false, fillColor: "#a9cbe4", fillOpacity: 1 }).addTo(group);
      }
      L.polyline(lines(piece.streams, piece.origin), { ...common, color: "#a9cbe4", weight: 2 }).addTo(group);
      for (const [kind, style] of Object.entries(ROADS)) {
        const roads = lines((piece.roads || {})[kind], piece.origin);
        if (!roads.length) continue;
        const way = L.polyline(roads, { ...common, ...style, weight: width(style.weight, map.getZoom()) });
        way.baseWeight = style.weight;
        way.addTo(group);
      }
      L.polyline(lines(piece.old_wards, piece.origin), { ...common, ...OLD_WARDS }).addTo(group);
      L.polyline(lines(piece.wards, piece.origin), { ...common, ...WARDS }).addTo(group);
      group.labels = label(piece);
      return group;
    }

    function label(piece) {
      const group = L.layerGroup();
      for (const [text, lat, lon, turn] of piece.names || []) {
        const word = document.createElement("span");
        word.textContent = text;
        word.className = "way-name";
        word.style.transform = `translate(-50%, -50%) rotate(${turn}deg)`;
        const icon = L.divIcon({ html: word, className: "", iconSize: [0, 0] });
        const at = [(piece.origin[0] + lat) / UNIT, (piece.origin[1] + lon) / UNIT];
        L.marker(at, { icon, pane: "street-names", interactive: false, keyboard: false }).addTo(group);
      }
      return group;
    }

    function inView() {
      const size = 256 * 2 ** (index.zoom - map.getZoom());
      const bounds = map.getPixelBounds();
      const [left, top] = [bounds.min.x, bounds.min.y].map((edge) => Math.floor((edge * size) / 256 / 256));
      const [right, bottom] = [bounds.max.x, bounds.max.y].map((edge) => Math.floor((edge * size) / 256 / 256));
      const cells = [];
      for (let x = left; x <= right; x += 1) {
        for (let y = top; y <= bottom; y += 1) if (there.has(`${x}/${y}`)) cells.push(`${x}/${y}`);
      }
      return cells;
    }

    function look() {
      const zoom = map.getZoom();
      const near = zoom >= CELLS_FROM;
      if (near) for (const key of inView()) if (!shown.has(key)) load(key);
      for (const group of [far, ...shown.values()].filter(Boolean)) {
        const wanted = group === far ? !near : near;
        if (wanted) group.addTo(map);
        else group.remove();
        if (wanted && zoom >= NAMES_FROM) group.labels.addTo(map);
        else group.labels.remove();
        group.eachLayer((way) => {
          if (way.baseWeight) way.setStyle({ weight: width(way.baseWeight, zoom) });
        });
      }
      while (shown.size > KEPT) {
        const [oldest, group] = shown.entries().next().value;
        if (group) {
          group.labels.remove();
          group.remove();
        }
        shown.delete(oldest);
      }
    }

    async function load(key) {
      shown.set(key, null);
      try {
        const piece = await fetch(address.replace("nen.json", `${key}.json`));
        if (!piece.ok) return;
        shown.set(key, draw(await piece.json()));
        look();
      } catch {
        // No network at this moment: asked for again when the map is moved.
        shown.delete(key);
      }
    }
  }

  return { add, line };
})();
