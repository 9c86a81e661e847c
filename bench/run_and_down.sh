# The two lines that people type instead of a test target.
docker compose run --rm --build test
# The verdict, for the measurement.
echo tested
docker compose down --volumes
