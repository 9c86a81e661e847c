/**
 * A second Docker Engine, as if on a machine of its own: it listens on a loopback address other than 127.0.0.1, and it
 * does not see the files of a checkout.
 *
 * Its processes live in namespaces, and it has its own addresses. Two `sh`s hold these namespaces until their input
 * ends, so that the kernel kills and unmounts everything even when the test itself is killed: one holds the mounts,
 * which are what the machine's disk is; the other is process 1 of the engine, and with it everything of the engine dies.
 *
 * @module
 */
import { exists } from "../lab/files.ts";
import { until } from "../lab/processes.ts";
import { readState } from "../lab/state.ts";
import { exec, output } from "./harness.ts";

/** Debian keeps dockerd, ip and iptables in the last two folders, and `su` leaves them out of root's PATH. */
export const PATH = `${Deno.env.get("PATH") ?? ""}:/usr/sbin:/sbin`;

/** A Docker Engine that a test may kill and start. */
export interface SecondEngine {
  /** Where it listens, for DOCKER_HOST, such as tcp://127.0.0.2:23751. */
  host: string;
  /**
   * Kills everything of the engine at once, containers included, and drops what a machine without power loses: /run,
   * network interfaces, cgroups. Images, containers and volumes stay, for {@linkcode start}. Connections break at once,
   * as when an engine crashes; they do not hang, as when a machine vanishes. Does nothing when it does not run.
   */
  kill(): Promise<void>;
  /**
   * Starts it again on the same address and data, and waits until it answers.
   *
   * @throws {Error} when it runs already; with the end of its log when it does not answer
   */
  start(): Promise<void>;
}

/** Options of {@linkcode withSecondEngine}. */
export interface SecondEngineOptions {
  /**
   * The folder that the engine sees empty: by default the one for temporary files, where every checkout is. The engine
   * makes mounted folders from there anew on its side, as on another machine.
   */
  hiddenFolder?: string;
  /**
   * The size of the engine's disk, in MiB; by default half of the machine's memory. The disk is in memory: images count
   * (about 80 for Debian, 170 with Deno), and what is not used costs nothing.
   */
  diskMegabytes?: number;
  /** The prefix length of the addresses of all its networks, each of which takes a /24; default: 16. */
  pool?: number;
}

/**
 * The things that an engine has to itself; all of them follow from a number, so that the next use finds the leftovers
 * of a killed one.
 */
interface Slot {
  /** Names its bridge, its cgroups and its folder. */
  name: string;
  hostname: string;
  /** The first two numbers of all its networks' addresses, with the dot. */
  addresses: string;
  /** Where its mounts are; on the machine itself this folder is empty. */
  folder: string;
  /** Taken as long as the slot is: a lock that its holder's death frees, and that leaves no file. */
  lock: Deno.Listener;
}

/** The same with the pool of addresses. */
type EngineSlot = Slot & Required<Pick<SecondEngineOptions, "pool">>;

/** A program with its arguments. */
type Command = readonly [string, ...string[]];

/** An engine that runs. */
interface Running {
  child: Deno.ChildProcess;
  /** Its output, once it has ended. */
  log: Promise<string>;
}

const NEEDS = ["dockerd", "docker", "unshare", "nsenter", "ip", "iptables"];
/** The first of a slot's ports, below those that the kernel and Docker give out: free again after a kill. */
const FIRST_PORT = 23750;
const LAST_SLOT = 20;
const READY_MS = 60_000;
const CGROUPS = "/sys/fs/cgroup";

/** $1: the hidden folder, $2: the disk's size, $3: the slot's folder. With its last line its outputs end. */
const HOLD_DISK = `
mount -t tmpfs -o mode=1777 hidden "$1"
mkdir -p "$3"
mount -t tmpfs -o "size=$2" disk "$3"
mkdir "$3/data" "$3/run"
echo ready
exec cat >/dev/null 2>&1
`;

/**
 * $1: the folder for the run-time state, then dockerd and its arguments. A background job of sh has no input, hence the
 * descriptor. Containerd's own folder is hidden: dockerd would use the system's containerd if it found its socket, and
 * shims put sockets there whatever the folders are that dockerd is given.
 */
const RUN_ENGINE = `
mount -t tmpfs run "$1"
mkdir -p /run/containerd
mount -t tmpfs run /run/containerd
shift
exec 3<&0
"$@" </dev/null 3<&- &
engine=$!
{ cat <&3 >/dev/null; kill -KILL "$engine"; } &
wait "$engine"
`;

/**
 * Gives the test a Docker Engine of its own, empty, that shares nothing with the usual one but the kernel and the
 * registry mirror of the lab. Ports that its containers publish are open on every address of the machine. Networks must
 * have the addresses that the engine chooses. Afterwards it is killed, and nothing of it is left, whether the test
 * passed or not.
 *
 * @throws {Error} when the machine cannot run one (it takes Linux, root and dockerd); with the end of the engine's log
 *   when it does not start; when something of it is left
 */
