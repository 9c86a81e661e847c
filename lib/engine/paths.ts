/**
 * The paths of containers and images in the engine's API.
 *
 * @module
 */

/** The path of a container, such as "/containers/shop-app-1/json". */
export function containerPath(
  container: string,
  ...rest: readonly string[]
): string {
  return ["/containers", encodeURIComponent(container), ...rest].join("/");
}

/** The path of an image, whose name may contain slashes. */
export function imagePath(name: string, ...rest: readonly string[]): string {
  return ["/images", ...name.split("/").map(encodeURIComponent), ...rest]
    .join("/");
}
