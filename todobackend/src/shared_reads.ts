/**
 * A store whose reads share queries: those that arrive in the same turn of the event loop, before any of them has asked
 * the database, get the answer to one query. It is as fresh as if each had asked alone, and under load there are few.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Page, Todo, TodoStore } from "./store.ts";

// More would make a statement that is longer than a query is worth.
const MAX_IDS = 100;

// While so many queries are under way, whoever asks waits for the next one: the busier the database, the fewer there are.
const MAX_TURNS = 1;

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
  const open = (): Turn<Question, Answer> => {
    const questions: Question[] = [];
    const answers = slots.run(() => {
      turn = undefined;
      return load(questions);
    });
    return { questions, places: new Map(), answers };
  };
  return async (question) => {
    const { questions, places, answers } = turn ??= open();
    const name = nameOf(question);
    const place = places.get(name) ?? questions.push(question) - 1;
    places.set(name, place);
    return (await answers)[place] as Answer;
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
      await new Promise<void>((resolve) => setImmediate(resolve));
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
