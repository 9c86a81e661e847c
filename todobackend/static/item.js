/** The rows of the todos, and what a person does in them. */

const clone = (id) =>
  document.getElementById(id).content.firstElementChild.cloneNode(true);

/** Makes the row of the todo with this URL. */
export function createRow(url) {
  const row = clone("item");
  row.dataset.url = url;
  return row;
}

/** What each row shows: there may be many rows, of which few change at a time. */
const states = new WeakMap();

/** Brings a row up to date. */
export function showRow(row, todo, { isFirst, isLast }) {
  const box = row.querySelector("[type=checkbox]");
  const state = JSON.stringify([todo.title, todo.completed, isFirst, isLast]);
  if (state === states.get(row) && box.checked === todo.completed) return;
  states.set(row, state);
  const name = todo.title || "(no title)";
  row.querySelector(".title").textContent = name;
  row.classList.toggle("untitled", !todo.title);
  box.checked = todo.completed;
  for (const button of row.querySelectorAll("button[title]")) {
    button.ariaLabel = `${button.dataset.verb} ${name}`;
  }
  // Not `disabled`, which would take the focus away from who has just pressed it.
  row.querySelector(".up").ariaDisabled = String(isFirst);
  row.querySelector(".down").ariaDisabled = String(isLast);
}

/** Whether the title in a row is being edited. */
export const isEditing = (row) => row?.classList.contains("editing") ?? false;

/** The control of another row that does the same as this one; if its title is being edited, the field for it. */
export function counterpart(control, row) {
  const controls = (row) => [...row.querySelectorAll("input, button")];
  const index = controls(control.closest("li")).indexOf(control);
  return isEditing(row)
    ? row.querySelector(".editor input")
    : controls(row)[index];
}

/**
 * Calls `on` with what a person wants: `complete(url, completed)`, `rename(url, title)`, `remove(url)` and
 * `move(url, by)`, each of which resolves to whether it was done, and `closed()` after an edit.
 */
export function addRowEvents(list, on) {
  const actions = {
    up: ({ dataset }) => on.move(dataset.url, -1),
    down: ({ dataset }) => on.move(dataset.url, 1),
    edit: (row) => openEditor(row, on),
    // The next row comes to where this one was: a double click must not delete that as well.
    delete: ({ dataset }, { detail }) => detail <= 1 && on.remove(dataset.url),
    more: (row) => openMenu(row, !row.classList.contains("open")),
  };
  list.addEventListener("click", (event) => {
    const action = event.target.closest("button")?.value;
    actions[action]?.(event.target.closest("li"), event);
  });
  document.addEventListener("click", ({ target }) => {
    for (const row of list.querySelectorAll(".open")) {
      if (!row.contains(target)) openMenu(row, false);
    }
  });
  list.addEventListener("change", async ({ target }) => {
    if (target.type !== "checkbox") return;
    const { checked } = target;
    const { url } = target.closest("li").dataset;
    if (!await on.complete(url, checked)) target.checked = !checked;
  });
  list.addEventListener("keydown", (event) => {
    onKey(event, on.move);
    const open = event.key === "Escape" && list.querySelector(".open");
    if (!open) return;
    openMenu(open, false);
    open.querySelector(".more").focus();
  });
}

/** Shows the buttons of a row where no mouse can do so by pointing at it. */
function openMenu(row, isOpen) {
  row.classList.toggle("open", isOpen);
  row.querySelector(".more").ariaExpanded = String(isOpen);
}

/** ↑ and ↓ go to the same control of the next row; with Alt, they take the todo there. */
function onKey(event, move) {
  const { key, altKey, ctrlKey, metaKey, shiftKey, target } = event;
  // A key that is held must not delete the next row as well.
  if (event.repeat && target.matches(".delete")) event.preventDefault();
  const by = { ArrowUp: -1, ArrowDown: 1 }[key];
  const isOther = ctrlKey || metaKey || shiftKey || target.closest(".editor");
  if (!by || isOther) return;
  event.preventDefault();
  const row = target.closest("li");
  if (altKey) return move(row.dataset.url, by);
  const next = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  if (next) counterpart(target, next)?.focus();
}

/**
 * Puts a form in the place of a row's content. It is made when it is needed: after each change of the page, a browser
 * that fills in forms reads all that there are, and with one in each of 2,500 rows that took more than a second.
 */
function openEditor(row, on) {
  const form = clone("editor");
  const field = form.querySelector("input");
  const edit = row.querySelector(".edit");
  const more = row.querySelector(".more");
  const name = row.querySelector(".title").textContent;
  const open = (isOpen) => {
    row.classList.toggle("editing", isOpen);
    // Else the mouse could not select a text in it.
    row.draggable = !isOpen;
  };
  const close = () => {
    // A second press of the key.
    if (!form.parentNode) return;
    const hadFocus = form.contains(document.activeElement);
    form.remove();
    open(false);
    if (hadFocus) (more.offsetParent ? more : edit).focus();
    on.closed();
  };
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    // What was typed stays when it is refused.
    if (await on.rename(row.dataset.url, field.value)) close();
    else field.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !event.isComposing) close();
  });
  form.querySelector(".cancel").addEventListener("click", close);
  field.ariaLabel = `New title of ${name}`;
  field.value = row.matches(".untitled") ? "" : name;
  openMenu(row, false);
  open(true);
  row.append(form);
  field.focus();
  field.select();
}
