/**
 * A tree of reports that a container makes: what can be in a folder, and should not harm.
 *
 * @module
 */

/** One entry of a tree of reports. */
export interface Entry {
  /** The entry in words. */
  what: string;
  /** Makes it in the folder of the reports, as a script of bash. */
  make: string;
  /** Its path below the folder of the reports, on the host. */
  path: string;
  /** Its text, which must be on the host; without a text, the entry must be missing there, and the run must name it. */
  taken?: string;
  /** Whether the engine leaves it out when it copies a folder, so that no run can name it. */
  unseen?: boolean;
}

/** Each must come to the host, or be named as lost; none may keep another from it. */
export const ENTRIES: readonly Entry[] = [
  { what: "a FIFO", make: "mkfifo odd-fifo", path: "odd-fifo" },
  {
    what: "a character device",
    make: "mknod odd-zero c 1 5",
    path: "odd-zero",
  },
  { what: "a block device", make: "mknod odd-block b 7 0", path: "odd-block" },
  {
    what: "a socket",
    make:
      "perl -MIO::Socket::UNIX -e 'IO::Socket::UNIX->new(Local=>q(odd-sock),Listen=>1)'",
    path: "odd-sock",
    unseen: true,
  },
  {
    what: "an absolute link",
    make: "ln -s /etc/passwd odd-absolute",
    path: "odd-absolute",
  },
  {
    what: "a relative link that leads out",
    make: "ln -s ../../../../../../etc/shadow odd-up",
    path: "odd-up",
  },
  {
    what: "a link to nothing",
    make: "ln -s nothing odd-dangling",
    path: "odd-dangling",
  },
  {
    what: "a link to itself",
    make: "ln -s odd-loop odd-loop",
    path: "odd-loop",
  },
  { what: "a link to a folder", make: "ln -s / odd-root", path: "odd-root" },
  {
    what: "a file that no one may read",
    make: "echo m0 > mode0; chmod 0 mode0",
    path: "mode0",
    taken: "m0\n",
  },
  {
    what: "a folder that no one may enter",
    make: "mkdir closed; echo c > closed/c; chmod 0 closed",
    path: "closed/c",
    taken: "c\n",
  },
  {
    what: "a read-only folder",
    make: "mkdir ro; echo ro > ro/x; chmod 555 ro",
    path: "ro/x",
    taken: "ro\n",
  },
  {
    what: "a setuid shell",
    make: "echo suid > suid; chmod 6755 suid",
    path: "suid",
    taken: "suid\n",
  },
  {
    what: "a file that everybody may write",
    make: "echo w > open; chmod 0777 open",
    path: "open",
    taken: "w\n",
  },
  {
    what: "a sticky folder that everybody may write",
    make: "mkdir sticky; echo s > sticky/s; chmod 7777 sticky",
    path: "sticky/s",
    taken: "s\n",
  },
  {
    what: "two hard links",
    make: "echo hard > hard; ln hard hard2",
    path: "hard2",
    taken: "hard\n",
  },
  {
    what: "a name with a line end",
    make: "echo nl > $'line\\nend'",
    path: "line\nend",
    taken: "nl\n",
  },
  {
    what: "a name with an escape sequence",
    make: "echo esc > $'\\e]0;pwn\\a'",
    path: "\x1b]0;pwn\x07",
    taken: "esc\n",
  },
  {
    what: "a name that is a flag",
    make: "echo dash > ./-rf",
    path: "-rf",
    taken: "dash\n",
  },
  {
    what: "a name that is a command of GitHub",
    make: "echo gh > '::error::x'",
    path: "::error::x",
    taken: "gh\n",
  },
  {
    what: "a name with a quote and a dollar",
    make: `echo q > '$(id)"'"'"`,
    path: `$(id)"'`,
    taken: "q\n",
  },
  {
    what: "a name of 255 bytes",
    make: "echo long > $(printf '%0255d' 0)",
    path: "0".repeat(255),
    taken: "long\n",
  },
  {
    what: "a path of 60 folders",
    make: `d=$(printf 'd/%.0s' {1..60}); mkdir -p $d; echo deep > $d/f`,
    path: `${"d/".repeat(60)}f`,
    taken: "deep\n",
  },
  { what: "an empty file", make: ": > empty", path: "empty", taken: "" },
  ...[
    "events.jsonl",
    "receipt.json",
    "junit.xml",
    "steps.xml",
    "run.html",
    "trace.json",
    "build.log",
    "logs/test.log",
  ].map((path) => ({
    what: `todoflow's own name ${path}`,
    make: `mkdir -p logs; echo own > ${path}`,
    path: `test/${path}`,
    taken: "own\n",
  })),
];

/** Makes all entries, and three whose names lie in wait for the tool. */
export const TREE = `mkdir -p /r; cd /r; echo keep > keep.txt
${ENTRIES.map(({ make }) => `(${make})`).join("\n")}
echo hostile > .todoflow; echo hostile > .copy-x; echo hostile > run.html.new
echo $'\\xff' > $'\\xff\\xfe.txt'
true`;
