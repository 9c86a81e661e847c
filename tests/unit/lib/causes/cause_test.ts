import { assertEquals } from "@std/assert";
import { causeIn } from "../../../../lib/causes/cause.ts";
import type { Facts, Mounted } from "../../../../lib/causes/facts.ts";
import { factsWith, service, SERVICES } from "./facts.ts";

/** The last words of programs, word for word but for names, and the cause in them. */
type Sample = [lines: string | string[], cause: string, facts?: Partial<Facts>];

function convert(file: string): string {
  return `Convert it: sed -i 's/\\r$//' ${file}, and write "* text eol=lf" into .gitattributes`;
}

const NOT_IN_PATH = '"gunicorn" is not in the image, or not in its PATH';

const PROGRAMS: Sample[] = [
  ["sh: 1: gunicorn: not found", NOT_IN_PATH],
  ["sh: 1: exec: gunicorn: not found", NOT_IN_PATH],
  ["/bin/sh: 1: gunicorn: not found", NOT_IN_PATH],
  ["bash: line 1: gunicorn: command not found", NOT_IN_PATH],
  ["/entrypoint.sh: line 5: exec: gunicorn: not found", NOT_IN_PATH],
  ["/bin/sh: gunicorn: not found", NOT_IN_PATH],
  [
    "/usr/bin/env: 'python3': No such file or directory",
    '"python3" is not in the image, or not in its PATH',
  ],
  [
    [
      "/usr/bin/env: 'python3\\r': No such file or directory",
      "/usr/bin/env: use -[v]S to pass options in shebang lines",
    ],
    `a script begins with "#!/usr/bin/env python3\\r": its lines end in CR LF. ${
      convert("FILE")
    }`,
  ],
  [
    "env: can't execute 'python3\r': No such file or directory",
    `a script begins with "#!/usr/bin/env python3\\r": its lines end in CR LF. ${
      convert("FILE")
    }`,
  ],
  [
    "/entrypoint.sh: line 2: $'\\r': command not found",
    `the lines of a script end in CR LF. ${convert("FILE")}`,
  ],
  [
    "bash: /app/run.sh: /bin/zsh: bad interpreter: No such file or directory",
    '/app/run.sh begins with "#!/bin/zsh", which is not in the image',
  ],
  [
    "bash: /app/run.sh: /bin/bash^M: bad interpreter: No such file or directory",
    `/app/run.sh begins with "#!/bin/bash\\r": its lines end in CR LF. ${
      convert("run.sh")
    }`,
  ],
  [
    "exec /app/run.sh: no such file or directory",
    `/app/run.sh begins with "#!/bin/sh\\r": its lines end in CR LF. ${
      convert("run.sh")
    }`,
    {
      program: {
        path: "/app/run.sh",
        isThere: true,
        firstLine: "#!/bin/sh\r",
        interpreter: "/bin/sh\r",
        hasInterpreter: false,
      },
    },
  ],
  [
    "sh: 1: /app/run.sh: not found",
    '/app/run.sh begins with "#!/bin/bash -e", and /bin/bash is not in the image',
    {
      program: {
        path: "/app/run.sh",
        isThere: true,
        firstLine: "#!/bin/bash -e",
        interpreter: "/bin/bash",
        hasInterpreter: false,
      },
    },
  ],
  [
    "exec /server: no such file or directory",
    "/server needs /lib64/ld-linux-x86-64.so.2, which is not in the image: it is built for glibc (Debian, not Alpine)",
    {
      program: {
        path: "/server",
        isThere: true,
        interpreter: "/lib64/ld-linux-x86-64.so.2",
        hasInterpreter: false,
        machine: "amd64",
      },
    },
  ],
  [
    "exec /app/run.sh: no such file or directory",
    "/app/run.sh is not in the image",
    { program: { path: "/app/run.sh", isThere: false } },
  ],
  [
    "exec /server: exec format error",
    "/server is made for arm64, and this engine runs amd64",
    {
      program: {
        path: "/server",
        isThere: true,
        machine: "arm64",
        image: "amd64",
        engine: "amd64",
      },
    },
  ],
  [
    "exec /bin/sh: exec format error",
    "the image is made for arm64, and this engine runs amd64",
    {
      program: {
        path: "/bin/sh",
        isThere: true,
        image: "arm64",
        engine: "amd64",
      },
    },
  ],
  [
    "exec /run.sh: exec format error",
    "/run.sh is no program, and does not begin with a line such as #!/bin/sh",
    { program: { path: "/run.sh", isThere: true, firstLine: "echo hello" } },
  ],
  [
    "exec /server: exec format error",
    "the program, or the image, is made for another processor architecture",
  ],
  [
    "sh: 1: /app/run.sh: Permission denied",
    "/app/run.sh is not executable (126): COPY --chmod=755 makes it so; or call it by sh",
    { exitCode: 126 },
  ],
  [
    "exec /app/run.sh: permission denied",
    "/app/run.sh is not executable (126): COPY --chmod=755 makes it so; or call it by sh",
  ],
  [
    "/entrypoint.sh: 3: /app/bin/serve: not found",
    "/app/bin/serve is not there: the folder /code is mounted at /app, over the image's own files",
    { mounts: [mount("folder", "/code", "/app")] },
  ],
];

