// Draws each chart from the specification beside it. Colours are the page's own, so they follow light, dark and print.
"use strict";
(() => {
  const font = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', sans-serif";
  const ink = "var(--ink)";
  const muted = "var(--muted)";
  const line = "var(--line)";
  const labels = { labelColor: muted, titleColor: muted, labelFontSize: 12, titleFontSize: 12, titleFontWeight: "normal" };
  const config = {
    aria: false,
    background: "transparent",
    font,
    view: { stroke: null },
    axis: { ...labels, gridColor: line, domainColor: line, tickColor: line, labelOverlap: true },
    axisX: { grid: false },
    legend: { ...labels, labelColor: ink, orient: "top", direction: "horizontal", symbolType: "stroke", title: null, labelLimit: 240 },
    text: { fill: ink, fontSize: 12 },
    header: { labelColor: ink },
  };
  const options = {
    actions: false,
    ast: true, // expressions are interpreted: the page's policy forbids making code from text
    config,
    defaultStyle: false,
    mode: "vega-lite",
    renderer: "svg",
    tooltip: { theme: "page", disableDefaultStyle: true },
  };
  for (const place of document.querySelectorAll(".chart")) {
    const spec = JSON.parse(document.getElementById(`spec-${place.id}`).textContent);
    place.replaceChildren();
    const drawing = Object.assign(document.createElement("div"), { style: "width: 100%" });
    drawing.setAttribute("aria-hidden", "true");
    place.append(drawing);
    vegaEmbed(drawing, { width: "container", ...spec }, options).then(
      () => (place.dataset.drawn = "yes"),
      (error) => console.error(`${place.id}: ${error}`),
    );
  }
})();
