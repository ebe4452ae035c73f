// Searches the cards of the dictionary as words are typed: every word must be in a table's text or in one column's row.
"use strict";
(() => {
  const box = document.getElementById("wanted");
  const found = document.getElementById("found");
  const fold = (text) => text.toLowerCase().replace(/\s+/g, " ");
  const cards = [...document.querySelectorAll(".card")].map((card) => ({
    card,
    entry: document.querySelector(`[data-for="${CSS.escape(card.id)}"]`),
    about: fold([card.id, ...[...card.querySelectorAll(".about")].map((part) => part.textContent)].join(" ")),
    rows: [...card.querySelectorAll("tbody tr")].map((row) => ({ row, text: fold(`${card.id} ${row.textContent}`) })),
  }));

  const search = () => {
    const words = fold(box.value).split(" ").filter(Boolean);
    const matches = (text) => words.every((word) => text.includes(word));
    let tables = 0;
    let columns = 0;
    for (const { card, entry, about, rows } of cards) {
      // A table that is itself meant shows all its columns; otherwise those that match.
      const isMeant = matches(about);
      let shown = 0;
      for (const { row, text } of rows) {
        row.hidden = !(isMeant || matches(text));
        shown += !row.hidden && matches(text);
      }
      card.hidden = !(isMeant || shown);
      if (entry) entry.hidden = card.hidden;
      tables += !card.hidden && rows.length > 0;
      columns += shown;
    }
    const count = (number, word) => `${number} ${word}${number === 1 ? "" : "s"}`;
    found.textContent = words.length ? `${count(tables, "table")}, ${count(columns, "column")} with these words` : "";
  };

  box.closest(".search").hidden = false;
  box.addEventListener("input", search);
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && document.activeElement !== box) {
      event.preventDefault();
      box.focus();
    } else if (event.key === "Escape" && document.activeElement === box) {
      box.value = "";
      search();
    }
  });
  search();
})();