const LIBRARIES: Sample[] = [
  [
    "/tmp/b: error while loading shared libraries: libpq.so.5: cannot open shared object file: No such file or directory",
    "the library libpq.so.5, which /tmp/b needs, is not in the image",
  ],
  [
    "ImportError: libpq.so.5: cannot open shared object file: No such file or directory",
    "the library libpq.so.5 is not in the image",
  ],
  [
    "Error loading shared library libpq.so.5: No such file or directory (needed by /server)",
    "the library libpq.so.5, which /server needs, is not in the image",
  ],
  [
    "/server: /lib/x86_64-linux-gnu/libc.so.6: version `GLIBC_2.38' not found (required by /server)",
    "/server needs GLIBC_2.38, and the image has an older one: build and run it on the same base image",
  ],
  [
    "Error relocating /server: gnu_get_libc_version: symbol not found",
    "/server lacks the symbol gnu_get_libc_version: it is built for another C library, or version of one, than the image has (glibc, musl)",
  ],
  [
    [
      "Traceback (most recent call last):",
      '  File "<string>", line 1, in <module>',
      "ModuleNotFoundError: No module named 'flask'",
    ],
    'the program does not find its module "flask" in the image',
  ],
  [
    "/usr/local/bin/python: No module named uvicorn",
    'the program does not find its module "uvicorn" in the image',
  ],
  [
    [
      "node:internal/modules/cjs/loader:1568",
      "  throw err;",
      "  ^",
      "",
      "Error: Cannot find module 'express'",
      "Require stack:",
      "- /app/server.js",
      "    at Module._resolveFilename (node:internal/modules/cjs/loader:1564:15)",
      ...Array.from({ length: 9 }, (_, i) => `    at frame${i} (a.js:1:2)`),
      "  code: 'MODULE_NOT_FOUND',",
      "  requireStack: [ '/app/server.js' ]",
      "}",
      "",
      "Node.js v24.22.3",
    ],
    'the program does not find its module "express" in the image; the folder /code is mounted at /app, over the image\'s own files',
    { mounts: [mount("folder", "/code", "/app")] },
  ],
  [
    "Error: Cannot find module '/app/server.js'",
    "/app/server.js is not in the image",
  ],
  [
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package 'pg' imported from /app/server.js",
    'the program does not find its module "pg" in the image',
  ],
  [
    "<internal:/usr/lib/ruby/rubygems/core_ext/kernel_require.rb>:85:in `require': cannot load such file -- sinatra (LoadError)",
    'the program does not find its module "sinatra" in the image',
  ],
  [
    "Error: Unable to access jarfile app.jar",
    'the program does not find its module "app.jar" in the image',
  ],
  [
    "Caused by: java.lang.ClassNotFoundException: org.postgresql.Driver",
    'the program does not find its module "org.postgresql.Driver" in the image',
  ],
  [
    "PHP Fatal error:  Uncaught Error: Failed opening required '/app/vendor/autoload.php' (include_path='.:/usr/share/php')",
    "/app/vendor/autoload.php is not in the image",
  ],
  [
    "python: can't open file '/app/manage.py': [Errno 2] No such file or directory",
    "/app/manage.py is not in the image",
  ],
  [
    [
      "npm error enoent Could not read package.json: Error: ENOENT: no such file or directory, open '/app/package.json'",
      "npm error enoent This is related to npm not being able to find a file.",
      "npm error enoent",
      "npm error A complete log of this run can be found in: /root/.npm/_logs/2026-11-30T21_57_27_269Z-debug-0.log",
    ],
    "/app/package.json is not in the image",
  ],
];

