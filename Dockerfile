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
# The same packages without what only tests need, or only a type check, for the release stage.
RUN cp deno.json deno.lock /release/ \
 && cp -r /deno-dir /release/deno-dir \
 && cd /release \
 && DENO_DIR=/release/deno-dir deno remove @std/assert ajv fast-check \
 && cd deno-dir/npm/* \
 && rm -r ajv deno-std fast-check fast-deep-equal fast-uri json-schema-traverse pure-rand require-from-string \
      zod/*/src \
 && find . -name '*.d.*ts' -delete -o -name '*.map' -delete
COPY --chown=app:app todobackend/ ./
# A type error fails the build, and tests need not check again.
RUN --network=none deno check --frozen .
CMD ["deno", "task", "test", "--cached-only", "--no-check"]

FROM denoland/deno:debian-2.9.6 AS release
LABEL application=todobackend
RUN groupadd --gid 1000 app \
 && useradd --uid 1000 --gid app --create-home app \
 && mkdir /app /public \
 && chown app:app /public \
 && chown root:root /deno-dir
WORKDIR /app
# The code is root's: who runs it cannot change it.
COPY --from=test --chown=root:root /release/deno-dir/ /deno-dir/
COPY --from=test --chown=root:root /release/deno.json /release/deno.lock /app/main.ts ./
COPY --from=test --chown=root:root /app/docker-entrypoint.sh ./
COPY --from=test --chown=root:root /app/src/ src/
COPY --from=test --chown=root:root /app/static/ static/
# Proof that the packages are complete, without network; what it compiles is kept for a quick start.
RUN --network=none deno cache --frozen main.ts \
 && deno run --cached-only --frozen --no-prompt src/serve.ts \
 && deno run --cached-only --frozen --no-prompt src/mysql.ts
USER app
VOLUME /public
EXPOSE 8000
ENTRYPOINT ["./docker-entrypoint.sh"]
CMD ["serve"]
# Last, since every commit changes them.
ARG APP_VERSION=unknown
ARG APP_CREATED=1970-01-01T00:00:00Z
ARG APP_SOURCE=unknown
LABEL org.opencontainers.image.title=todobackend \
      org.opencontainers.image.description="A Todo API on Deno and MariaDB" \
      org.opencontainers.image.licenses=MIT \
      org.opencontainers.image.source=$APP_SOURCE \
      org.opencontainers.image.base.name=docker.io/denoland/deno:debian-2.9.6 \
      org.opencontainers.image.version=$APP_VERSION \
      org.opencontainers.image.revision=$APP_VERSION \
      org.opencontainers.image.created=$APP_CREATED
