import type { Answer } from "../shared/clock.ts";

const API_URL = Deno.env.get("API_URL") ?? "http://localhost:8000";

/** A page with the times that the API gives. */
export function page(answers: readonly Answer[]): string {
  const rows = answers.map(({ zone, time }) =>
    `<tr><th>${zone}</th><td>${time}</td></tr>`
  );
  return `<!doctype html><title>World clock</title><table>${
    rows.join("")
  }</table>`;
}

async function answerOf(zone: string): Promise<Answer> {
  return await (await fetch(`${API_URL}/time?zone=${zone}`)).json();
}

if (import.meta.main) {
  Deno.addSignalListener("SIGTERM", () => Deno.exit());
  const zones = ["UTC", "Asia/Tokyo", "America/Lima"];
  Deno.serve({ port: 8080 }, async () => {
    const body = page(await Promise.all(zones.map(answerOf)));
    return new Response(body, { headers: { "content-type": "text/html" } });
  });
}