const DATABASES: Sample[] = [
  [
    'psql: error: connection to server at "db" (172.27.0.2), port 5432 failed: FATAL:  password authentication failed for user "shop"',
    '"db" does not accept the password of user "shop"',
  ],
  [
    [
      'error: password authentication failed for user "shop"',
      "    at Parser.parseErrorMessage (/app/node_modules/pg-protocol/dist/parser.js:283:98)",
      "  length: 102,",
      "  severity: 'FATAL',",
      "  code: '28P01',",
      "  routine: 'auth_failed'",
      "}",
      "",
      "Node.js v18.20.4",
    ],
    '"db" does not accept the password of user "shop"; its volume shop_data was there before this run, with the password of that time',
    {
      services: SERVICES.map((one) =>
        one.service === "db" ? { ...one, oldVolume: "shop_data" } : one
      ),
    },
  ],
  [
    '{"level":"fatal","msg":"pq: password authentication failed for user \\"shop\\""}',
    '"db" does not accept the password of user "shop"',
  ],
  [
    "ERROR 1045 (28000): Access denied for user 'shop'@'172.27.0.5' (using password: YES)",
    '"books" does not accept the password of user "shop"',
  ],
  [
    "MongoServerError: Authentication failed.",
    '"mongo" does not accept the user, or the password',
  ],
  [
    "NOAUTH Authentication required.",
    '"cache" needs a password, and gets none',
  ],
  [
    "ReplyError: WRONGPASS invalid username-password pair or user is disabled.",
    '"cache" does not accept the user, or the password',
  ],
  [
    'Handshake terminated by server: 403 (ACCESS-REFUSED) with message "ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN"',
    '"broker" does not accept the user, or the password',
  ],
  [
    "Microsoft.Data.SqlClient.SqlException (0x80131904): Login failed for user 'sa'.",
    'the data store does not accept the password of user "sa"',
  ],
  [
    'psql: error: connection to server at "db" (172.27.0.2), port 5432 failed: FATAL:  database "nodb" does not exist',
    '"db" has no database "nodb"',
  ],
  [
    "ERROR 1049 (42000): Unknown database 'nodb'",
    '"books" has no database "nodb"',
  ],
  [
    [
      'ERROR:  relation "items" does not exist',
      "LINE 1: select * from items",
      "                      ^",
    ],
    '"db" has no table "items": a migration is missing, or has not run',
  ],
  [
    "ERROR 1146 (42S02) at line 1: Table 'shop.items' doesn't exist",
    '"books" has no table "shop.items": a migration is missing, or has not run',
  ],
  [
    "sqlite3.OperationalError: no such table: items",
    'the data store has no table "items": a migration is missing, or has not run',
  ],
  [
    '2026-11-30 22:50:19.055 UTC [98] ERROR:  relation "items" does not exist at character 15',
    '"db" has no table "items": a migration is missing, or has not run',
    { service: "db" },
  ],
];

