/** Calls of the API behind the page. */

const PATIENCE_MS = 15_000;

/**
 * Sends a request and answers the JSON that comes back.
 *
 * @throws {Error} whose message says to a person what went wrong; its cause is the status, if there is an answer
 */
async function call(url, method, fields) {
  const response = await send(url, method, fields);
  if (!response.ok) {
    throw new Error(await refusal(response), { cause: response.status });
  }
  return await response.json();
}

async function send(url, method, fields = undefined) {
  // Only path and query: a proxy may have made https of what the server knows as http.
  const { pathname, search } = new URL(url, location.href);
  const init = { method, signal: AbortSignal.timeout(PATIENCE_MS) };
  if (fields !== undefined) {
    init.headers = { "Content-Type": "application/json" };
    init.body = JSON.stringify(fields);
  }
  try {
    return await fetch(pathname + search, init);
  } catch (error) {
    throw new Error(
      error.name === "TimeoutError"
        ? "The server does not answer."
        : "The server cannot be reached.",
      { cause: error },
    );
  }
}

/** The server's own words, field by field, or what its status means. */
async function refusal(response) {
  if (response.status === 404) return "It was deleted elsewhere.";
  if (response.status >= 500) {
    return `The server has a problem (${response.status}).`;
  }
  try {
    return Object.values(await response.json()).flat().join(" ");
  } catch {
    return `The server refuses it (${response.status}).`;
  }
}

/** Reads all todos, page by page. */
export async function readTodos() {
  const todos = [];
  let url = "/todos";
  while (url) {
    const response = await send(url, "GET");
    if (!response.ok) throw new Error(await refusal(response));
    todos.push(...await response.json());
    const link = response.headers.get("Link") ?? "";
    url = /<([^>]*)>; *rel="?next"?/.exec(link)?.[1];
  }
  return todos;
}

/** Creates a todo and answers it as it was stored. */
export function createTodo(fields) {
  return call("/todos", "POST", fields);
}

/** Changes a todo and answers it as it was stored. */
export function changeTodo({ url }, fields) {
  return call(url, "PATCH", fields);
}

/** Deletes a todo, if somebody else has not done so. */
export async function deleteTodo({ url }) {
  const response = await send(url, "DELETE");
  if (!response.ok && response.status !== 404) {
    throw new Error(await refusal(response));
  }
}
