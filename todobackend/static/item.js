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

  box.addEventListener("change", async () => {
    const completed = box.checked;
    if (!await on.complete(completed)) box.checked = !completed;
  });
  find(".up").addEventListener("click", () => on.move(-1));
  find(".down").addEventListener("click", () => on.move(1));
  find(".delete").addEventListener("click", () => on.remove());
  const editor = addEditor(element, { title: () => title, rename: on.rename });

  return {
    element,
    show(todo, { isFirst, isLast }) {
      title = todo.title ?? "";
      const name = title || "(no title)";
      find(".title").textContent = name;
      box.checked = todo.completed;
      element.classList.toggle("untitled", title === "");
      for (const button of element.querySelectorAll("button[title]")) {
        button.ariaLabel = `${button.title} ${name}`;
      }
      // Not `disabled`, which would take the focus away from who has just pressed it.
      find(".up").ariaDisabled = String(isFirst);
      find(".down").ariaDisabled = String(isLast);
      editor.setLabel(`New title of ${name}`);
    },
  };
}

/** The form that takes the place of a row's content while its title is edited. */
function addEditor(element, { title, rename }) {
  const edit = element.querySelector(".edit");
  const form = element.querySelector(".editor");
  const input = form.querySelector("input");
  const open = (isOpen) => {
    element.classList.toggle("editing", isOpen);
    form.hidden = !isOpen;
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