const NETWORK: Sample[] = [
  [
    [
      "Error: getaddrinfo ENOTFOUND cachee",
      "    at GetAddrInfoReqWrap.onlookupall [as oncomplete] (node:dns:123:26)",
      "  errno: -3008,",
      "  hostname: 'cachee'",
      "}",
    ],
    'the name "cachee" does not resolve: no service is called so, but one is called "cache"',
  ],
  [
    'psql: error: could not translate host name "database" to address: Name or service not known',
    'the name "database" does not resolve: no service of the Compose file is called so',
  ],
  [
    "Could not connect to Redis at smtp.example.com:25: Name or service not known",
    'the name "smtp.example.com" does not resolve',
  ],
  [
    "ERROR 2005 (HY000): Unknown server host 'left' (-2)",
    'the name "left" does not resolve: this run does not start that service',
  ],
  [
    "dial tcp: lookup apart on 127.0.0.11:53: no such host",
    'the name "apart" does not resolve: "apart" is on the network back, and "app" on default',
  ],
  [
    "Caused by: java.net.UnknownHostException: gone",
    'the name "gone" does not resolve: "gone" has ended',
  ],
  [
    "php_network_getaddresses: getaddrinfo for late failed: Name does not resolve",
    'the name "late" does not resolve: "app" does not wait until "late" runs (depends_on)',
  ],
  [
    "redis.exceptions.ConnectionError: Error -3 connecting to late:6379. Temporary failure in name resolution.",
    'the name "late" does not resolve: "app" does not wait until "late" runs (depends_on)',
  ],
  [
    "curl: (6) Could not resolve host: host.docker.internal",
    'the name "host.docker.internal" does not resolve: extra_hosts: ["host.docker.internal:host-gateway"] adds it',
  ],
  [
    'nginx: [emerg] host not found in upstream "ap" in /etc/nginx/conf.d/default.conf:3',
    'the name "ap" does not resolve: no service of the Compose file is called so',
  ],
  [
    "Error: connect ECONNREFUSED 127.0.0.1:5432",
    '127.0.0.1 is the container of "app" itself; port 5432 is that of "db": connect to db:5432',
  ],
  [
    "Error: connect ECONNREFUSED ::1:5432",
    '127.0.0.1 is the container of "app" itself; port 5432 is that of "db": connect to db:5432',
  ],
  [
    "Connecting to localhost (localhost)|127.0.0.1|:8000... failed: Connection refused.",
    '"app" listens on port 3000, but port 8000 was asked',
    {
      services: [
        service("app", {
          unreachable: "listens on port 3000, but port 8000 was asked",
        }),
      ],
    },
  ],
  [
    "Error: connect ECONNREFUSED 127.0.0.1:8000",
    'nothing listened on port 8000 in the container of "app" itself',
  ],
  [
    "  [cause]: Error: connect ECONNREFUSED 172.18.0.2:5432",
    '"db" did not listen on port 5432 at that time: "app" does not wait for its health (service_healthy)',
  ],
  [
    [
      'psycopg2.OperationalError: connection to server at "db" (172.22.0.2), port 5432 failed: Connection refused',
      "\tIs the server running on that host and accepting TCP/IP connections?",
    ],
    '"db" did not listen on port 5432 at that time',
    { needs: new Map([["db", "service_healthy"]]) },
  ],
  [
    "dial tcp 172.18.0.9:9200: connect: connection refused",
    '"gone" has ended, so that its port 9200 refuses connections',
  ],
  [
    "ERROR 2002 (HY000): Can't connect to server on 'books' (115)",
    '"books" did not listen on port 3306 at that time: "app" does not wait for its health (service_healthy)',
  ],
  [
    "curl: (7) Failed to connect to web port 8000 after 3 ms: Couldn't connect to server",
    '"web" listens on 127.0.0.1:8000 only: bind 0.0.0.0',
    {
      services: [
        ...SERVICES,
        service("web", {
          unreachable: "listens on 127.0.0.1:8000 only: bind 0.0.0.0",
        }),
      ],
    },
  ],
  [
    "TypeError: fetch failed",
    '"web" listens on 127.0.0.1:8000 only: bind 0.0.0.0',
    {
      services: [
        ...SERVICES,
        service("web", {
          unreachable: "listens on 127.0.0.1:8000 only: bind 0.0.0.0",
        }),
      ],
    },
  ],
  [
    '2026/11/30 22:00:00 [error] 29#29: *1 connect() failed (111: Connection refused) while connecting to upstream, client: 172.18.0.1, server: , request: "GET / HTTP/1.1", upstream: "http://172.18.0.2:5432/", host: "x"',
    '"db" did not listen on port 5432 at that time: "app" does not wait for its health (service_healthy)',
  ],
  [
    [
      "Error: listen EADDRINUSE: address already in use :::80",
      "    at Server.setupListenHandle [as _listen2] (node:net:2390:16) {",
      "  code: 'EADDRINUSE',",
      "}",
    ],
    "port 80 is in use in the same container already",
  ],
  [
    "nginx: [emerg] bind() to 0.0.0.0:80 failed (98: Address already in use)",
    "port 80 of this machine is in use already: the container uses the machine's network",
    { onHost: true },
  ],
  [
    "OSError: [Errno 98] Address already in use",
    "its port is in use in the same container already",
  ],
];

