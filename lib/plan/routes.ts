/**
 * The labels by which a reverse proxy finds the containers that it sends requests to: two projects with the same ones
 * share the requests of their users.
 *
 * @module
 */

/** Traefik: https://doc.traefik.io/traefik/providers/docker/; Caddy: https://github.com/lucaslorentz/caddy-docker-proxy */
const ROUTE = /^(traefik\.(http|tcp|udp)\.routers\.[^.]+\.rule|caddy(_\d+)?)$/;

/** Whether a label of this name makes a proxy send requests. */
export function isRoute(label: string): boolean {
  return ROUTE.test(label);
}

/** The routes in labels, such as "caddy=shop.example". */
export function routesIn(labels: Readonly<Record<string, string>>): string[] {
  return Object.entries(labels).filter(([name]) => isRoute(name))
    .map(([name, value]) => `${name}=${value}`);
}
