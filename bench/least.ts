/**
 * What a binary is measured against: a Deno program that does nothing.
 *
 * @module
 */

export {};
