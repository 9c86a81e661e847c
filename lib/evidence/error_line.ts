/**
 * Tells how much a line of a log looks like an error.
 *
 * @module
 */

/** How much a line looks like an error: 0 not at all, 1 a word of it, 2 an error, 3 the end of a program. */
export type Weight = 0 | 1 | 2 | 3;

/** The most UTF-16 units of a line that are looked at: what kind of line it is stands at its beginning. */
const LOOKED_AT = 2_000;

/** Words of a line about something that went well, or about errors in general. */
const HARMLESS = new RegExp(
  [
    "\\b(?:no|0|zero|without|any|ignor\\w+|suppress\\w+)(?: \\w+)? (?:errors?|failures?|failed|warnings?)\\b",
    "\\b(?:errors?|failed|failures?|rejected|dropped|timeouts?)[=:]? ?0\\b",
    "\\b\\w*err(?:or)?[_-](?:log|page|document|reporting|handlers?|level|threshold)\\w*",
    "\\blog[_-]?level\\b",
    "--[\\w-]*(?:error|fail)[\\w-]*",
    "\\berrors?\\.(?:js|ts|py|rb|go|html|log|php)\\b",
    "\\bon[-_]?(?:error|failure)\\b",
  ].join("|"),
  "gi",
);

/** Levels of logs that say that a line is no error, where they stand in the place of a level. */
const CALM =
  /^(?:\S+ ){0,4}\[?(?:DEBUG|TRACE|INFO|NOTICE|Note|LOG|VERBOSE)\]?[:\s|]|\b(?:level|lvl|severity)="?(?:debug|info|trace|notice)\b/;

/** The last words of a program. */
const END = new RegExp(
  [
    "^panic:",
    "^(?:fatal|FATAL|Fatal)(?: [Ee]rror)?:",
    "\\bFATAL\\b",
    "\\bUncaught\\b",
    "\\bUnhandled (?:exception|promise rejection|rejection)",
    "^(?:[\\w.$]+\\.)?\\w*(?:Error|Exception|Exit|Interrupt)(?: \\[\\w+\\])?: ",
    "^\\w*(?:Error|Exception)$",
    "^Exception in thread",
    "^Caused by: ",
    "\\bpanicked at\\b",
    "\\bSegmentation fault\\b",
    "\\bcore dumped\\b",
    "\\b[Oo]ut of memory\\b",
    "^Killed$",
    "^\\*\\* \\(\\w",
    "\\bcannot execute\\b",
    "^(?:\\/\\S+: )?(?:line )?\\d*:? ?exec: ",
    "^(?:sh|bash|env|\\/bin\\/\\w+|\\/usr\\/bin\\/\\w+|exec)(?:: (?:line )?\\d+)?: .*(?:not found|No such file|Permission denied)",
    "^npm (?:ERR!|error) (?!A complete log|code |errno |syscall |path )",
  ].join("|"),
);

/** An error, by its level or by a word that is rarely used for anything else. */
const ERROR = new RegExp(
  [
    "\\b(?:ERROR|CRITICAL|CRIT|ALERT|EMERG|SEVERE|PANIC)\\b",
    "\\b[Ee]rror:",
    "\\[(?:error|crit|alert|emerg|fatal)\\]",
    '\\b(?:level|lvl|severity)="?(?:error|fatal|critical|panic|err)\\b',
    "\\bE(?:CONN\\w+|NOTFOUND|NOENT|ACCES|PERM|ADDRINUSE|PIPE|TIMEDOUT|HOSTUNREACH|NOSPC|ROFS|ISDIR|AI_AGAIN)\\b",
    "\\bnot ok \\d",
    "\\b(?:authentication|login|connection|assertion|command|build|compilation|migration|test|check|start)s? (?:has )?failed\\b",
    "\\bpermission denied\\b",
    "\\baccess denied\\b",
    "\\bconnection (?:refused|reset|timed out)\\b",
    "\\bno such (?:file|host|table|module|service|command)\\b",
    "\\bcannot (?:find|open|load|connect|resolve|import|read|write|allocate|access|locate|use|be)\\b",
    "\\b(?:can't|can’t|couldn't|could not|unable to|failed to)\\b",
    "\\bdoes not exist\\b",
    "\\bno space left\\b",
    "\\bread-only file system\\b",
    "\\bname resolution\\b",
    "\\bname or service not known\\b",
    "\\bis not (?:recognized|defined|a function|installed|set|a directory|executable)\\b",
    "\\b(?:syntax|type|reference|parse|import|key|value|name|runtime) ?error\\b",
    "\\bundefined (?:reference|symbol|method|variable|function)\\b",
    'HTTP/\\d\\S*"? 5\\d\\d\\b',
    "^(?:FAIL|FAILED|✗|✘|×|not ok)\\b",
    "^E   ",
  ].join("|"),
);

/** A word that may be about an error. */
const WORD =
  /\b(?:err|errors?|fail(?:ed|ing|s|ures?)?|exceptions?|fatal|denied|refused|rejected|invalid|missing|unknown|unexpected|unreachable|unavailable|unhealthy|not found|timed? ?out|timeout|abort(?:ed|ing)?|crash(?:ed)?|killed|conflict|warn(?:ing)?|deprecated)\b/i;

/** The weight of a line. */
export function weightOf(whole: string): Weight {
  const line = whole.slice(0, LOOKED_AT).replace(HARMLESS, " ").trim();
  const isCalm = CALM.test(line);
  if (END.test(line)) return isCalm ? 1 : 3;
  if (/^\S*:? ?\bwarn(?:ing)?\b/i.test(line)) return 1;
  if (ERROR.test(line)) return isCalm ? 1 : 2;
  return WORD.test(line) && !isCalm ? 1 : 0;
}
