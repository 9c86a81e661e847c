/** The page's script: shows the todos of the API behind it and changes them. */

import { changeTodo, createTodo, deleteTodo, readTodos } from "./api.js";
import { addDragging } from "./drag.js";
import { createItem } from "./item.js";
import { changesFor, orderOfNext, sorted } from "./order.js";
import { clearProblem, showProblem } from "./problems.js";

const byId = (id) => document.getElementById(id);
byId("unloaded").remove();
const input = byId("title");
const list = byId("todos");

const FILTERS = {
  "#/active": { matches: (todo) => !todo.completed, nothing: "All done." },
  "#/completed": {
    matches: (todo) => todo.completed,
    nothing: "Nothing is completed yet.",
  },
};
const ALL = { matches: () => true, nothing: "Nothing to do. Enjoy the day." };

/** All todos in the order in which they are shown; undefined until they are known. */
let todos;
/** The rows, by the URLs of their todos. */
const rows = new Map();

const filter = () => FILTERS[location.hash] ?? ALL;
const shown = () => todos.filter(filter().matches);
const nameOf = ({ title }) => title ? `“${title}”` : "(no title)";

/** Tells those who do not see the page what has changed. */
function say(text) {
  byId("said").textContent = text;
}

let previous = Promise.resolve();

/** Does something when what was wanted before is done: the last one must win. */
function inTurn(action) {
  const done = previous.then(action);
  previous = done.catch(() => {});
  return done;
}

/** Does what a person wants, and answers whether that worked; if not, the page says why. */
async function attempt(what, action) {
  try {
    await inTurn(action);
    clearProblem("");
    return true;
  } catch (error) {
    showProblem("", `Cannot ${what}: ${error.message}`);
    return false;
  }
}

function showAll() {
  const visible = shown();
  const left = todos.filter(({ completed }) => !completed).length;
  byId("count").textContent = todos.length === 0 ? "" : `${left} left`;
  byId("filters").hidden = todos.length === 0;
  for (const link of byId("filters").children) {
    const isCurrent = (FILTERS[link.hash] ?? ALL) === filter();
    link.ariaCurrent = isCurrent ? "true" : null;
  }
  byId("empty").hidden = visible.length > 0;
  byId("empty").textContent = todos.length === 0
    ? ALL.nothing
    : filter().nothing;

  const focused = document.activeElement;
  const elements = visible.map((todo, i) => {
    const row = rowOf(todo);
    const isLast = i === visible.length - 1;
    row.show(todo, { isFirst: i === 0, isLast });
    return row.element;
  });
  arrange(elements);
  // A row that is moved loses the focus.
  if (focused !== document.activeElement && focused.isConnected) {
    focused.focus();
  }
}

function rowOf(todo) {
  const { url } = todo;
  if (!rows.has(url)) {
    rows.set(
      url,
      createItem({
        complete: (completed) => change(url, { completed }),
        rename: (title) => rename(url, title),
        remove: () => remove(url),
        move: (by) => move(url, by),
      }),
    );
  }
  return rows.get(url);
}

/** Makes these elements the list; those that change their place slide there. */
function arrange(elements) {
  const wanted = new Set(elements);
  for (const element of [...list.children]) {
    if (!wanted.has(element)) element.remove();
  }
  const before = [...list.children];
  const isMove = before.length === elements.length &&
    before.some((element, i) => element !== elements[i]);
  const tops = isMove ? before.map((element) => element.offsetTop) : [];
  // Only what is elsewhere: to lay out everything takes long when there is much.
  let next = list.firstElementChild;
  for (const element of elements) {
    if (element === next) next = next.nextElementSibling;
    else list.insertBefore(element, next);
  }
  tops.forEach((top, i) => slide(before[i], top));
}

const isStill = matchMedia("(prefers-reduced-motion: reduce)");

function slide(element, from) {
  const distance = from - element.offsetTop;
  if (distance === 0 || isStill.matches) return;
  element.animate(
    [{ transform: `translateY(${distance}px)` }, { transform: "none" }],
    { duration: 160, easing: "ease-out" },
  );
}

/** Takes over what the server has stored, but not the order: a later move may be on its way. */
function replace({ url, title, completed }) {
  todos = todos.map((todo) =>
    todo.url === url ? { ...todo, title, completed } : todo
  );
}

const find = (url) => todos.find((todo) => todo.url === url);

/** Moves the focus out of a row that goes: to the one that takes its place, the one before it, or the input. */
function leave(url, selector, change) {
  const element = rows.get(url).element;
  const hadFocus = element.contains(document.activeElement);
  const neighbour = element.nextElementSibling ??
    element.previousElementSibling;
  change();
  if (!hadFocus || element.isConnected) return;
  (neighbour?.querySelector(selector) ?? input).focus();
}

