/** The page's script: shows the todos of the API behind it and changes them. */

import { changeTodo, createTodo, deleteTodo, readTodos } from "./api.js";
import { arrange } from "./arrange.js";
import { addDragging } from "./drag.js";
import { addRowEvents, createRow, isEditing, showRow } from "./item.js";
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
/** Those that the filter lets through, and those that are being edited. */
const shown = () =>
  todos.filter((todo) => filter().matches(todo) || isEdited(todo));
const isEdited = ({ url }) => isEditing(rows.get(url));
const nameOf = ({ title }) => title ? `“${title}”` : "(no title)";

/** Tells those who do not see the page what has changed. */
function say(text) {
  byId("said").textContent = text;
}

/** Tells the other tabs of this browser that todos have changed. */
const channel = new BroadcastChannel("todos");

let previous = Promise.resolve();

/** Does something when what was wanted before is done: the last one must win. */
function inTurn(action) {
  const done = previous.then(action);
  previous = done.catch(() => {}).then(() => channel.postMessage("changed"));
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
    if (error.cause === 404) refresh();
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

  const elements = visible.map((todo, i) => {
    const { url } = todo;
    if (!rows.has(url)) rows.set(url, createRow(url));
    const isLast = i === visible.length - 1;
    showRow(rows.get(url), todo, { isFirst: i === 0, isLast });
    return rows.get(url);
  });
  if (!arrange(list, elements)) input.focus();
}

/** Takes over what the server has stored, but not the order: a later move may be on its way. */
function replace({ url, title, completed }) {
  todos = todos.map((todo) =>
    todo.url === url ? { ...todo, title, completed } : todo
  );
}

const find = (url) => todos.find((todo) => todo.url === url);

function change(url, fields) {
  const todo = find(url);
  return attempt(`save ${nameOf(todo)}`, async () => {
    const changed = await changeTodo(todo, fields);
    replace(changed);
    showAll();
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
    if (!find(url)) return;
    await deleteTodo(todo);
    todos = todos.filter((other) => other.url !== url);
    showAll();
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

addDragging(list, (row, by) => move(row.dataset.url, by));
addRowEvents(list, {
  complete: (url, completed) => change(url, { completed }),
  rename,
  remove,
  move,
  closed() {
    todos = todos.filter((todo) => !todo.isGone || isEdited(todo));
    showAll();
  },
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

/** Other browsers do not tell this one what they change. */
const REFRESH_MS = 30_000;

let isStale = false;
let isRefreshing = false;

/** Reads the todos again while the page is visible; calls during a reading cause one more. */
async function refresh() {
  isStale = true;
  if (isRefreshing || todos === undefined) return;
  isRefreshing = true;
  while (isStale && !document.hidden) {
    isStale = false;
    const before = previous;
    await before;
    // A failure is not shown: the next change of the user will show it.
    const read = await readTodos().catch(() => undefined);
    // What was changed here meanwhile may be missing in it.
    if (previous !== before) isStale = true;
    else if (read) takeOver(read);
  }
  isRefreshing = false;
}

/** Shows what the server has; an edit goes on, even if its todo was deleted. */
function takeOver(read) {
  const urls = new Set(read.map(({ url }) => url));
  const gone = todos.filter(({ url }) => !urls.has(url));
  const kept = gone.filter(isEdited).map((todo) => ({ ...todo, isGone: true }));
  todos = sorted([...read, ...kept]);
  showAll();
  for (const { url } of gone) rows.get(url)?.isConnected || rows.delete(url);
}

channel.addEventListener("message", refresh);
document.addEventListener("visibilitychange", refresh);
addEventListener("focus", refresh);
addEventListener("online", () => todos ? refresh() : load());
setInterval(refresh, REFRESH_MS);

await load();
