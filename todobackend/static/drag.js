/** Dragging rows with the mouse. Keys and buttons do the same, so that nobody depends on it. */

/** Lets the rows of a list be dragged; `move(element, by)` is called with how far. */
export function addDragging(list, move) {
  let dragged;
  let place;

  const mark = (row) => {
    place?.classList.remove("above", "below");
    place = row;
    const by = distance();
    if (by !== 0) row.classList.add(by < 0 ? "above" : "below");
  };
  const distance = () => {
    const rows = [...list.children];
    const [from, to] = [rows.indexOf(dragged), rows.indexOf(place)];
    // Another tab may have deleted one of them.
    return from < 0 || to < 0 ? 0 : to - from;
  };

  list.addEventListener("dragstart", (event) => {
    dragged = event.target.closest("li");
    event.dataTransfer.effectAllowed = "move";
    const { textContent } = dragged.querySelector(".title");
    event.dataTransfer.setData("text/plain", textContent);
    dragged.classList.add("dragged");
  });
  list.addEventListener("dragover", (event) => {
    const row = event.target.closest("li");
    if (!dragged || !row) return;
    event.preventDefault();
    if (row !== place) mark(row);
  });
  list.addEventListener("drop", (event) => {
    event.preventDefault();
    const by = distance();
    if (by !== 0) move(dragged, by);
  });
  list.addEventListener("dragend", () => {
    dragged.classList.remove("dragged");
    place?.classList.remove("above", "below");
    dragged = place = undefined;
  });
}
