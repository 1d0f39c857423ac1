// Sorting and searching of the tables of class "interactive". Without this script they are plain tables.
"use strict";

const collator = new Intl.Collator("en", { numeric: true });

// What a row is sorted by: the number of its cell, else its text; cells without either come last.
function keyOf(row, column) {
  const cell = row.cells[column];
  return cell.dataset.key !== undefined ? Number(cell.dataset.key) : cell.textContent.trim();
}

function compare(first, second) {
  if (typeof first === "number" && typeof second === "number") {
    return first - second;
  }
  if (typeof first !== typeof second) {
    return typeof first === "number" ? -1 : 1;
  }
  return collator.compare(first, second);
}

function sortBy(table, header, column) {
  const descending = header.getAttribute("aria-sort") === "ascending";
  for (const other of table.tHead.rows[0].cells) {
    other.removeAttribute("aria-sort");
  }
  header.setAttribute("aria-sort", descending ? "descending" : "ascending");
  const body = table.tBodies[0];
  const rows = Array.from(body.rows, (row) => ({ row, key: keyOf(row, column) }));
  const filled = rows.filter((item) => item.key !== "");
  const empty = rows.filter((item) => item.key === "");
  filled.sort((first, second) => (descending ? -1 : 1) * compare(first.key, second.key));
  body.append(...filled.concat(empty).map((item) => item.row));
}

// Every word must be in the row.
function search(table, text, status) {
  const sought = text.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = Array.from(table.tBodies[0].rows);
  for (const row of rows) {
    const content = Array.from(row.cells, (cell) => cell.textContent).join(" ").toLowerCase();
    row.hidden = !sought.every((word) => content.includes(word));
  }
  status.textContent = `${rows.filter((row) => !row.hidden).length} of ${rows.length} rows`;
}

for (const table of document.querySelectorAll("table.interactive")) {
  Array.from(table.tHead.rows[0].cells).forEach((header, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = header.textContent;
    button.addEventListener("click", () => sortBy(table, header, column));
    header.replaceChildren(button);
  });
  const field = document.getElementById(table.id.replace("table-", "search-"));
  const status = document.getElementById(table.id.replace("table-", "count-"));
  field.addEventListener("input", () => search(table, field.value, status));
  field.closest("p").hidden = false;
  search(table, field.value, status);
}
