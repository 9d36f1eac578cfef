// Draws wards, routes and pins from the JSON beside the map; without tiles, without a network.
(() => {
  "use strict";
  const box = document.getElementById("ban-do");
  const source = document.getElementById("ban-do-du-lieu");
  if (!box || !source || !window.L) return;
  const data = JSON.parse(source.textContent);
  const map = L.map(box, { attributionControl: false, zoomSnap: 0.25 });
  const all = L.featureGroup();

  const base = box.dataset.base;
  if (base) window.baseMap.add(map, base);

  for (const ward of data.wards) {
    L.polygon(ward.outline, { color: "#8a97a6", weight: 1.5, fillColor: "#eef2f6", fillOpacity: base ? 0 : 1, interactive: false })
      .bindTooltip(ward.name, { permanent: true, direction: "center", className: "ward-name" })
      .addTo(map)
      .addTo(all);
  }

  for (const street of data.streets || []) {
    L.circleMarker(street.at, { radius: 2, color: "#55606c", interactive: false })
      .bindTooltip(street.name, { permanent: true, direction: "right", className: "street-name" })
      .addTo(map);
  }

  const numbered = (text, colour) => {
    const dot = document.createElement("span");
    dot.className = "dot";
    dot.style.backgroundColor = colour;
    dot.textContent = text;
    return L.divIcon({ html: dot, className: "", iconSize: [22, 22] });
  };

  const doors = L.featureGroup().addTo(map);
  const lines = L.featureGroup().addTo(map);
  const drawRoutes = (routes) => {
    doors.clearLayers();
    lines.clearLayers();
    for (const route of routes) drawRoute(route);
    for (const office of data.offices || []) drawOffice(office);
  };
  const drawRoute = (route) => {
    const straight = () => [route.start, ...route.stops.map((stop) => stop.at), route.start];
    const way = route.way ? window.baseMap.line(route.way, [0, 0]) : straight();
    L.polyline(way, { color: route.colour, weight: 3, dashArray: route.dash || null, interactive: false }).addTo(lines);
    for (const stop of route.stops) {
      const marker = L.marker(stop.at, {
        icon: numbered(String(stop.n), route.colour),
        keyboard: false,
        alt: `${route.name}/${stop.n}`,
      });
      marker.bindTooltip(`${route.name}/${stop.n} · ${stop.time}`);
      marker.on("click", () => show(stop.id));
      marker.addTo(doors);
    }
  };
  const drawOffice = (office) =>
    L.marker(office.at, { icon: L.divIcon({ className: "office", iconSize: [14, 14] }), keyboard: false })
      .bindTooltip(office.name)
      .addTo(doors);

  const show = (id) => {
    const line = document.getElementById(id);
    if (!line) return;
    const folded = line.closest("details");
    if (folded) folded.open = true;
    line.querySelector("a").focus();
    line.scrollIntoView({ block: "center" });
  };

  drawRoutes(data.routes || []);
  // A page that changes its routes has them drawn anew; where people look stays as it is.
  window.routeMap = { draw: (fresh) => drawRoutes(fresh.routes || []) };

  const pin = data.pin ? placePin(data.pin) : null;

  function placePin(at) {
    const inputs = [document.getElementById("vi_do"), document.getElementById("kinh_do")];
    const icon = L.divIcon({ className: "pin", iconSize: [24, 24], iconAnchor: [12, 24] });
    const marker = L.marker(at, { draggable: true, icon, keyboard: false, zIndexOffset: 1000 }).addTo(map);
    const byHand = document.getElementById("chon-tay");
    const write = () => {
      if (byHand) byHand.checked = true;
      const { lat, lng } = marker.getLatLng();
      inputs[0].value = lat.toFixed(6);
      inputs[1].value = lng.toFixed(6);
    };
    marker.on("drag", write);
    map.on("click", (event) => {
      marker.setLatLng(event.latlng);
      write();
    });
    for (const input of inputs) {
      input.addEventListener("input", () => {
        if (byHand) byHand.checked = true;
        const typed = inputs.map((each) => Number.parseFloat(each.value.replace(",", ".")));
        if (typed.every(Number.isFinite)) marker.setLatLng(typed);
      });
    }
    for (const choice of data.choices || []) drawChoice(choice, marker, inputs);
    return marker;
  }

  // A place to choose: its circle, its number, and the button in the list that says the same.
  function drawChoice(choice, marker, inputs) {
    const button = document.querySelector(`input[name="chon"][value="${CSS.escape(choice.value)}"]`);
    const circle = L.circle(choice.at, { radius: choice.radius, color: "#0b4f8a", weight: 1.5, fillOpacity: 0.08, interactive: false });
    const dot = L.marker(choice.at, { icon: numbered(String(choice.n), "#0b4f8a"), keyboard: false, alt: String(choice.n) });
    circle.addTo(map);
    dot.addTo(map);
    const choose = () => {
      marker.setLatLng(choice.at);
      inputs[0].value = choice.at[0].toFixed(6);
      inputs[1].value = choice.at[1].toFixed(6);
      map.fitBounds(circle.getBounds(), { maxZoom: 17 });
    };
    if (!button) return;
    dot.on("click", () => {
      button.checked = true;
      choose();
    });
    button.addEventListener("change", choose);
    if (button.checked) setTimeout(choose);
  }

  const shown = doors.getLayers().length ? doors : all;
  map.fitBounds(shown.getBounds().pad(0.05));
  if (pin) map.setView(pin.getLatLng(), 15);
})();