const FILES: Sample[] = [
  [
    "IsADirectoryError: [Errno 21] Is a directory: '/etc/app.conf'",
    "/code/app.conf, mounted at /etc/app.conf, is a folder: Docker makes one where the file to mount is missing",
    { mounts: [mount("folder", "/code/app.conf", "/etc/app.conf")] },
  ],
  [
    "Error: EISDIR: illegal operation on a directory, read",
    "/code/app.conf, mounted at /etc/app.conf, is a folder: Docker makes one where the file to mount is missing",
    {
      mounts: [{
        ...mount("folder", "/code/app.conf", "/etc/app.conf"),
        isFolder: true,
      }],
    },
  ],
  [
    'nginx: [crit] pread() "/etc/nginx/nginx.conf" failed (21: Is a directory)',
    "/code/n.conf, mounted at /etc/nginx/nginx.conf, is a folder: Docker makes one where the file to mount is missing",
    { mounts: [mount("folder", "/code/n.conf", "/etc/nginx/nginx.conf")] },
  ],
  [
    "cat: /etc/no.conf: Is a directory",
    "/code/no.conf, mounted at /etc/no.conf, is a folder: Docker makes one where the file to mount is missing",
    { mounts: [mount("folder", "/code/no.conf", "/etc/no.conf")] },
  ],
  [
    "Error: EROFS: read-only file system, open '/data/x'",
    "/data/x is on the volume data, which is mounted read-only at /data",
    { mounts: [{ ...mount("volume", "data", "/data"), isReadOnly: true }] },
  ],
  [
    "OSError: [Errno 30] Read-only file system: '/etc/x'",
    "/etc/x is read-only (read_only: true): mount a tmpfs or a volume where the program writes",
    { isReadOnly: true },
  ],
  [
    "mkdir: cannot create directory '/data': Read-only file system",
    "/data is read-only (read_only: true): mount a tmpfs or a volume where the program writes",
    { isReadOnly: true },
  ],
  [
    "sh: 1: cannot create /etc/x: Read-only file system",
    "/etc/x is read-only (read_only: true): mount a tmpfs or a volume where the program writes",
    { isReadOnly: true },
  ],
  [
    "dd: error writing '/tmp/y': No space left on device",
    "the tmpfs /tmp is full: its size is 1.0 MiB",
    { mounts: [{ ...mount("tmpfs", "", "/tmp"), size: 2 ** 20 }] },
  ],
  [
    "Error: ENOSPC: no space left on device, write",
    "no space is left on the disk of the container: docker system df",
  ],
  [
    'ERROR:  could not resize shared memory segment "/PostgreSQL.1" to 8388608 bytes: No space left on device',
    "/dev/shm is full: its size is 64 MiB, see shm_size",
  ],
  [
    "Error: ENOSPC: System limit for number of file watchers reached, watch '/app'",
    "this machine lets programs watch no further files: sysctl fs.inotify.max_user_watches",
  ],
  [
    "PermissionError: [Errno 13] Permission denied: '/data/x'",
    'user "node", who runs the program, has no right to /data/x, on the volume data',
    { user: "node", mounts: [mount("volume", "data", "/data")] },
  ],
  [
    "Error: EACCES: permission denied, open '/etc/x'",
    'user "1000", who runs the program, has no right to /etc/x',
    { user: "1000" },
  ],
  [
    "bash: line 1: /etc/x: Permission denied",
    'user "1000", who runs the program, has no right to /etc/x',
    { user: "1000" },
  ],
  [
    "Error: listen EACCES: permission denied 0.0.0.0:80",
    'user "node" may not listen on port 80: one below 1024 needs root',
    { user: "node" },
  ],
  [
    "OSError: [Errno 24] Too many open files: '/etc/passwd'",
    "the program has too many files or connections open: see ulimits: nofile",
  ],
];

