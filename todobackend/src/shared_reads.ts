/**
 * A store whose reads share queries: those that arrive in the same turn of the event loop, or while many arrive soon after
 * each other, get the answer to one query, which is asked when the last of them is there. It is as fresh as if each had
 * asked alone, and under load there are few.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Page, Todo, TodoStore } from "./store.ts";

// More would make a statement that is longer than a query is worth.
const MAX_IDS = 100;

// While so many queries are under way, whoever asks waits for the next one: the busier the database, the fewer there are.
const MAX_TURNS = 1;

// When so many have asked at once, others are waited for as long as they come in some turns of the event loop, but not
// for long: the more have asked, the more it saves.
const MANY = 8;
const MAX_QUIET_TURNS = 16;
const MAX_WAITS = 10;

/** What reads the database itself. */
export interface Source extends Omit<TodoStore, "find"> {
  /** Those of the todos with these ids that are there. */
  findAll(ids: readonly number[]): Promise<readonly Todo[]>;
}

/** Makes a store of it. */
export function shareReads(source: Source): TodoStore {
  const list = shareTurn<Page, readonly Todo[]>(
    ({ after, limit }) => `${after} ${limit}`,
    (pages) => Promise.all(pages.map((page) => source.list(page))),
  );
  const find = shareTurn<number, Todo | undefined>(String, async (ids) => {
    const byId = new Map<number, Todo>();
    for (let i = 0; i < ids.length; i += MAX_IDS) {
      for (const todo of await source.findAll(ids.slice(i, i + MAX_IDS))) {
        byId.set(todo.id, todo);
      }
    }
    return ids.map((id) => byId.get(id));
  });
  return { ...source, list, find };
}

/** Collects the questions of one turn, each once, and answers all of them with one call of `load`. */
function shareTurn<Question, Answer>(
  nameOf: (question: Question) => string,
  load: (questions: Question[]) => Promise<Answer[]>,
): (question: Question) => Promise<Answer> {
  const slots = createSlots(MAX_TURNS);
  let turn: Turn<Question, Answer> | undefined;
  // Who asked in this turn, and in the one before.
  let count = 0;
  let before = 0;
  const othersAreThere = async () => {
    for (
      let waits = 0, known = 0;
      count > known && waits < MAX_WAITS;
      waits++
    ) {
      known = count;
      await turnsOfLoop(Math.min(before, MAX_QUIET_TURNS));
    }
  };
  const open = (): Turn<Question, Answer> => {
    const questions: Question[] = [];
    const answers = slots.run(async () => {
      if (before >= MANY) await othersAreThere();
      turn = undefined;
      before = count;
      count = 0;
      return load(questions);
    });
    return { questions, places: new Map(), answers };
  };
  return (question) => {
    const { questions, places, answers } = turn ??= open();
    count++;
    const name = nameOf(question);
    const place = places.get(name) ?? questions.push(question) - 1;
    places.set(name, place);
    return answers.then((all) => all[place] as Answer);
  };
}

interface Turn<Question, Answer> {
  readonly questions: Question[];
  /** Where a question stands, by its name. */
  readonly places: Map<string, number>;
  readonly answers: Promise<Answer[]>;
}

/** Runs so many at a time, and none in the turn in which it was asked to. */
function createSlots(
  count: number,
): { run: <T>(work: () => Promise<T>) => Promise<T> } {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async run(work) {
      await turnsOfLoop(1);
      if (free > 0) free--;
      else await new Promise<void>((resolve) => waiting.push(resolve));
      try {
        return await work();
      } finally {
        const next = waiting.shift();
        if (next) next();
        else free++;
      }
    },
  };
}

async function turnsOfLoop(count: number): Promise<void> {
  for (; count > 0; count--) {
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}