export async function withSecondEngine(
  test: (engine: SecondEngine) => Promise<void>,
  {
    hiddenFolder = Deno.env.get("TMPDIR") || "/tmp",
    diskMegabytes,
    pool = 16,
  }: SecondEngineOptions = {},
): Promise<void> {
  await requireMachine();
  const slot = takeSlot();
  try {
    await clear(slot);
    const size = diskMegabytes === undefined ? "50%" : `${diskMegabytes}m`;
    const disk = await holdDisk(slot, hiddenFolder, size);
    try {
      const engine = engineOn({ ...slot, pool }, disk);
      try {
        await engine.start();
        await test(engine);
      } finally {
        await engine.kill();
      }
    } finally {
      await end(disk);
      await Deno.remove(slot.folder);
    }
    // Not in the clean-up, where it would hide why the test failed.
    const left = (await remains(slot)).map((removal) => removal.join(" "));
    if (left.length === 0) return;
    throw new Error(
      `Left by the second engine, removed by:\n${left.join("\n")}`,
    );
  } finally {
    slot.lock.close();
  }
}

async function requireMachine(): Promise<void> {
  const cannot = (why: string) =>
    new Error(`Cannot run a second Docker Engine: ${why}`);
  if (Deno.build.os !== "linux") throw cannot("it takes Linux");
  if (Deno.uid() !== 0) throw cannot("it takes root");
  const search: Command = ["sh", "-c", 'command -v "$1"', "sh"];
  for (const program of NEEDS) {
    const { code } = await exec([...search, program], { env: { PATH } });
    if (code !== 0) throw cannot(`there is no ${program} on the PATH`);
  }
}

/** The first slot that no other test uses. */
function takeSlot(): Slot {
  for (let number = 2; number <= LAST_SLOT; number++) {
    const hostname = `127.0.0.${number}`;
    const lock = listen(hostname, FIRST_PORT);
    if (!lock) continue;
    const name = `todoflow-eng${number}`;
    const addresses = `10.${211 + number}.`;
    return { name, hostname, addresses, folder: `/run/${name}`, lock };
  }
  throw new Error(
    `Port ${FIRST_PORT} is taken on 127.0.0.2 to 127.0.0.${LAST_SLOT}`,
  );
}

/** Nothing when the port is taken. */
function listen(hostname: string, port: number): Deno.Listener | undefined {
  try {
    return Deno.listen({ hostname, port });
  } catch (error) {
    if (error instanceof Deno.errors.AddrInUse) return undefined;
    throw error;
  }
}

function freePort({ hostname }: Slot): number {
  for (let port = FIRST_PORT + 1; port < FIRST_PORT + 100; port++) {
    const listener = listen(hostname, port);
    if (!listener) continue;
    listener.close();
    return port;
  }
  throw new Error(`No free port on ${hostname}`);
}

/** Makes a mount namespace and keeps it: the disk has to outlive a killed engine. */
async function holdDisk(
  slot: Slot,
  hiddenFolder: string,
  size: string,
): Promise<Deno.ChildProcess> {
  await Deno.mkdir(slot.folder, { recursive: true });
  const child = new Deno.Command("unshare", {
    args: [
      ...["--mount", "--propagation", "private"],
      ...["sh", "-ec", HOLD_DISK, "sh", hiddenFolder, size, slot.folder],
    ],
    env: { PATH },
    detached: true,
    stdin: "piped",
    stdout: "piped",
    stderr: "piped",
  }).spawn();
  const [said, errors] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if (said.trim() === "ready") return child;
  await end(child);
  await Deno.remove(slot.folder);
  throw new Error(`Cannot make the second engine's mounts: ${errors.trim()}`);
}

function engineOn(slot: EngineSlot, disk: Deno.ChildProcess): SecondEngine {
  const host = `tcp://${slot.hostname}:${freePort(slot)}`;
  let running: Running | undefined;
  const kill = async () => {
    const killed = running;
    running = undefined;
    if (killed) {
      await end(killed.child);
      await killed.log;
    }
    // Even then: a start may have failed before there was a process.
    await clear(slot);
  };
  const start = async () => {
    if (running) throw new Error("The second engine runs already");
    await makeNetwork(slot);
    const { child, log } = running = spawnEngine(slot, disk, host);
    let over = false;
    child.status.then(() => over = true);
    const answers = async () =>
      over || (await exec(["docker", "--host", host, "version"])).code === 0;
    const inTime = await until(answers, READY_MS);
    if (inTime && !over) return;
    const why = over ? "ended" : `did not answer in ${READY_MS / 1000} s`;
    await kill();
    const tail = (await log).trim().split("\n").slice(-20).join("\n");
    throw new Error(`The second engine ${why}.\n${tail}`);
  };
  return { host, kill, start };
}

/**
 * Makes what dockerd makes at its start when it manages iptables itself. That would do harm here: it empties the chains
 * that the published ports of the usual engine depend on.
 */
