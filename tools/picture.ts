/**
 * `deno task picture`: makes the README's three pictures from real runs of an example.
 *
 * - docs/release.svg: a release that installs the packages of its image while its database starts;
 * - docs/failure.svg: the last screen, of 24 rows, of a release whose acceptance test fails;
 * - docs/run.png: the page of the first of these runs, where Chromium is installed.
 *
 * Needs `script` (util-linux), which gives the command a terminal.
 *
 * @module
 */

import { chromium } from "playwright-core";
import { screenOf, type Size, textOf, windowOf } from "./terminal_picture.ts";

const ROOT = new URL("..", import.meta.url).pathname;
const EXAMPLE = "bookmarks";
const COLUMNS = 80;
/** The terminal of the failure: todoflow fits the end of a failed run into it. */
const SMALL = { columns: COLUMNS, rows: 24 };
/** The terminal of the release, of which every line is shown. */
const TALL = { columns: COLUMNS, rows: 200 };
/** A fault that the acceptance test finds: it names a table that there is not. */
const FAULT = {
  file: "src/api.js",
  right: "INSERT INTO bookmarks",
  wrong: "INSERT INTO bookmark",
};
/** The window of the page in CSS pixels; the picture ends below the timeline, or with the window. */
const PAGE = { width: 1000, height: 1200 };

/** CSS pixels below the timeline. */
const MARGIN = 10;

/** A checkout of the example. */
interface Checkout {
  directory: string;
  /** The whole environment of its runs: nothing in it may change the screen. */
  env: Readonly<Record<string, string>>;
}

async function output(
  command: readonly [string, ...string[]],
  { directory, env }: Checkout,
): Promise<void> {
  const [program, ...args] = command;
  const { success, stdout, stderr } = await new Deno.Command(program, {
    args,
    cwd: directory,
    env,
    clearEnv: true,
  }).output();
  if (success) return;
  const said = [stdout, stderr].map((text) => new TextDecoder().decode(text));
  throw new Error(`${command.join(" ")}: ${said.join("")}`);
}

/** Runs todoflow on a terminal of this size; resolves to what it wrote, escape sequences included. */
async function record(
  target: string,
  { checkout, size, code }: {
    checkout: Checkout;
    size: Size;
    /** The expected exit code. */
    code: number;
  },
): Promise<string> {
  const file = await Deno.makeTempFile();
  const tool = `deno run --quiet -A ${ROOT}mod.ts ${target}`;
  const end = await new Deno.Command("script", {
    args: [
      ...["--quiet", "--return", "--command"],
      `stty cols ${size.columns} rows ${size.rows}; exec ${tool}`,
      file,
    ],
    cwd: checkout.directory,
    env: checkout.env,
    clearEnv: true,
    stdin: "null",
    stdout: "null",
  }).output();
  const text = await Deno.readTextFile(file);
  await Deno.remove(file);
  if (end.code !== code) throw new Error(`${target}: ${end.code}\n${text}`);
  // The first and the last line are script's own.
  return text.replace(/^Script started.*\n/, "")
    .replace(/\r?\n?Script done.*\n$/, "");
}

/** Makes a repository of the example, in a folder that is removed afterwards. */
async function withCheckout(
  use: (checkout: Checkout) => Promise<void>,
): Promise<void> {
  const folder = await Deno.makeTempDir({ prefix: "todoflow-picture-" });
  const directory = `${folder}/${EXAMPLE}`;
  const { PATH = "", HOME = folder } = Deno.env.toObject();
  const env = { PATH, HOME, TERM: "xterm-256color", XDG_STATE_HOME: folder };
  const checkout = { directory, env };
  try {
    const from = { directory: ROOT, env };
    await output(["cp", "-r", `examples/${EXAMPLE}`, directory], from);
    await output(["git", "init", "--quiet"], checkout);
    await commit(checkout);
    await use(checkout);
  } finally {
    await Deno.remove(folder, { recursive: true });
  }
}

async function commit(checkout: Checkout): Promise<void> {
  const who = ["-c", "user.name=todoflow", "-c", "user.email=t@example.com"];
  await output(["git", "add", "--all"], checkout);
  await output(
    ["git", ...who, "commit", "--quiet", "--allow-empty", "-m", EXAMPLE],
    checkout,
  );
}

