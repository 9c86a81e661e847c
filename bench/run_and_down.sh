# The two lines that people type instead of a test target.
docker compose run --rm --build test
docker compose down --volumes
