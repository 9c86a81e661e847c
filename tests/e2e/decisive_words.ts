/**
 * The words of each failure without which a reader cannot name its cause: they are in the last 24 lines of its screen.
 *
 * @module
 */

/** By the names of the failures; a line break may stand for each space. */
export const DECISIVE: Readonly<Record<string, readonly string[]>> = {
  "a failing unit test": ["not ok 2 - subtracts"],
  "a failing build step": ["[app 2/2] RUN", "/src/main.c: No such file"],
  "a build step whose program is not found": ['"gcc" is not in the image'],
  "a failing migration": ["no such table: items", "applying 0002_items"],
  "a database that is unhealthy": [
    '"db" is unhealthy',
    "cannot connect to socket /run/db.sock",
  ],
  "a database that is not healthy in time": [
    "not done within 3 s (x-todoflow.deadlines.ready)",
    "cannot connect to socket /run/db.sock",
  ],
  "an application that exits at its start": [
    "exited with code 3",
    "no SECRET_KEY",
  ],
  "an application without a health check that exits soon": [
    "exited with code 3",
    "no SECRET_KEY",
  ],
  "an application that is unhealthy": [
    '"app" is unhealthy',
    "cannot connect to socket /run/db.sock",
  ],
  "a failing acceptance test": ["not ok 1 - lists items"],
  "an application that ends while it is tested": [
    '"app" has ended meanwhile',
    "out of connections",
  ],
  "killed for want of memory": ["memory ran out", "its limit is 16 MiB"],
  "a container that is kept": [
    "no such table: items",
    "kept until: todoflow clean",
  ],
  "killed by somebody": ["was killed (137 is SIGKILL)"],
  "a program that is not found": ['"gunicorn" is not in the image'],
  "a program that a script does not find": ['"manage.py" is not in the image'],
  "a program that is not executable": ["/etc/profile is not executable"],
  "a program for another architecture": ["/server is made for arm64"],
  "a port that is taken": ["127.0.0.1:29314", '"app" publishes'],
  "a port that is taken meanwhile": ["127.0.0.1:29316", '"app" publishes'],
  "a full disk": ["the disk is full", "No space left on device"],
  "a base image that is missing": ["127.0.0.1:29315/base:1: not found"],
  "a registry that is unreachable": [
    "the registry cannot be reached",
    "127.0.0.1:1",
  ],
  "no engine": ["unix:///nowhere/docker.sock"],
  "no permission on the engine's socket": ["permission denied"],
  "an invalid Compose file": ["docker-compose.yml:35:7", '"port": 8000'],
  "a stage that is missing": ["docker-compose.yml:30:9", 'no stage "prod"'],
  "an invalid x-todoflow": ["docker-compose.yml:4:7", '"redy"', '"ready"'],
  "no commit": ["/code/shop has no commit yet"],
  "a lock that is held": ['another run has the project "shop"', "process 17"],
  "a deadline": [
    "not done within 2 s (x-todoflow.deadlines.step)",
    "waiting for a lock on items",
  ],
  "no Compose": ["Cannot find Docker Compose"],
  "a Compose that is too old": ["2.6.0: too old", "2.20 or later"],
  "address pools that are exhausted": ["no addresses left for a network"],
  "a database on the loopback of another container": ["connect to db:5432"],
  "a file system that is read-only": ["/run/app.pid is read-only", "read_only"],
  "a file that is missing for a mount over a file": [
    "/code/shop/bashrc is mounted at /etc/bash.bashrc",
  ],
  "a health check that asks the wrong port": [
    '"app" listens on port 3000, but port 8000 was asked',
  ],
  "a health check whose program is missing": ['"curl" is not in the image'],
  "a heap of Node that is full": ["the heap of JavaScript is full", "512 MiB"],
  "a library that is missing": ["libtinfo.so.6", "is not in the image"],
  "a module of Node that is hidden by a mount": [
    '"express"',
    "mounted at /app",
  ],
  "a module of Python that is missing": ['module "flask"'],
  "a mounted file that is missing": ["/code/shop/shop.conf", "is a folder"],
  "a name of a service that is misspelled": ['"dbb" does not resolve', '"db"'],
  "a port on which a database does not listen": [
    '"db" listens on port 5432, but "migrate" asks port 5433',
  ],
  "a port that a container has": ["127.0.0.1:29317", "docker stop shop-holder"],
  "a port that another program of the container has": [
    "port 8000 is in use in the same container",
  ],
  "a script whose interpreter is missing": ["/bin/zsh is not in the image"],
  "a script whose lines end in CR LF": ["/app/run.sh", "end in CR LF"],
  "a script without a first line": ["/app/run.sh is no program", "#!/bin/sh"],
  "a service on another network": [
    '"cache" is on the network "back"',
  ],
  "a table that is missing": ['"db" has no table "items"'],
  "a tmpfs that is full": ["the tmpfs /cache is full"],
  "a variable that is not set": ["SECRET_KEY"],
  "a volume that is closed to the user": ["/data/x", 'user "1000"'],
  "a wrong password": ['"db" does not accept the password of user "shop"'],
  "an application that answers with an error": [
    'no table "items"',
    "500 == 200",
  ],
  "an application that only its own container reaches": [
    '"app" listens on 127.0.0.1:8000 only',
  ],
  "too many open files": ["too many files", "nofile"],
  "a failing test of unittest": [
    "test_discount",
    "discount is wrong",
    "test_cart.py:8",
  ],
  "a failing test of Node": ["rounds prices", "== 0.3", "price.test.mjs:5"],
  "a failing test of Deno": [
    "counts down",
    "expected 1 left, got 2",
    "stock_test.ts:3",
  ],
};
