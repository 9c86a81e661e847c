# The application as others see it: the site and the statistics answer a plain curl.

setup() {
  site=${SITE_URL:-http://localhost:9090}
  stats=${STATS_URL:-http://localhost:9191}
}

@test "the site says hello" {
  [ "$(curl -fsS "$site")" = "Hello Docker!" ]
}

@test "the statistics count the requests" {
  curl -fsS "$site"
  answer=$(curl -fsS "$stats")
  jq -e '.workers[0].requests > 0' <<< "$answer"
}
