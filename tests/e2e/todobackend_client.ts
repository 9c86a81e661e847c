/**
 * What the tests of the released application ask it with: requests, half of requests, and a session with its database.
 *
 * @module
 */

/** The client of the database, as its administrator, whose password no command line has. */
function client(container: string): [string, ...string[]] {
  const script =
    "MYSQL_PWD=$(cat /run/secrets/root) exec mariadb -uroot -Nn todobackend";
  return ["docker", "exec", "-i", container, "sh", "-c", script];
}

/** A session with the database that stays open. */
export function openSession(container: string) {
  const [program, ...args] = client(container);
  const child = new Deno.Command(program, {
    args,
    stdin: "piped",
    stdout: "piped",
  }).spawn();
  const writer = child.stdin.getWriter();
  const lines = linesOf(child.stdout);
  return {
    send: (sql: string) => writer.write(new TextEncoder().encode(`${sql}\n`)),
    next: async () => (await lines.next()).value,
    async close() {
      await writer.close();
      while (!(await lines.next()).done);
      await child.status;
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array<ArrayBuffer>>) {
  let rest = "";
  for await (const text of stream.pipeThrough(new TextDecoderStream())) {
    const lines = (rest + text).split("\n");
    rest = lines.pop()!;
    yield* lines;
  }
}

/** Creates a todo and answers the status. */
export async function create(url: string, title: string): Promise<number> {
  const response = await fetch(`${url}/todos`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ title }),
  });
  await response.body?.cancel();
  return response.status;
}

/** Completes a todo and answers the status. */
export async function patch(url: string): Promise<number> {
  const response = await fetch(url, {
    method: "PATCH",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ completed: true }),
  });
  await response.body?.cancel();
  return response.status;
}

/** The titles of all todos, page by page. */
export async function titles(url: string): Promise<string[]> {
  const found: string[] = [];
  let next: string | undefined = `${url}/todos`;
  while (next !== undefined) {
    const response: Response = await fetch(next);
    const todos: { title: string }[] = await response.json();
    found.push(...todos.map(({ title }) => title));
    next = /<([^>]+)>/.exec(response.headers.get("link") ?? "")?.[1];
  }
  return found;
}

/** The status of an answer to GET. */
export async function statusOf(url: string): Promise<number> {
  const response = await fetch(url);
  await response.body?.cancel();
  return response.status;
}

/** Asks until the answer has this status: there is no event to wait for in another program's pool. */
export async function answers(url: string, status: number): Promise<void> {
  while (await statusOf(url) !== status) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** A request whose body comes in two parts. */
export async function slowBody(url: string) {
  const { hostname, port } = new URL(url);
  const connection = await Deno.connect({ hostname, port: Number(port) });
  const write = (text: string) =>
    connection.write(new TextEncoder().encode(text));
  await write(
    "POST /todos HTTP/1.1\r\nHost: app\r\nContent-Type: application/json\r\n" +
      'Content-Length: 13\r\n\r\n{"order"',
  );
  return {
    finish: () => write(":123}"),
    async answer() {
      const buffer = new Uint8Array(4096);
      const count = await connection.read(buffer);
      connection.close();
      return new TextDecoder().decode(buffer.subarray(0, count ?? 0));
    },
  };
}

/** Waits until the log of a container has a text. */
export async function logged(container: string, text: string): Promise<void> {
  const child = new Deno.Command("docker", {
    args: ["logs", "--follow", container],
    stdout: "piped",
    stderr: "null",
  }).spawn();
  for await (const line of linesOf(child.stdout)) {
    if (line.includes(text)) break;
  }
  child.kill();
  await child.status;
}
