/**
 * What a todo is, and the store that keeps todos, as the HTTP application sees it.
 *
 * @module
 */

/** What a client may set. */
export interface TodoFields {
  readonly title: string | null;
  readonly completed: boolean;
  readonly order: number | null;
}

/** A stored todo. Its URL is made per request, from the host that the client used. */
export interface Todo extends TodoFields {
  readonly id: number;
}

/** A part of the list: at most `limit` todos, whose ids are greater than `after`. */
export interface Page {
  readonly after: number;
  readonly limit: number;
}

/** Keeps todos. Every method rejects when the database cannot be used. */
export interface TodoStore {
  /** A page of todos, in the order of their ids. */
  list(page: Page): Promise<readonly Todo[]>;
  /** The todo with this id. */
  find(id: number): Promise<Todo | undefined>;
  /** Stores a new todo under an id that was never used before. */
  create(fields: TodoFields): Promise<Todo>;
  /** Changes only the given fields; undefined when there is no such todo. */
  update(id: number, changes: Partial<TodoFields>): Promise<Todo | undefined>;
  /** Deletes one todo; false when there is no such todo. */
  remove(id: number): Promise<boolean>;
  /** Deletes every todo. */
  removeAll(): Promise<void>;
  /** Resolves when the database answers and has the schema. */
  check(): Promise<void>;
}
