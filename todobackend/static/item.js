/** The row of a todo. */

/**
 * Makes the row of a todo. `show` brings it up to date; `on` is called with what a person wants:
 * `complete(completed)`, `rename(title)`, `remove()`, `move(by)`, each of which resolves to whether it was done.
 */
export function createItem(on) {
  const template = document.getElementById("item");
  const element = template.content.firstElementChild.cloneNode(true);
  const find = (selector) => element.querySelector(selector);
  const box = find("input[type=checkbox]");
  let title = "";
  // There may be many rows, of which few change at a time.
  let shown;

  box.addEventListener("change", async () => {
    const completed = box.checked;
    if (!await on.complete(completed)) box.checked = !completed;
  });
  find(".up").addEventListener("click", () => on.move(-1));
  find(".down").addEventListener("click", () => on.move(1));
  addDeleting(find(".delete"), on.remove);
  element.addEventListener("keydown", (event) => onArrow(event, on.move));
  const editor = addEditor(element, { title: () => title, rename: on.rename });

  return {
    element,
    show(todo, { isFirst, isLast }) {
      const state = JSON.stringify([
        todo.title,
        todo.completed,
        isFirst,
        isLast,
      ]);
      if (state === shown && box.checked === todo.completed) return;
      shown = state;
      title = todo.title ?? "";
      const name = title || "(no title)";
      find(".title").textContent = name;
      box.checked = todo.completed;
      element.classList.toggle("untitled", title === "");
      for (const button of element.querySelectorAll("button[title]")) {
        button.ariaLabel = `${button.dataset.verb} ${name}`;
      }
      // Not `disabled`, which would take the focus away from who has just pressed it.
      find(".up").ariaDisabled = String(isFirst);
      find(".down").ariaDisabled = String(isLast);
      editor.setLabel(`New title of ${name}`);
    },
  };
}

/** The next row comes to where this one was: a double click or a key that is held must not delete that as well. */
function addDeleting(button, remove) {
  button.addEventListener("click", ({ detail }) => {
    if (detail <= 1) remove();
  });
  button.addEventListener("keydown", (event) => {
    if (event.repeat) event.preventDefault();
  });
}

/** ↑ and ↓ go to the same control of the next row; with Alt, they take the todo there. */
function onArrow(event, move) {
  const { key, altKey, ctrlKey, metaKey, shiftKey, target } = event;
  const by = { ArrowUp: -1, ArrowDown: 1 }[key];
  const isOther = ctrlKey || metaKey || shiftKey || target.closest(".editor");
  if (!by || isOther) return;
  event.preventDefault();
  if (altKey) return move(by);
  const row = event.currentTarget;
  const next = by < 0 ? row.previousElementSibling : row.nextElementSibling;
  const controls = (element) => [...element.querySelectorAll("input, button")];
  const control = next && controls(next)[controls(row).indexOf(target)];
  const isHidden = next?.classList.contains("editing");
  (isHidden ? next.querySelector(".editor input") : control)?.focus();
}

/** The form that takes the place of a row's content while its title is edited. */
function addEditor(element, { title, rename }) {
  const edit = element.querySelector(".edit");
  const form = element.querySelector(".editor");
  const input = form.querySelector("input");
  const open = (isOpen) => {
    element.classList.toggle("editing", isOpen);
    form.hidden = !isOpen;
    // Else the mouse could not select a text in it.
    element.draggable = !isOpen;
  };
  const close = () => {
    open(false);
    edit.focus();
  };
  edit.addEventListener("click", () => {
    input.value = title();
    open(true);
    input.select();
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    // What was typed stays when it is refused.
    if (await rename(input.value)) close();
    else input.focus();
  });
  form.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.isComposing) return;
    event.stopPropagation();
    close();
  });
  form.querySelector(".cancel").addEventListener("click", close);
  return { setLabel: (text) => input.ariaLabel = text };
}