async function makeNetwork({ name, addresses }: Slot): Promise<void> {
  const all = `${addresses}0.0/16`;
  const commands = [
    `ip link add ${name} type bridge`,
    `ip address add ${addresses}0.1/24 dev ${name}`,
    `ip link set ${name} up`,
    // The usual engine forbids to forward what is not its own, even between two ports of a bridge.
    `iptables -w -I FORWARD -s ${all} -j ACCEPT`,
    `iptables -w -I FORWARD -d ${all} -j ACCEPT`,
    // The containers' way out of the machine.
    `iptables -w -t nat -I POSTROUTING -s ${all} ! -d ${all} -j MASQUERADE`,
  ];
  for (const command of commands) {
    const [program = "", ...args] = command.split(" ");
    await output([program, ...args], { env: { PATH } });
  }
}

/** Starts the engine in the disk's mount namespace, with one below it that ends with the engine's processes. */
function spawnEngine(
  { name, addresses, folder, pool }: EngineSlot,
  disk: Deno.ChildProcess,
  host: string,
): Running {
  const { mirror } = readState();
  const dockerd = [
    "dockerd",
    `--host=${host}`,
    // Said in so many words, or later versions refuse to listen.
    "--tls=false",
    `--data-root=${folder}/data`,
    `--exec-root=${folder}/run`,
    `--pidfile=${folder}/run/docker.pid`,
    `--bridge=${name}`,
    // Else a start with data that are there already removes docker0, the usual engine's bridge: moby does so where address
    // pools are given, daemon/daemon_unix.go.
    "--live-restore",
    `--default-address-pool=base=${addresses}0.0/${pool},size=24`,
    "--iptables=false",
    "--ip6tables=false",
    // systemd could do nothing with process ids of another namespace.
    "--exec-opt=native.cgroupdriver=cgroupfs",
    `--cgroup-parent=/${name}`,
    ...(mirror ? [`--registry-mirror=http://127.0.0.1:${mirror}`] : []),
  ];
  const child = new Deno.Command("nsenter", {
    args: [
      `--mount=/proc/${disk.pid}/ns/mnt`,
      ...["unshare", "--mount", "--pid", "--fork", "--mount-proc"],
      ...["sh", "-ec", RUN_ENGINE, "sh", `${folder}/run`, ...dockerd],
    ],
    cwd: "/",
    env: { PATH },
    detached: true,
    stdin: "piped",
    stdout: "null",
    stderr: "piped",
  }).spawn();
  return { child, log: new Response(child.stderr).text() };
}

/** Ends the input of a process, which makes it end, and waits until it and all in its namespaces are gone. */
async function end({ stdin, status }: Deno.ChildProcess): Promise<void> {
  await stdin.close();
  await status;
}

/** Removes what a killed engine leaves. The end of the use finds things that stay nevertheless. */
async function clear(slot: Slot): Promise<void> {
  for (const removal of await remains(slot)) {
    await exec(removal, { env: { PATH } });
  }
}

/** The leftovers of a killed engine in the machine's kernel, as the commands that remove them. */
async function remains(slot: Slot): Promise<Command[]> {
  return [
    ...await linksOf(slot),
    ...await rulesOf(slot, "filter"),
    ...await rulesOf(slot, "nat"),
    ...cgroupsOf(slot),
  ];
}

/** The part of the output of `ip -json` that is read. */
interface Link {
  ifname: string;
  /** The bridge that it is on. */
  master?: string;
}

/** The bridges of the engine's networks, and the containers' interfaces on them that the kernel has not removed yet. */
async function linksOf({ name, addresses }: Slot): Promise<Command[]> {
  const ip = async (...args: string[]): Promise<Link[]> =>
    JSON.parse(await output(["ip", "-json", ...args], { env: { PATH } }));
  const bridges = await ip("address", "show", "to", `${addresses}0.0/16`);
  const names = new Set([name, ...bridges.map(({ ifname }) => ifname)]);
  return (await ip("link"))
    .filter(({ ifname, master = "" }) => names.has(ifname) || names.has(master))
    .map(({ ifname }) => ["ip", "link", "delete", ifname]);
}

async function rulesOf(
  { addresses }: Slot,
  table: string,
): Promise<Command[]> {
  const iptables: Command = ["iptables", "-w", "-t", table];
  const rules = await output([...iptables, "-S"], { env: { PATH } });
  return rules.split("\n")
    .filter((rule) => rule.startsWith("-A ") && rule.includes(` ${addresses}`))
    .map((rule) => [...iptables, ...rule.replace("-A", "-D").split(" ")]);
}

/** At the top with cgroups of version 2, in every controller's folder with those of version 1. */
function cgroupsOf({ name }: Slot): Command[] {
  const controllers = [...Deno.readDirSync(CGROUPS)]
    .filter((entry) => entry.isDirectory)
    .map((entry) => `${CGROUPS}/${entry.name}`);
  return [CGROUPS, ...controllers]
    .map((parent) => `${parent}/${name}`)
    .filter(exists)
    .map((folder) => ["find", folder, "-depth", "-type", "d", "-delete"]);
}
