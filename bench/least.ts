/**
 * The yardstick for a binary: a Deno program that does nothing.
 *
 * @module
 */

export {};
