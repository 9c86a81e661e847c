/**
 * Reads a `package.json`.
 *
 * @module
 */

/** The fields of a `package.json` that are read. */
export interface Package {
  main?: string;
  scripts: Readonly<Record<string, string>>;
  dependencies: Readonly<Record<string, string>>;
  devDependencies: Readonly<Record<string, string>>;
  node: string;
  packageManager: string;
  /** Whether it is the root of several packages. */
  hasWorkspaces: boolean;
}

/** Reads a `package.json`; undefined if it is none. */
export function readPackage(text: string): Package | undefined {
  try {
    const data: unknown = JSON.parse(text.replace(/^\uFEFF/, ""));
    if (typeof data !== "object" || data === null || Array.isArray(data)) {
      return undefined;
    }
    const { main, engines, packageManager, workspaces, ...rest } =
      data as Record<string, unknown>;
    const { node } = Object(engines) as { node?: unknown };
    return {
      ...(typeof main === "string" && { main }),
      scripts: textsIn(rest.scripts),
      dependencies: textsIn(rest.dependencies),
      devDependencies: textsIn(rest.devDependencies),
      node: typeof node === "string" ? node : "",
      packageManager: typeof packageManager === "string" ? packageManager : "",
      hasWorkspaces: workspaces !== undefined,
    };
  } catch {
    return undefined;
  }
}

function textsIn(value: unknown): Record<string, string> {
  return Object.fromEntries(
    Object.entries(Object(value) as Record<string, unknown>)
      .filter((entry): entry is [string, string] =>
        typeof entry[1] === "string"
      ),
  );
}
