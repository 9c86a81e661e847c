import { createServer } from "node:http";
import process from "node:process";
import { database } from "./database.js";

/** Answers: method and path to a function from the request to a status and a value. */
const ROUTES = {
  "GET /health": async () => {
    await database.query("SELECT 1");
    return [200, "ok"];
  },
  "GET /": async ({ query }) => {
    const tag = query.get("tag");
    const { rows } = await database.query(
      "SELECT id, url, tag FROM bookmarks WHERE $1::text IS NULL OR tag = $1 ORDER BY id",
      [tag],
    );
    return [200, rows];
  },
  "POST /": async ({ body }) => {
    const { url, tag } = body ?? {};
    if (!URL.canParse(url)) return [400, "url is no URL"];
    const { rows } = await database.query(
      `INSERT INTO bookmarks (url, tag) VALUES ($1, $2)
       ON CONFLICT (url) DO UPDATE SET tag = excluded.tag RETURNING id, url, tag`,
      [url, tag],
    );
    return [201, rows[0]];
  },
};

/** The server of the API, which does not listen yet. */
export function api() {
  return createServer(async (request, response) => {
    const [status, value] = await answer(request).catch((error) => {
      process.stderr.write(`${error.stack}\n`);
      return [500, "internal error"];
    });
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(value));
  });
}

async function answer(request) {
  const { pathname, searchParams } = new URL(request.url, "http://localhost");
  const route = ROUTES[`${request.method} ${pathname}`];
  if (!route) return [404, "not found"];
  let text = "";
  for await (const part of request.setEncoding("utf8")) text += part;
  let body;
  try {
    body = text && JSON.parse(text);
  } catch {
    return [400, "the body is no JSON"];
  }
  return await route({ query: searchParams, body });
}
