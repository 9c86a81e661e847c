/**
 * Lines that programs write around an error, and that say nothing about it.
 *
 * @module
 */

const NOISE = new RegExp(
  [
    // A property without a value, or one that the message has already, of an error that Node prints whole.
    "^\\s+[\"']?\\w+[\"']?: (?:undefined|null|\\[\\]|\\{\\}|''|\"\"),?$",
    "^\\s+(?:errno|code|syscall|address|hostname|port|severity|generatedMessage|operator|diff): [-'\\w.:]+,?$",
    "^\\s+requireStack: \\[",
    // The frame of Node around an error that nothing has caught.
    "^node:[\\w/.-]+:\\d+$",
    "^\\s+throw (?:er|err|error|e);",
    "^\\s+triggerUncaughtException\\(",
    "^Emitted 'error' event on ",
    "^Node\\.js v\\d",
    // The head of a trace of Python, and the program of its option -c.
    "^Traceback \\(most recent call last\\):$",
    '^\\s+File "<string>", line \\d+, in <module>$',
    "^\\s+Is the server running on that host and accepting TCP/IP connections\\?$",
    // Docker names the container once more.
    "^Error: failed to start containers: ",
  ].join("|"),
);

/** The layers through which the engine's words about a container have come. */
const LAYERS =
  /(?:failed to create task for container|failed to create shim task|OCI runtime create failed|runc create failed|unable to start container process|error during container init): /g;

/** Whether a line says nothing: it has no letter or number, or stands around an error. */
export function isNoise(line: string): boolean {
  return !/[\p{L}\p{N}]/u.test(line) || NOISE.test(line);
}

/** The engine's words about a container without the layers through which they have come. */
export function withoutLayers(line: string): string {
  return line.replace(LAYERS, "");
}
