/**
 * Ways to fail whose cause is in the words of the container: each is explained in `Why:`.
 *
 * @module
 */

import {
  BASE,
  built,
  type Case,
  failing,
  HEALTHY,
  project,
  RUNS,
  type Service,
  sh,
} from "./failing_project.ts";

const NODE = "node:24-bookworm-slim";
const PYTHON = "python:3.11-slim-bookworm";

/** A health check that never passes: so the wait for an application that ends lasts until its end. */
const UNREADY = failing(1000);

/** A service that runs a program of Node. */
function node(script: string, more: Service = {}): Service {
  return {
    image: NODE,
    command: ["node", "-e", script.replaceAll("$", "$$$$")],
    stop_signal: "SIGKILL",
    ...more,
  };
}

/** A service that runs a program of Python. */
function python(script: string, more: Service = {}): Service {
  return { image: PYTHON, command: ["python", "-c", script], ...more };
}

/** A database, and a migration that asks it. */
function asking(
  command: readonly string[],
  environment: Record<string, string>,
  service = "migrate",
): Record<string, string> {
  return project({
    db: {
      image: "postgres:15",
      environment: { POSTGRES_PASSWORD: "secret" },
      healthcheck: {
        test: ["CMD", "pg_isready", "-h", "127.0.0.1", "-U", "postgres"],
      },
    },
    [service]: {
      image: "postgres:15",
      entrypoint: [...command],
      environment,
      depends_on: { db: HEALTHY },
    },
    app: sh(RUNS, {
      depends_on: {
        [service]: { condition: "service_completed_successfully" },
      },
    }),
  });
}

/** A test of the application at this URL. */
function accepting(url: string): Service {
  return node(`fetch("${url}").then(() => console.log("accepted"))`, {
    profiles: ["test"],
    depends_on: { app: { condition: "service_started" } },
  });
}

/** A case that fails with the exit code of the application. */
function failed(files: Record<string, string>): Case {
  return { code: 1, files };
}

