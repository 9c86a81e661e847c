/**
 * The words that this project does not use, each with the better one, and the function that finds them.
 *
 * @module
 */

/** A word that is not used. */
export interface Word {
  /** As it is named in a failure. */
  word: string;
  /** Finds it; white space stands for whatever may be between two words of a wrapped comment or text. */
  pattern: RegExp;
  /** The words to write instead. */
  better: string;
  /** Lines in which it must be found. */
  bad: readonly string[];
  /** Lines that the pattern must leave alone. */
  good?: readonly string[];
}

/** A text that is not ours: quoted from another program, or needed as it is. */
export interface Exemption {
  /** Path in the repository. */
  file: string;
  /** The text around the word, as it stands in the file on one line. */
  text: string;
  /** Whose it is. */
  why: string;
}

/** A word that was found. */
export interface Finding {
  file: string;
  /** Counted from 1. */
  line: number;
  /** As it is written there. */
  found: string;
  better: string;
}

/** Between two words: white space, and where the line ends the marks of a comment, a quote or a text that is joined. */
const GAP =
  `(?:[ \\t]+|[ \\t]*["'\`]?[ \\t]*\\+?[ \\t]*\\n[ \\t]*(?:(?:\\*|//|>|#)[ \\t]*)?["'\`]?)`;

/** Words of the guide, by `|` where there are several: the actor has a name, and the plain word of the field is used. */
function phrase(
  words: string,
  { better, bad, good = [] }: Pick<Word, "better" | "bad" | "good">,
): Word {
  const pattern = new RegExp(
    `(?<![\\w-])(?:${words.replaceAll(" ", GAP)})(?![\\w-])`,
    "gi",
  );
  return { word: words, pattern, better, bad, good };
}

/** A British spelling, wherever it stands in a word or in an identifier. */
function british(
  part: string,
  better: string,
  { bad, good = [] }: Pick<Word, "bad" | "good">,
): Word {
  const pattern = new RegExp(part, "gi");
  return { word: part, pattern, better, bad, good };
}

/** Verbs that end in -ize here; others, such as "raise" and "promise", are written with an s everywhere. */
const IZE = [
  ...["apolog", "author", "categor", "central", "character", "custom"],
  ...["emphas", "final", "formal", "general", "harmon", "initial", "item"],
  ...["local", "material", "maxim", "memor", "minim", "modern", "neutral"],
  ...["normal", "optim", "organ", "parallel", "parameter", "penal", "priorit"],
  ...["random", "real", "recogn", "sanit", "serial", "special", "stabil"],
  ...["standard", "summar", "symbol", "synchron", "token", "util", "visual"],
];

/** Verbs whose last consonant is not doubled here. */
const SINGLE_L = [
  ...["cance", "channe", "fue", "labe", "leve", "marsha", "mode", "signa"],
  ...["tota", "trave", "tunne"],
];