const OTHERS: Sample[] = [
  [
    [
      "FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory",
      "----- Native stack trace -----",
      "",
      ...Array.from({ length: 20 }, (_, i) => `${10 + i}: 0x9434f0  [node]`),
    ],
    "the heap of JavaScript is full: NODE_OPTIONS=--max-old-space-size=384 sets its size; the container's limit is 512 MiB",
    { memory: 2 ** 29 },
  ],
  [
    'Exception in thread "main" java.lang.OutOfMemoryError: Java heap space',
    "the heap of Java is full: -Xmx or -XX:MaxRAMPercentage sets its size; the container has no limit",
  ],
  [
    [
      "Traceback (most recent call last):",
      '  File "/x/s.py", line 2, in <module>',
      '    SECRET_KEY = os.environ["SECRET_KEY"]',
      "                 ~~~~~~~~~~^^^^^^^^^^^^^^",
      '  File "<frozen os>", line 679, in __getitem__',
      "KeyError: 'SECRET_KEY'",
    ],
    '"app" has no value for the variable SECRET_KEY: set it in environment or env_file',
  ],
  [
    "django.core.exceptions.ImproperlyConfigured: Set the SECRET_KEY environment variable",
    '"app" has no value for the variable SECRET_KEY: set it in environment or env_file',
  ],
  [
    "sh: 1: SECRET_KEY: parameter not set or null",
    '"app" has no value for the variable SECRET_KEY: set it in environment or env_file',
  ],
  [
    "bash: line 1: SECRET_KEY: unbound variable",
    '"app" has no value for the variable SECRET_KEY: set it in environment or env_file',
  ],
  [
    "Error: Missing required environment variable: API_TOKEN",
    '"app" has no value for the variable API_TOKEN: set it in environment or env_file',
  ],
  [
    "environment variable DATABASE_URL is not set",
    '"app" has no value for the variable DATABASE_URL: set it in environment or env_file',
  ],
  [
    [
      "Error: Database is uninitialized and superuser password is not specified.",
      "       You must specify POSTGRES_PASSWORD to a non-empty value for the",
      '       superuser. For example, "-e POSTGRES_PASSWORD=password" on "docker run".',
    ],
    '"app" has no value for the variable POSTGRES_PASSWORD: set it in environment or env_file',
  ],
];