/** The cases. */
export const ENDS: Readonly<Record<string, Case>> = {
  "a script whose lines end in CR LF": failed({
    ...built(
      `${BASE}COPY --chmod=755 run.sh /app/\nCMD ["/app/run.sh"]\n`,
      UNREADY,
    ),
    "run.sh": "#!/bin/sh\r\nexec sleep infinity\r\n",
  }),
  "a script whose interpreter is missing": failed({
    ...built(
      `${BASE}COPY --chmod=755 run.sh /app/\nCMD ["sh", "-c", "exec /app/run.sh"]\n`,
      UNREADY,
    ),
    "run.sh": "#!/bin/zsh\nsleep infinity\n",
  }),
  "a script without a first line": failed({
    ...built(
      `${BASE}COPY --chmod=755 run.sh /app/\nCMD ["/app/run.sh"]\n`,
      UNREADY,
    ),
    "run.sh": "sleep infinity\n",
  }),
  "a library that is missing": failed(built(
    `${BASE}RUN cp /bin/bash /server && rm -f /lib/*/libtinfo.so.6\nCMD ["/server", "-c", "true"]\n`,
    UNREADY,
  )),
  "a module of Python that is missing": failed(project({
    app: python("import flask", UNREADY),
  })),
  "a module of Node that is hidden by a mount": failed({
    ...project({
      app: node("", {
        command: ["node", "server.js"],
        working_dir: "/app",
        volumes: ["./:/app"],
        ...UNREADY,
      }),
    }),
    "server.js": 'require("express")();\n',
  }),
  "a mounted file that is missing": failed(project({
    app: sh("cat /etc/shop.conf", {
      volumes: ["./shop.conf:/etc/shop.conf"],
      ...UNREADY,
    }),
  })),
  "a file that is missing for a mount over a file": failed(project({
    app: sh(RUNS, { volumes: ["./bashrc:/etc/bash.bashrc"] }),
  })),
  "a health check whose program is missing": failed(project({
    app: sh(RUNS, {
      healthcheck: {
        test: ["CMD-SHELL", "curl -f localhost || exit 1"],
        retries: 100,
      },
    }),
  })),
  "a health check that asks the wrong port": failed(project({
    app: node('require("http").createServer().listen(3000)', {
      healthcheck: {
        test: [
          "CMD",
          "node",
          "-e",
          'require("net").connect(8000, "127.0.0.1")',
        ],
        interval: "1s",
        retries: 2,
      },
    }),
  })),
  "a wrong password": failed(asking(
    ["psql", "-h", "db", "-U", "shop", "-c", "select 1"],
    { PGPASSWORD: "wrong" },
  )),
  "a table that is missing": failed(asking(
    ["psql", "-h", "db", "-U", "postgres", "-c", "select * from items"],
    { PGPASSWORD: "secret" },
    "seed",
  )),
  "a name of a service that is misspelled": failed(asking(
    ["psql", "-h", "dbb", "-U", "postgres", "-c", "select 1"],
    { PGPASSWORD: "secret" },
  )),
  "a database on the loopback of another container": failed(asking(
    ["psql", "-h", "127.0.0.1", "-U", "postgres", "-c", "select 1"],
    { PGPASSWORD: "secret" },
  )),
  "a port on which a database does not listen": failed(asking(
    ["psql", "-h", "db", "-p", "5433", "-U", "postgres", "-c", "select 1"],
    { PGPASSWORD: "secret" },
  )),
  "a service on another network": failed({
    "docker-compose.yml": JSON.stringify({
      networks: { front: {}, back: {} },
      services: {
        cache: sh(RUNS, { networks: ["back"] }),
        app: node('require("net").connect(6379, "cache")', {
          networks: ["front"],
          depends_on: ["cache"],
          ...UNREADY,
        }),
      },
    }),
  }),
  "an application that only its own container reaches": failed(project({
    app: node(
      'require("http").createServer((_, to) => to.end()).listen(8000, "127.0.0.1")',
      { expose: ["8000"] },
    ),
    acceptance: accepting("http://app:8000/"),
  })),
  "an application that answers with an error": failed(project({
    app: node(
      `require("http").createServer((_, to) => {
        console.error('error: relation "items" does not exist');
        to.writeHead(500).end();
      }).listen(8000)`,
    ),
    acceptance: node(
      `const ask = () => fetch("http://app:8000/").then(({ status }) => {
        console.log(status + " == 200");
        process.exit(1);
      }, () => setTimeout(ask, 100));
      ask();`,
      {
        profiles: ["test"],
        depends_on: { app: { condition: "service_started" } },
      },
    ),
  })),
  "a file system that is read-only": failed(project({
    app: sh("echo 17 > /run/app.pid", { read_only: true, ...UNREADY }),
  })),
  "a tmpfs that is full": failed(project({
    app: sh("dd if=/dev/zero of=/cache/x bs=1M count=2 status=none", {
      tmpfs: ["/cache:size=1m"],
      ...UNREADY,
    }),
  })),
  "a volume that is closed to the user": failed(project({
    app: sh("echo 17 > /data/x", {
      user: "1000",
      volumes: ["/data"],
      ...UNREADY,
    }),
  })),
  "a heap of Node that is full": failed(project({
    // Its other lines differ from run to run.
    app: sh(
      'node --max-old-space-size=20 -e "$SCRIPT" 2>&1 | grep FATAL; exit 134',
      {
        image: NODE,
        environment: {
          SCRIPT: "const all = []; for (;;) all.push(new Array(1000).fill({}))",
        },
        mem_limit: "512m",
        ...UNREADY,
      },
    ),
  })),
  "too many open files": failed(project({
    app: python("all = [open('/etc/passwd') for _ in range(99)]", {
      ulimits: { nofile: 20 },
      ...UNREADY,
    }),
  })),
  "a variable that is not set": failed(project({
    app: python("import os; os.environ['SECRET_KEY']", UNREADY),
  })),
  "a port that another program of the container has": failed(project({
    app: node(
      'const http = require("http"); for (const _ of "ab") http.createServer().listen(8000)',
      UNREADY,
    ),
  })),
};