/** All words that are not used. */
export const WORDS: readonly Word[] = [
  phrase("nobody|no one", {
    better: 'name the actor: "no caller", "no process", "not known"',
    bad: ["undefined where nobody knows", "Nobody's right to it is asked"],
    good: ["no one-shot has failed"],
  }),
  phrase("somebody|someone", {
    better: 'name the actor: "the user", "another program", "another run"',
    bad: ["Text that somebody else wrote", "as somebody likes"],
  }),
  phrase("(anybody|anyone)(?! who\\b)", {
    better: 'name the actor: "any user", "any process"',
    bad: ["a folder that anybody could have made"],
    good: ["anyone who has the image can read its layers"],
  }),
  phrase("whoever|whomever", {
    better: 'name the actor: "an attacker who", "each user who"',
    bad: ["whoever reaches this machine reaches the service"],
  }),
  phrase("mend|mends|mended|mending", {
    better: "fix, fixes, fixed, fixing",
    bad: ["again, when that is mended", "how to mend it"],
    good: ["the recommended form amends a commit", "we recommend it"],
  }),
  phrase("side by side", {
    better: "in parallel",
    bad: [
      "one-shots run side by side",
      " * steps run side\n * by side",
      "one-shots run side\nby side",
      '"steps run side " +\n  "by side"',
    ],
    good: ["on this side by default", "the side of the engine"],
  }),
  phrase("(?:run|runs|ran|running|start|starts|work|works) beside", {
    better: "in parallel with",
    bad: ["`test` runs beside a release", "The refusal to run beside it"],
    good: ["the file beside this page", "it runs besides"],
  }),
  phrase("one after the other|one after another", {
    better: "sequentially",
    bad: ["clean-up steps run one after the other"],
    good: ["one after the build"],
  }),
  phrase("for want of", {
    better: 'because … is missing; "out of memory"',
    bad: ["killed for want of memory", "for\nwant of Compose"],
  }),
  {
    ...phrase("no more", {
      better: 'no longer; of things: "nothing else", "no others"',
      bad: [
        "the engine has the accepted image no more",
        'headline: "the engine has the image no more",',
        "  /** Listens no more. */",
        "it is there no\nmore, so that it is made",
        "### The engine has the image no more\n\nRelease again",
      ],
      good: [
        "twice as many, and no more.",
        "no more than the last lines are shown",
        "after which no more files are read",
        "it resolves when there is no more.",
        "no more `todoflow` in it",
      ],
    }),
    // Only at the end of a clause: before a noun or "than" it is a number.
    pattern: new RegExp(
      `(?<!\\b(?:and|is|are)${GAP})\\bno${GAP}more(?=["'\`]|\\s*(?:[.,;:!?)]|\\*/|$)|\\n[ *]*\\n)`,
      "gi",
    ),
  },
  phrase("that which", {
    better: 'the noun itself, such as "the image"',
    bad: ["that which was accepted is pushed"],
    good: ["the port that was published, which is free"],
  }),
  phrase("any more|anymore", {
    better: "no longer",
    bad: ["Has no effect any more", "not any\n * more", "it is not anymore"],
    good: ["of many more files"],
  }),
  {
    ...phrase("What …", {
      better: 'the noun itself: "the objects that …", "the input of …"',
      bad: [
        "/** What the run removes. */",
        " * It ends. What is left stays on record.",
        "// What begins with a dot is a number",
        'output("What it left is removed")',
        "The order is known. What\nhelped is a cache.",
        "One is slow: What is read twice.",
        "Whatever is left stays.",
      ],
      good: [
        "## What it finds in a Compose file",
        "- **What a run leaves.** No container.",
        '<h2 id="failures">What failed</h2>',
        "[What to know](#what-to-know)",
        "What is the answer? It is here.",
        "a step says what it waits for",
      ],
    }),
    // Not a heading, a link, an element or a question.
    pattern: /(?<!#[ \t]|\*\*|\[|["\w]>)\bWhat(?:ever)?\b(?![^.!:]*\?)/g,
  },
  ...[
    ["behavi", "behavior"],
    ["col", "color"],
    ["fav", "favor"],
    ["flav", "flavor"],
    ["hon", "honor"],
    ["lab", "labor"],
    ["neighb", "neighbor"],
    ["endeav", "endeavor"],
  ].map(([stem = "", better = ""]) =>
    british(`${stem}our`, better, {
      bad: [`the ${stem}our of it`, `wants${stem}our(env)`],
      good: [`the ${better} of it`],
    })
  ),
  british("(?<![a-z])grey", "gray", {
    bad: ["grey lines", "const GREY = 90"],
    good: ["gray lines"],
  }),
  british("catalogue", "catalog", { bad: ["a catalogue of images"] }),
  british("licence", "license", { bad: ["the licence is MIT"] }),
  british("(?:de|of)fence|pretence", "defense, offense, pretense", {
    bad: ["a line of defence", "no offence", "a pretence"],
    good: ["a fence, fenced"],
  }),
  british("artefact", "artifact", { bad: ["the artefacts of a build"] }),
  british("(?<![a-z])centre", "center", { bad: ["in the centre of it"] }),
  british("(?<![a-z])(?:whilst|amongst)", "while, among", {
    bad: ["whilst it runs", "amongst them"],
  }),
  british("judgement", "judgment", { bad: ["the judgement of the engine"] }),
  british("(?:anal|paral)ys(?=e|ing)", "analyze, paralyze", {
    bad: ["it analyses them: analysed", "analysing"],
    good: ["parallel, paralyzes"],
  }),
  british(
    `(?<![a-z])(?:de|re|un)?(?:${IZE.join("|")})is(?=e|ing|ation|able)`,
    "-ize, -ization",
    {
      bad: IZE.flatMap((stem) => [`it ${stem}ises`, `${stem}isation`]),
      good: [
        "it raises a promise that otherwise is advised",
        "recognizes, normalized",
        "the realism of finalists",
      ],
    },
  ),
  british(
    `(?<![a-z])(?:un|re)?(?:${SINGLE_L.join("|")})ll(?=ed|ing|er)`,
    "a single l: canceled, labeling",
    {
      bad: SINGLE_L.flatMap((stem) => [`${stem}lled`, `is ${stem}lling`]),
      good: ["cancellation", "labels, labeled, canceled", "called, rolling"],
    },
  ),
];

/** The words in a file of the repository, but for the exempt ones. */
export function findWords(
  { file, text, exempt = [] }: {
    file: string;
    text: string;
    exempt?: readonly Exemption[];
  },
): Finding[] {
  const spans = exempt.filter((one) => one.file === file)
    .flatMap((one) =>
      [...occurrences(text, one.text)].map((at) => [at, at + one.text.length])
    );
  return WORDS.flatMap(({ pattern, better }) =>
    [...text.matchAll(pattern)].flatMap(({ 0: found, index }) =>
      spans.some(([from, to]) => from! <= index && index + found.length <= to!)
        ? []
        : [{
          file,
          line: text.slice(0, index).split("\n").length,
          found: found.replaceAll(new RegExp(GAP, "g"), " "),
          better,
        }]
    )
  ).toSorted((a, b) => a.line - b.line);
}

/** Where a text begins in another one. */
function* occurrences(text: string, part: string): Generator<number> {
  for (let at = text.indexOf(part); at >= 0; at = text.indexOf(part, at + 1)) {
    yield at;
  }
}
