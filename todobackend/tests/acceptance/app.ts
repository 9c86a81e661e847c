/**
 * The running application at APP_URL, as the acceptance tests use it.
 *
 * @module
 */

/** Where the application is; everything in it is deleted by the tests. */
export const APP_URL = new URL(
  Deno.env.get("APP_URL") || "http://localhost:8000",
);

/** A todo as the API shows it. */
export interface Todo {
  readonly url: string;
  readonly title: string | null;
  readonly completed: boolean;
  readonly order: number | null;
}

/** What every test creates. */
export const ITEM = { title: "Wash the car", order: 1 };

/** Registers a test that starts from an empty list, and leaves one: the accepted application is going to be used. */
export function acceptance(name: string, test: () => Promise<void>): void {
  Deno.test(name, async () => {
    await statusOf("DELETE", "/todos");
    try {
      await test();
    } finally {
      await statusOf("DELETE", "/todos");
    }
  });
}

/** Sends a request; a body becomes JSON. The answer is not read yet. */
export async function send(
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Response> {
  const init: RequestInit = { method, headers };
  if (body !== undefined) {
    init.body = JSON.stringify(body);
    init.headers = { "Content-Type": "application/json", ...headers };
  }
  return await fetch(new URL(path, APP_URL), init);
}

/** Sends a request and answers its status, which is all that matters. */
export async function statusOf(
  ...request: Parameters<typeof send>
): Promise<number> {
  const response = await send(...request);
  await response.body?.cancel();
  return response.status;
}

/** Creates a todo. */
export async function create(fields: unknown = ITEM): Promise<Todo> {
  return await (await send("POST", "/todos", fields)).json();
}

/** Reads the todo at a URL. */
export async function read(url: string): Promise<Todo> {
  return await (await send("GET", url)).json();
}

/** Reads all todos. */
export async function list(): Promise<Todo[]> {
  return await (await send("GET", "/todos")).json();
}
