import { clock } from "../shared/clock.ts";

/** `GET /time?zone=Europe/Berlin`: the time there, as JSON. */
export function answer(request: Request, now = new Date()): Response {
  const { pathname, searchParams } = new URL(request.url);
  if (pathname === "/") return Response.json("world clock");
  if (pathname !== "/time") return Response.json("not found", { status: 404 });
  const found = clock(searchParams.get("zone") ?? "UTC", now);
  return found
    ? Response.json(found)
    : Response.json("no such zone", { status: 400 });
}

if (import.meta.main) {
  Deno.addSignalListener("SIGTERM", () => Deno.exit());
  Deno.serve({ port: 8000 }, (request) => answer(request));
}
