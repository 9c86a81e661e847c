/** In which order todos are shown, and which numbers make it so. */

// Room for todos to come between two others.
const STEP = 1024;
const MAX = 2 ** 31 - 1;

/** A copy in the order in which todos are shown: by `order`, those without one last, and then as they were given. */
export function sorted(todos) {
  const rank = ({ order }) => order ?? Infinity;
  // Not a difference: Infinity - Infinity is no number.
  return todos.toSorted((a, b) =>
    rank(a) === rank(b) ? 0 : rank(a) < rank(b) ? -1 : 1
  );
}

/** The `order` of a new todo behind all others; none, which is last as well, when there is no such number. */
export function orderOfNext(todos) {
  const last = sorted(todos).at(-1);
  const order = last === undefined ? STEP : (last.order ?? MAX) + STEP;
  return order <= MAX ? order : null;
}

/**
 * What must change when todos are to be shown in this sequence, whose item at `moved` is the one that was moved: todos
 * with their new `order`. One, if there is room for it; else those that it has passed, whose numbers move on by one; else,
 * if some have the same number or none, all up to where it was or is.
 */
export function changesFor(sequence, moved) {
  const order = between(sequence[moved - 1], sequence[moved + 1]);
  if (order !== undefined) return [{ todo: sequence[moved], order }];
  return exchanged(sequence) ?? numbered(sequence, moved);
}

/** The same numbers for other todos, if these numbers tell them apart. */
function exchanged(sequence) {
  const orders = sorted(sequence).map(({ order }) => order);
  const isChanged = ({ order }, i) => order !== orders[i];
  const first = sequence.findIndex(isChanged);
  const last = sequence.findLastIndex(isChanged);
  const concerned = orders.slice(Math.max(first - 1, 0), last + 2);
  const areDistinct = first !== -1 &&
    concerned.every((order, i) => i === 0 || concerned[i - 1] !== order);
  if (!areDistinct || orders[last] === null) return undefined;
  return sequence.slice(first, last + 1)
    .map((todo, i) => ({ todo, order: orders[first + i] }));
}

function numbered(sequence, moved) {
  const changes = [];
  for (const [i, todo] of sequence.entries()) {
    const order = (i + 1) * STEP;
    // From here on all are behind those that were numbered, as they were before.
    if (i > moved && (todo.order ?? Infinity) > i * STEP) break;
    if (todo.order !== order) changes.push({ todo, order });
  }
  return changes;
}

/** A number between the orders of two neighbours, of which one may be missing. */
function between(before, after) {
  // Behind one without a number there is no number.
  if (before && before.order === null) return undefined;
  const low = before?.order ?? (after?.order ?? 2 * STEP) - 2 * STEP;
  const high = after?.order ?? low + 2 * STEP;
  const order = Math.floor((low + high) / 2);
  return low < order && order < high && Math.abs(order) <= MAX
    ? order
    : undefined;
}
