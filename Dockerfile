# The image of todobackend, the application; todoflow, the tool, is no part of it.

FROM denoland/deno:debian-2.9.6 AS test
LABEL application=todobackend
RUN groupadd --gid 1000 app \
 && useradd --uid 1000 --gid app --create-home app \
 && mkdir /app /release \
 && chown app:app /app /release /deno-dir
USER app
WORKDIR /app
# Dependencies before the source: only a change of these two files fetches them again.
COPY --chown=app:app todobackend/deno.json todobackend/deno.lock ./
RUN deno install --frozen
# The same packages without what only tests need, for the release stage.
RUN cp deno.json deno.lock /release/ \
 && cp -r /deno-dir /release/deno-dir \
 && cd /release \
 && DENO_DIR=/release/deno-dir deno remove @std/assert \
 && rm -r deno-dir/npm/*/deno-std
COPY --chown=app:app todobackend/ ./
CMD ["deno", "task", "test"]

FROM denoland/deno:debian-2.9.6 AS release
LABEL application=todobackend
RUN groupadd --gid 1000 app \
 && useradd --uid 1000 --gid app --create-home app \
 && mkdir /app /public \
 && chown app:app /app /public /deno-dir
USER app
WORKDIR /app
COPY --from=test --chown=app:app /release/deno-dir/ /deno-dir/
COPY --from=test --chown=app:app /release/deno.json /release/deno.lock /app/main.ts ./
COPY --from=test --chown=app:app /app/src/ src/
COPY --from=test --chown=app:app /app/static/ static/
# Proof that the packages are complete, without network; what it compiles is kept for a quick start.
RUN --network=none deno run --cached-only --frozen --no-prompt main.ts --help
VOLUME /public
EXPOSE 8000
# Deno is process 1, so that signals reach the application itself.
ENTRYPOINT ["deno", "run", "--cached-only", "--frozen", "--no-prompt", \
  "--allow-env=DATABASE,SQLITE_PATH,MYSQL_DATABASE,MYSQL_USER,MYSQL_PASSWORD,MYSQL_PASSWORD_FILE,MYSQL_HOST,MYSQL_PORT,HOST,PORT,ALLOWED_HOSTS,STATIC_ROOT", \
  "--allow-net", \
  "--allow-read=/app,/public,/run/secrets", \
  "--allow-write=/public", \
  "main.ts"]
CMD ["serve"]