for (
  const [lines, cause, facts] of [
    ...PROGRAMS,
    ...LIBRARIES,
    ...DATABASES,
    ...NETWORK,
    ...FILES,
    ...OTHERS,
  ]
) {
  const all = [lines].flat();
  Deno.test(`the cause of: ${all.join(" ").slice(0, 100)}`, () => {
    assertEquals(causeIn(all, factsWith(facts))?.why, cause);
  });
}

function mount(
  kind: Mounted["kind"],
  source: string,
  target: string,
): Mounted {
  return { kind, source, target, isReadOnly: false };
}

/** Words that are no cause, or that the facts contradict. */
const SILENT: [what: string, lines: string[], facts?: Partial<Facts>][] = [
  ["nothing", []],
  ["a crash of its own", ["Error: no items", "    at main (/app/a.js:1:2)"]],
  [
    "a test that expects the words",
    [
      'ok 1 - tells password authentication failed for user "x"',
      "not ok 2 - adds",
    ],
  ],
  [
    "words long before the end",
    [
      "Error: connect ECONNREFUSED 127.0.0.1:5432",
      ..."abcdefghij".split("").map((word) => `line ${word}`),
    ],
  ],
  [
    "words before the program worked",
    ["connect ECONNREFUSED 172.18.0.2:5432, again", "connected", "Killed"],
  ],
  ["a dictionary without a key", ["KeyError: 'NAME'"]],
  [
    "a variable that has a value",
    ["environment variable API_TOKEN is not set"],
    { variables: ["API_TOKEN"] },
  ],
  ["a refusal of a host that is no service", [
    "dial tcp 10.0.0.1:443: connect: connection refused",
  ]],
  ["a refusal without a host", [
    "ConnectionRefusedError: [Errno 111] Connection refused",
  ]],
  ["a folder that no mount is", ["cat: /etc: Is a directory"]],
  ["a read-only file that nothing explains", [
    "Read-only file system: '/proc/sys/x'",
  ]],
  ["a table that a migration itself lacks", [
    "sqlite3.OperationalError: no such table: items",
  ], { service: "migrate" }],
  ["a file closed to root", ["Permission denied: '/data/x'"]],
];

for (const [what, lines, facts] of SILENT) {
  Deno.test(`no cause: ${what}`, () => {
    assertEquals(causeIn(lines, factsWith(facts)), undefined);
  });
}

Deno.test("lines that repeat, such as those of a health check, hide no cause", () => {
  const probes = Array.from({ length: 60 }, (_, i) => [
    "--- no python application found, check your startup logs for errors ---",
    `[pid: 7|app: -1|req: -1/${i}] 127.0.0.1 () {28 vars} [30/Nov/2026:22:00:${i}] GET / => 21 bytes (HTTP/1.1 500)`,
  ]).flat();
  assertEquals(
    causeIn(
      ["ModuleNotFoundError: No module named 'flask'", ...probes],
      factsWith(),
    )?.why,
    'the program does not find its module "flask" in the image',
  );
});

Deno.test("the last line that has a cause counts, and one with names before one without", () => {
  const closed = service("web", { unreachable: "listens on no TCP port" });
  assertEquals(
    causeIn([
      "Error: connect ECONNREFUSED 127.0.0.1:5432",
      "Error: getaddrinfo ENOTFOUND gone",
      "TypeError: fetch failed",
    ], factsWith({ services: [...SERVICES, closed] }))?.why,
    'the name "gone" does not resolve: "gone" has ended',
  );
});

Deno.test("colors and controls hide no words, and long lines take no time", () => {
  assertEquals(
    causeIn(["\x1b[31msh: 1: gunicorn: not found\x1b[0m"], factsWith())?.why,
    NOT_IN_PATH,
  );
  for (const part of ["/a ", "a.", "Connection refused ", "'/a", "0: "]) {
    const hostile = Array.from({ length: 100 }, () => part.repeat(100_000));
    assertEquals(causeIn(hostile, factsWith()), undefined);
  }
});
