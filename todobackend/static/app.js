/** The page's script: shows the todos of the API behind it and changes them. */

const byId = (id) => document.getElementById(id);
const list = byId("todos");

/** Calls the API; says on the page what went wrong, and throws. */
async function call(url, method = "GET", body = undefined) {
  const init = body === undefined ? { method } : {
    method,
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(body),
  };
  try {
    // Only the path: a proxy may have made https of what the server knows as http.
    const { pathname } = new URL(url, location.href);
    const response = await fetch(pathname, init);
    const answer = await response.text();
    if (!response.ok) throw new Error(problemIn(answer, response.status));
    byId("problem").hidden = true;
    return answer === "" ? undefined : JSON.parse(answer);
  } catch (error) {
    byId("problem").textContent = `That did not work: ${error.message}`;
    byId("problem").hidden = false;
    throw error;
  }
}

function problemIn(answer, status) {
  try {
    return Object.values(JSON.parse(answer)).flat().join(" ");
  } catch {
    return `the server answered ${status}`;
  }
}

function copyOf(id) {
  return byId(id).content.firstElementChild.cloneNode(true);
}

function showCount() {
  const all = list.children.length;
  const done = list.querySelectorAll(":checked").length;
  byId("count").textContent = all === 0 ? "" : `${done} of ${all} done`;
  byId("empty").hidden = all !== 0;
}

function itemFor(todo) {
  const item = copyOf("item");
  const title = todo.title || "(no title)";
  item.querySelector(".title").textContent = title;
  const box = item.querySelector("input");
  box.checked = todo.completed;
  const replace = (changed) => {
    const next = itemFor(changed);
    item.replaceWith(next);
    showCount();
    return next;
  };
  box.addEventListener("change", async () => {
    const completed = box.checked;
    try {
      const changed = await call(todo.url, "PATCH", { completed });
      replace(changed).querySelector("input").focus();
    } catch {
      box.checked = !completed;
    }
  });
  const edit = item.querySelector(".edit");
  edit.setAttribute("aria-label", `Edit ${title}`);
  edit.addEventListener("click", () => startEditing(item, todo, replace));
  const remove = item.querySelector(".delete");
  remove.setAttribute("aria-label", `Delete ${title}`);
  remove.addEventListener("click", async () => {
    await call(todo.url, "DELETE");
    const neighbour = item.nextElementSibling ?? item.previousElementSibling;
    item.remove();
    showCount();
    // The focus must not fall back to the top of the page with the button that had it.
    (neighbour?.querySelector(".delete") ?? byId("title")).focus();
  });
  return item;
}

function startEditing(item, todo, replace) {
  const editor = copyOf("editor");
  const input = editor.querySelector("input");
  input.value = todo.title ?? "";
  const finish = (changed) => replace(changed).querySelector(".edit").focus();
  editor.addEventListener("submit", async (event) => {
    event.preventDefault();
    finish(await call(todo.url, "PATCH", { title: input.value }));
  });
  editor.addEventListener("keydown", (event) => {
    if (event.key === "Escape") finish(todo);
  });
  editor.querySelector(".cancel")
    .addEventListener("click", () => finish(todo));
  item.replaceChildren(editor);
  input.select();
}

byId("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  const input = byId("title");
  list.append(itemFor(await call("/todos", "POST", { title: input.value })));
  input.value = "";
  input.focus();
  showCount();
});

list.replaceChildren(...(await call("/todos")).map(itemFor));
showCount();
