/**
 * Checkouts whose `.git` names programs, as an unpacked archive may: what only looks at a checkout executes none of them.
 *
 * @module
 */

import { assert, assertEquals } from "@std/assert";
import { observeSource } from "../../../../lib/git/source.ts";
import { cli, withFakeDocker, writeFiles } from "../../fakes.ts";

/** An engine for a project with one service, which is built. */
const DOCKER = `case "$*" in
  *"config --services") echo app ;;
  *config) echo 'name: shop
services: { app: { build: /src, image: h/shop }, test: { build: /src } }' ;;
  *--short) echo 2.26.1 ;;
  context*) echo unix:///engine.sock ;;
esac
true`;

const TARGETS: readonly string[][] = [
  ["version"],
  ["ls"],
  ["show"],
  ["doctor"],
  ["test", "--dry-run"],
  ["release", "--dry-run"],
  ["publish", "--dry-run"],
  ["publish"],
  ["clean", "--dry-run"],
];

/** A checkout in the making. */
interface Checkout {
  /** Absolute path. */
  directory: string;
  /** A program that leaves a mark, and fails. */
  evil: string;
  git(...args: string[]): Promise<string>;
  /** Sets names of the repository's configuration to a value, in turn. */
  config(...settings: string[]): Promise<void>;
  write(files: Record<string, string>): Promise<void>;
}

interface Hostile {
  name: string;
  /** Makes the repository hostile; may name another folder that is looked at. */
  make(checkout: Checkout): Promise<string | void>;
  /** A question that makes git run the program, to show that the checkout is hostile; a pager needs a terminal. */
  trigger?: string[];
  env?: Record<string, string>;
}

/** A configuration of its own for a filter. */
const FILTER = (evil: string) => `[filter "x"]\n\tclean = ${evil}\n`;

/** Gives every file a filter, and a change of time that git cannot tell from one of content. */
async function filtered({ directory, write }: Checkout, name = "x") {
  await write({ ".gitattributes": `* filter=${name}\n` });
  await Deno.utime(`${directory}/file`, 1, 1);
}

/** A partial clone without its commit: a question for it would fetch it. */
async function partial(checkout: Checkout, ...settings: string[]) {
  const { config, git, directory } = checkout;
  await config(
    ...["core.repositoryFormatVersion", "1"],
    ...["extensions.partialClone", "origin"],
    ...["remote.origin.promisor", "true"],
    ...["remote.origin.partialCloneFilter", "blob:none"],
    ...settings,
  );
  const id = await git("rev-parse", "HEAD");
  await Deno.remove(
    `${directory}/.git/objects/${id.slice(0, 2)}/${id.slice(2)}`,
  );
}

/** Commits with this line before the message. */
async function commitWith({ directory, git }: Checkout, header: string) {
  const text = await git("cat-file", "commit", "HEAD");
  const [facts, ...message] = text.split("\n\n");
  await writeFiles(directory, {
    ".git/commit": `${facts}\n${header}\n\n${message.join("\n\n")}\n`,
  });
  const file = `${directory}/.git/commit`;
  const id = await git("hash-object", "-t", "commit", "-w", file);
  await git("update-ref", "HEAD", id);
}