/** Changes a file of the checkout, and commits it. */
async function edit(
  checkout: Checkout,
  { file, change }: { file: string; change: (text: string) => string },
): Promise<void> {
  const path = `${checkout.directory}/${file}`;
  const before = await Deno.readTextFile(path);
  const after = change(before);
  if (after === before) throw new Error(`${file} has nothing to change`);
  await Deno.writeTextFile(path, after);
  await commit(checkout);
}

/** Writes a screen as docs/NAME.svg. */
async function draw(
  name: string,
  { text, size, checkout }: { text: string; size: Size; checkout: Checkout },
): Promise<void> {
  const screen = await screenOf(text, size);
  assertPublic(textOf(screen), checkout);
  const command = "todoflow release";
  const file = `${ROOT}docs/${name}.svg`;
  await Deno.writeTextFile(file, windowOf(screen, { command, ...size }));
  await output([Deno.execPath(), "fmt", "--quiet", file], checkout);
}

/** A picture must not tell where it was made. */
function assertPublic(text: string, { directory, env }: Checkout): void {
  const secrets = [Deno.hostname(), env.HOME, ROOT, directory];
  for (const secret of secrets.filter((one) => one !== undefined)) {
    const words = text.split(/[\s"':=@()]+/);
    const found = secret.startsWith("/")
      ? text.includes(secret) && secret !== "/"
      : words.includes(secret);
    if (found) throw new Error(`The picture shows "${secret}":\n${text}`);
  }
}

/** Takes docs/run.png of the page of the last release; does nothing where there is no Chromium. */
async function photograph(checkout: Checkout): Promise<void> {
  const { stdout } = await new Deno.Command("sh", {
    args: ["-c", "command -v chromium || command -v google-chrome || true"],
  }).output();
  const executablePath = new TextDecoder().decode(stdout).trim();
  if (executablePath === "") return;
  const browser = await chromium.launch({
    executablePath,
    args: ["--no-sandbox", "--disable-gpu"],
  });
  try {
    const page = await browser.newPage({
      viewport: PAGE,
      deviceScaleFactor: 2,
      colorScheme: "light",
    });
    const { directory } = checkout;
    await page.goto(`file://${directory}/reports/release/run.html`);
    const timeline = await page.locator("#timeline").boundingBox();
    const end = timeline ? timeline.y + timeline.height + MARGIN : PAGE.height;
    await page.setViewportSize({
      ...PAGE,
      height: Math.min(Math.ceil(end), PAGE.height),
    });
    // The rest of the page, such as the folder of the run, is below the picture.
    const shown: string = await page.evaluate(VISIBLE_TEXT);
    assertPublic(shown, checkout);
    await page.screenshot({ path: `${ROOT}docs/run.png` });
  } finally {
    await browser.close();
  }
}

/** The text of the elements in the window, in the browser's language. */
const VISIBLE_TEXT = `[...document.body.querySelectorAll("*")]
  .filter((one) => one.childElementCount === 0)
  .filter((one) => one.getBoundingClientRect().top < innerHeight)
  .map((one) => one.textContent).join("\\n")`;

if (import.meta.main) {
  await withCheckout(async (checkout) => {
    try {
      // Fetches the base images: a download says nothing of todoflow.
      await record("test", { checkout, size: TALL, code: 0 });
      await edit(checkout, {
        file: "package.json",
        // So that no layer is cached that takes time.
        change: (text) =>
          text.replace("{", `{"name": "${crypto.randomUUID()}",`),
      });
      const cold = await record("release", { checkout, size: TALL, code: 0 });
      await draw("release", { text: cold, size: TALL, checkout });
      await photograph(checkout);
      await record("clean", { checkout, size: TALL, code: 0 });
      const { file, right, wrong } = FAULT;
      const change = (text: string) => text.replace(right, wrong);
      await edit(checkout, { file, change });
      const failed = await record("release", {
        checkout,
        size: SMALL,
        code: 1,
      });
      await draw("failure", { text: failed, size: SMALL, checkout });
    } finally {
      await record("clean", { checkout, size: TALL, code: 0 });
    }
  });
}
