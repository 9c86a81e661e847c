import { assertEquals } from "@std/assert";
import { isRoute, routesIn } from "../../../../lib/plan/routes.ts";

for (
  const [label, is] of [
    ["traefik.http.routers.shop.rule", true],
    ["traefik.tcp.routers.my-shop.rule", true],
    ["traefik.udp.routers.shop.rule", true],
    ["caddy", true],
    ["caddy_1", true],
    ["traefik.enable", false],
    ["traefik.http.routers.shop.tls", false],
    ["traefik.http.routers.rule", false],
    ["traefik.http.services.shop.rule", false],
    ["caddy.reverse_proxy", false],
    ["caddy_x", false],
    ["my.caddy", false],
    ["com.docker.compose.project", false],
  ] as const
) {
  Deno.test(`the label ${label} is ${is ? "a" : "no"} route`, () => {
    assertEquals(isRoute(label), is);
  });
}

Deno.test("the routes in labels are those with their values, so that another value is another route", () => {
  assertEquals(
    routesIn({
      "caddy": "shop.example",
      "caddy.reverse_proxy": "{{upstreams 8000}}",
      "traefik.http.routers.shop.rule": "Host(`shop.example`)",
    }),
    [
      "caddy=shop.example",
      "traefik.http.routers.shop.rule=Host(`shop.example`)",
    ],
  );
  assertEquals(routesIn({}), []);
});