const HOSTILE: readonly Hostile[] = [
  {
    name: "fsmonitor",
    make: ({ config, evil }) => config("core.fsmonitor", evil),
    trigger: ["status"],
  },
  {
    name: "a clean filter",
    make: async (checkout) => {
      await checkout.config("filter.x.clean", checkout.evil);
      await filtered(checkout);
    },
    trigger: ["status"],
  },
  {
    name: "a process filter that is required",
    make: async (checkout) => {
      const { config, evil } = checkout;
      await config("filter.x.process", evil, "filter.x.required", "true");
      await filtered(checkout);
    },
    trigger: ["status"],
  },
  {
    name: "a filter whose name cannot be written as a flag",
    make: async (checkout) => {
      await checkout.config("filter.a=b.c.clean", checkout.evil);
      await filtered(checkout, "a=b.c");
    },
    trigger: ["status"],
  },
  {
    name: "a filter in an included file",
    make: async (checkout) => {
      const { config, write, evil } = checkout;
      await write({ filters: FILTER(evil) });
      await config("include.path", "../filters");
      await filtered(checkout);
    },
    trigger: ["status"],
  },
  {
    name: "a filter in a file that is included on a condition",
    make: async (checkout) => {
      const { config, write, evil } = checkout;
      await write({ filters: FILTER(evil) });
      await config("includeIf.gitdir:**.path", "../filters");
      await filtered(checkout);
    },
    trigger: ["status"],
  },
  {
    name: "a filter in the configuration of the worktree",
    make: async (checkout) => {
      const { config, write, evil } = checkout;
      await config("extensions.worktreeConfig", "true");
      await write({ ".git/config.worktree": FILTER(evil) });
      await filtered(checkout);
    },
    trigger: ["status"],
  },
  {
    name: "a filter of the user's with another program",
    make: async (checkout) => {
      const { config, write, evil } = checkout;
      await write({ "../.gitconfig": FILTER("cat") });
      await config("filter.x.clean", evil);
      await filtered(checkout);
    },
    trigger: ["status"],
  },
  {
    name: "a filter in a submodule",
    make: async ({ directory, git, evil }) => {
      const sub = ["-C", `${directory}/sub`];
      await git("init", "--quiet", `${directory}/sub`);
      await writeFiles(`${directory}/sub`, {
        file: "1",
        ".gitattributes": "* filter=x\n",
      });
      await git(...sub, "add", "--all");
      await git(...sub, "commit", "--quiet", "--message", "x");
      await git(...sub, "config", "filter.x.clean", evil);
      await git("add", "sub");
      await git("commit", "--quiet", "--message", "sub");
      await Deno.utime(`${directory}/sub/file`, 1, 1);
    },
    trigger: ["status"],
  },
  {
    name: "an extension of git-lfs, which the user has set up",
    make: async (checkout) => {
      const { config, directory, evil } = checkout;
      // As git-lfs does: https://github.com/git-lfs/git-lfs/blob/main/docs/extensions.md
      await Deno.writeTextFile(
        `${directory}/git-lfs`,
        "#!/bin/sh\nexec $(git config lfs.extension.x.clean)\n",
        { mode: 0o755 },
      );
      await config("lfs.extension.x.clean", evil);
      await filtered(checkout, "lfs");
    },
    trigger: ["status"],
    env: {
      GIT_CONFIG_COUNT: "1",
      GIT_CONFIG_KEY_0: "filter.lfs.clean",
      GIT_CONFIG_VALUE_0: "git-lfs clean -- %f",
    },
  },
  {
    name: "hooks",
    make: async ({ directory, evil }) => {
      for (const name of ["post-index-change", "reference-transaction"]) {
        await Deno.copyFile(evil, `${directory}/.git/hooks/${name}`);
      }
      await Deno.utime(`${directory}/file`, 1, 1);
    },
    trigger: ["status"],
  },
  {
    name: "hooks in the checkout",
    make: async ({ directory, config, evil }) => {
      await Deno.mkdir(`${directory}/hooks`);
      await Deno.copyFile(evil, `${directory}/hooks/post-index-change`);
      await config("core.hooksPath", "hooks");
      await Deno.utime(`${directory}/file`, 1, 1);
    },
    trigger: ["status"],
  },
  {
    name: "pagers",
    make: ({ config, evil }) =>
      config(
        ...["core.pager", evil, "pager.log", evil, "pager.status", evil],
        ...["pager.config", evil, "pager.rev-parse", evil],
      ),
  },
  {
    name: "an ssh command",
    make: (checkout) =>
      partial(
        checkout,
        ...["core.sshCommand", checkout.evil],
        ...["remote.origin.url", "ssh://h/x"],
      ),
    trigger: ["log"],
  },
  {
    name: "a program as the remote",
    make: (checkout) =>
      partial(
        checkout,
        ...["protocol.ext.allow", "always", "protocol.allow", "always"],
        ...["remote.origin.url", `ext::${checkout.evil}`],
      ),
    trigger: ["log"],
  },
  {
    name: "another upload-pack of the remote",
    make: (checkout) =>
      partial(
        checkout,
        ...["protocol.file.allow", "always"],
        ...["remote.origin.uploadpack", checkout.evil],
        ...["remote.origin.url", checkout.directory],
      ),
    trigger: ["log"],
  },
  {
    name: "a program that verifies signatures",
    make: async (checkout) => {
      const signature = "-----BEGIN PGP SIGNATURE-----";
      await commitWith(
        checkout,
        `gpgsig ${signature}\n x\n ${signature.replace("BEGIN", "END")}`,
      );
      const { config, evil } = checkout;
      await config("gpg.program", evil, "log.showSignature", "true");
    },
    trigger: ["log"],
  },
  {
    name: "aliases",
    make: ({ config, evil }) =>
      config(
        ...["alias.status", `!${evil}`, "alias.rev-list", `!${evil}`],
        ...["alias.st", `!${evil}`],
      ),
    trigger: ["st"],
  },
  {
    name: "diffs and conversions to text",
    make: async ({ config, evil, write }) => {
      await config("diff.external", evil, "diff.x.textconv", evil);
      await write({ ".gitattributes": "* diff=x\n", file: "2" });
    },
    trigger: ["diff"],
  },
  {
    name: "a bare repository among its files",
    make: async ({ directory, git, evil }) => {
      const bare = `${directory}/vendor/evil`;
      await git("clone", "--quiet", "--bare", directory, bare);
      await git("-C", bare, "config", "core.bare", "false");
      await git("-C", bare, "config", "core.worktree", bare);
      await git("-C", bare, "config", "core.fsmonitor", evil);
      return bare;
    },
    trigger: ["status"],
  },
  {
    name: "a .git that points elsewhere",
    make: async (checkout) => {
      const { directory, config, evil } = checkout;
      await config("core.fsmonitor", evil, "filter.x.clean", evil);
      await filtered(checkout);
      await Deno.rename(`${directory}/.git`, `${directory}/elsewhere`);
      await checkout.write({ ".git": "gitdir: elsewhere\n" });
    },
    trigger: ["status"],
  },
];