function change(url, fields) {
  const todo = find(url);
  return attempt(`save ${nameOf(todo)}`, async () => {
    const changed = await changeTodo(todo, fields);
    leave(url, "input[type=checkbox]", () => {
      replace(changed);
      showAll();
    });
    const { completed } = changed;
    say(`${nameOf(changed)} ${completed ? "completed" : "saved"}`);
  });
}

const EMPTY = "Type what needs to be done.";

function rename(url, title) {
  if (title.trim() !== "") return change(url, { title });
  showProblem("", EMPTY);
  return false;
}

function remove(url) {
  const todo = find(url);
  return attempt(`delete ${nameOf(todo)}`, async () => {
    // A second press of the button.
    if (!rows.has(url)) return;
    await deleteTodo(todo);
    leave(url, ".delete", () => {
      todos = todos.filter((other) => other.url !== url);
      showAll();
    });
    rows.delete(url);
    say(`${nameOf(todo)} deleted`);
  });
}

/** Moves a todo so far among those that are shown: before the one that it meets above, or behind the one below. */
async function move(url, by) {
  const visible = shown();
  const neighbour = visible[visible.findIndex((t) => t.url === url) + by];
  if (neighbour === undefined) return;
  const todo = find(url);
  const sequence = todos.filter((other) => other !== todo);
  const place = sequence.indexOf(neighbour) + (by > 0 ? 1 : 0);
  sequence.splice(place, 0, todo);
  const changes = changesFor(sequence, place);
  // At once, so that the next press finds the todo where the one before it has put it.
  setOrders(changes.map(({ todo, order }) => [todo.url, order]));
  const isStored = await attempt(`move ${nameOf(todo)}`, async () => {
    for (const { todo, order } of changes) await changeTodo(todo, { order });
  });
  if (!isStored) {
    setOrders(
      changes.filter(({ todo, order }) => find(todo.url)?.order === order)
        .map(({ todo }) => [todo.url, todo.order]),
    );
  }
  const position = shown().findIndex((other) => other.url === url) + 1;
  say(`${nameOf(todo)} is number ${position} of ${shown().length}`);
}

function setOrders(entries) {
  const orders = new Map(entries);
  todos = sorted(
    todos.map((todo) =>
      orders.has(todo.url) ? { ...todo, order: orders.get(todo.url) } : todo
    ),
  );
  showAll();
}

addDragging(list, (element, by) => {
  const [url] = [...rows].find(([, row]) => row.element === element);
  move(url, by);
});

/** What is being added: a second press of the key must not add it twice. */
const adding = new Set();

byId("add").addEventListener("submit", async (event) => {
  event.preventDefault();
  input.focus();
  const title = input.value;
  if (title.trim() === "") return showProblem("", EMPTY);
  if (todos === undefined) await load();
  if (todos !== undefined) await add(title);
});

async function add(title) {
  if (adding.has(title)) return;
  adding.add(title);
  const about = `add ${title}`;
  try {
    await inTurn(() => create(title));
    clearProblem(about);
    clearProblem("");
  } catch ({ message }) {
    // What was typed must not be lost: it is in the input, or is offered again.
    if (input.value === title) {
      clearProblem(about);
      showProblem("", `Cannot add it: ${message}`);
    } else {
      offerAgain(about, title, message);
    }
  }
  adding.delete(title);
}

async function create(title) {
  const todo = await createTodo({ title, order: orderOfNext(todos) });
  todos = sorted([...todos, todo]);
  // Somebody may type the next one already.
  if (input.value === title) input.value = "";
  showAll();
  say(`${nameOf(todo)} added`);
}

function offerAgain(about, title, message) {
  const after = (remedy) => () => {
    input.focus();
    return remedy();
  };
  showProblem(about, `Cannot add “${title}”: ${message}`, {
    "Try again": after(() => add(title)),
    Dismiss: after(() => clearProblem(about)),
  });
}

// Until now, the browser itself would have sent the form, and what was typed would be gone.
byId("add").querySelector("button").disabled = false;

addEventListener("hashchange", () => todos && showAll());
addEventListener("online", () => todos ?? load());

async function load() {
  list.ariaBusy = "true";
  try {
    todos = sorted(await readTodos());
    clearProblem("load");
    showAll();
  } catch (error) {
    showProblem("load", `Cannot read the todos: ${error.message}`, {
      "Try again": async () => {
        input.focus();
        await load();
      },
    });
  }
  list.ariaBusy = null;
}

await load();
