/** The sequence of the rows. */

import { counterpart } from "./item.js";

/**
 * Makes these rows the list; those that change their place slide there. The focus stays, or goes to the row that takes
 * the place of its own. Returns whether there is one: false if the focus is lost.
 */
export function arrange(list, rows) {
  const focused = document.activeElement;
  const heir = heirOf(list, focused, new Set(rows));
  place(list, rows);
  if (focused === document.activeElement) return true;
  // A row that is moved loses the focus, too.
  const next = focused.isConnected ? focused : heir;
  next?.focus();
  return next !== undefined;
}

/** The control that gets the focus when this one goes with its row: that of the row that takes its place, or of the one before it. */
function heirOf(list, control, wanted) {
  const all = [...list.children];
  const index = all.indexOf(control.closest("li"));
  if (index < 0) return undefined;
  const row = all.slice(index).find((other) => wanted.has(other)) ??
    all.slice(0, index).findLast((other) => wanted.has(other));
  return row && counterpart(control, row);
}

function place(list, elements) {
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
  const { top, bottom } = element.getBoundingClientRect();
  if (bottom < 0 || top > innerHeight) return;
  element.animate(
    [{ transform: `translateY(${distance}px)` }, { transform: "none" }],
    { duration: 160, easing: "ease-out" },
  );
}