const WHO = {
  GIT_AUTHOR_NAME: "a",
  GIT_AUTHOR_EMAIL: "a@example.com",
  GIT_COMMITTER_NAME: "c",
  GIT_COMMITTER_EMAIL: "c@example.com",
};

/** Gives the test a hostile checkout, and says whether its program was run in between. */
function withHostile(
  { make, env = {} }: Pick<Hostile, "make" | "env">,
  test: (context: {
    directory: string;
    env: Record<string, string>;
    git: Checkout["git"];
    wasRun: () => Promise<boolean>;
  }) => Promise<void>,
) {
  return withFakeDocker(DOCKER, async ({ directory: folder, surroundings }) => {
    const directory = `${folder}/checkout`;
    const own = {
      ...surroundings.env,
      PATH: `${directory}:${surroundings.env.PATH}`,
      HOME: folder,
      ...WHO,
    };
    const gitWith =
      (env: Record<string, string>): Checkout["git"] => async (...args) => {
        const { stdout } = await new Deno.Command("git", {
          args: ["-C", directory, ...args],
          env,
          clearEnv: true,
          stderr: "null",
        }).output();
        return new TextDecoder().decode(stdout).trim();
      };
    const git = gitWith(own);
    const write = (files: Record<string, string>) =>
      writeFiles(directory, files);
    const evil = `${folder}/evil`;
    const mark = `${folder}/mark`;
    await write({ "compose.yaml": "", file: "1" });
    await Deno.writeTextFile(evil, `#!/bin/sh\ntouch '${mark}'\nexit 1\n`, {
      mode: 0o755,
    });
    await git("init", "--quiet");
    await git("add", "--all");
    await git("commit", "--quiet", "--message", "x");
    const config = async (...settings: string[]) => {
      for (let at = 0; at < settings.length; at += 2) {
        await git("config", settings[at]!, settings[at + 1]!);
      }
    };
    const place = await make({ directory, evil, git, config, write });
    await Deno.remove(mark).catch(() => {});
    const all = { ...own, ...env };
    await test({
      directory: place || directory,
      env: all,
      git: gitWith(all),
      wasRun: async () => await Deno.remove(mark).then(() => true, () => false),
    });
  });
}

for (const hostile of HOSTILE) {
  Deno.test(`what looks at a checkout does not execute what its .git names: ${hostile.name}`, () =>
    withHostile(hostile, async ({ directory, env, git, wasRun }) => {
      await Promise.all(
        TARGETS.map((argv) => cli(argv, { directory, env })),
      );
      // These questions are left out by a dry run: test and release ask them when they build.
      await observeSource({ directory, env }, () => Promise.resolve([]));
      assertEquals(await wasRun(), false);
      if (!hostile.trigger) return;
      await git("-C", directory, ...hostile.trigger);
      assert(await wasRun(), "the checkout is not hostile");
    }));
}
