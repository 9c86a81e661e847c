/**
 * Draws a plan: the steps in the waves in which they could start at the earliest, and what each waits for.
 *
 * @module
 */

import type { PlannedStep } from "../lib/plan/events.ts";

const WIDTH = 132;
const HEIGHT = 34;
const GAP = { x: 44, y: 14 };
const MARGIN = 12;

/** Names of the steps that could start at once, then of those that wait for these only, and so on; clean-up is none. */
export function waves(steps: readonly PlannedStep[]): string[][] {
  const result: string[][] = [];
  for (const { name } of planned(steps)) {
    const depth = depthOf(name, steps);
    (result[depth] ??= []).push(name);
  }
  return result;
}

function planned(steps: readonly PlannedStep[]) {
  return steps.filter(({ cleanup }) => !cleanup);
}

function afterOf(name: string, steps: readonly PlannedStep[]) {
  return steps.find((step) => step.name === name)?.after ?? [];
}

function depthOf(name: string, steps: readonly PlannedStep[]): number {
  const before = afterOf(name, steps).map((other) => depthOf(other, steps));
  return Math.max(-1, ...before) + 1;
}

/** The steps that a step waits for, without those that one of them waits for anyway: that saves arrows. */
function nearest(name: string, steps: readonly PlannedStep[]): string[] {
  const after = afterOf(name, steps);
  const reaches = (from: string, to: string): boolean =>
    afterOf(from, steps).some((next) => next === to || reaches(next, to));
  return after.filter((one) => !after.some((other) => reaches(other, one)));
}

interface Place {
  x: number;
  y: number;
}

/** From one box to another: straight to the next column, else below all boxes, where `lane` is. */
function arrow(from: Place, to: Place, lane: number): string {
  const [x1, y1] = [from.x + WIDTH, from.y + HEIGHT / 2];
  const [x2, y2] = [to.x - 6, to.y + HEIGHT / 2];
  const bend = GAP.x / 2;
  const isFar = x2 - x1 > GAP.x;
  const way = isFar
    ? `C${x1 + bend} ${y1} ${x1} ${lane} ${x1 + GAP.x} ${lane}` +
      `H${x2 - GAP.x}C${x2} ${lane} ${x2 - bend} ${y2} ${x2} ${y2}`
    : `C${x1 + bend} ${y1} ${x2 - bend} ${y2} ${x2} ${y2}`;
  return `<path d="M${x1} ${y1}${way}" fill="none" stroke="#666" marker-end="url(#a)"/>`;
}

/** The picture, as SVG on a white ground. */
export function planPicture(steps: readonly PlannedStep[]): string {
  const columns = waves(steps);
  const rows = Math.max(...columns.map(({ length }) => length));
  const width = columns.length * (WIDTH + GAP.x) - GAP.x + 2 * MARGIN;
  const height = rows * (HEIGHT + GAP.y) + 2 * MARGIN;
  const places = new Map(columns.flatMap((names, x) =>
    names.map((name, i) => {
      // Each column stands in the middle.
      const y = i + (rows - names.length) / 2;
      return [name, {
        x: MARGIN + x * (WIDTH + GAP.x),
        y: MARGIN + y * (HEIGHT + GAP.y),
      }] as const;
    })
  ));
  const lane = height - MARGIN;
  const arrows = [...places].flatMap(([name, to]) =>
    nearest(name, steps).map((other) => arrow(places.get(other)!, to, lane))
  );
  const boxes = [...places].map(([name, { x, y }]) =>
    `<rect x="${x}" y="${y}" width="${WIDTH}" height="${HEIGHT}" rx="5" fill="#eef4fb" stroke="#4a7db5"/>\n` +
    `<text x="${x + WIDTH / 2}" y="${
      y + HEIGHT / 2 + 4
    }" text-anchor="middle">${name}</text>`
  );
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" font-family="sans-serif" font-size="13">`,
    `<defs><marker id="a" viewBox="0 0 6 6" refX="0" refY="3" markerWidth="6" markerHeight="6" orient="auto"><path d="M0 0L6 3L0 6z" fill="#666"/></marker></defs>`,
    `<rect width="${width}" height="${height}" fill="#fff"/>`,
    ...arrows,
    ...boxes,
    "</svg>",
    "",
  ].join("\n");
}
