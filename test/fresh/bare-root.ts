import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  symlinkSync,
} from "node:fs";
import { delimiter, dirname, join } from "node:path";
import { withServerFolders } from "../setup/system-path.ts";

const server = withServerFolders();

/** Why no root can be made here; undefined when one can. */
export function obstacle(): string | undefined {
  if (process.platform !== "linux") return "this is not Linux";
  if (process.getuid?.() !== 0) return "only root may make one (run it with sudo)";
  for (const program of ["debootstrap", "unshare", "chroot", "git"]) {
    if (programOf(program) === undefined)
      return `there is no ${program} (Debian: apt-get install debootstrap git)`;
  }
  const { status, stderr } = spawnSync("unshare", [...isolation("/proc"), "true"], { encoding: "utf8" });
  return status === 0 ? undefined : `no namespaces can be made: ${stderr.trim()}`;
}

/**
 * A Debian root in a folder: the release of this machine, its smallest variant, with git, and this machine's Node.js and
 * npm. Of what was installed here by hand nothing is seen inside; of its settings only those that lead to package sources.
 */
export class BareRoot {
  readonly path: string;

  /** @param log what debootstrap prints goes to this file descriptor */
  constructor(path: string, log: number) {
    this.path = path;
    const args = ["--variant=minbase", "--include=ca-certificates,git", release(), path, mirror()];
    execFileSync("debootstrap", args, { env: server, stdio: ["ignore", log, log] });
    this.#addNode();
    this.#addPackageSources();
  }

  /**
   * Starts a shell command in a folder of the root, in process and mount namespaces of its own: what it leaves running, and
   * what is mounted for it, ends with it. Its process group is its own, so that a signal to it is what Ctrl-C is.
   */
  start(folder: string, command: string, log: number): ChildProcess {
    const inside = `mount --rbind /dev ${quoted(join(this.path, "dev"))} && exec chroot "$0" /usr/bin/env -i "$@"`;
    const environment = [
      "PATH=/usr/sbin:/usr/bin:/sbin:/bin",
      "HOME=/root",
      "LANG=C.UTF-8",
      ...this.#certificates(),
    ];
    const shell = ["sh", "-c", `cd ${quoted(folder)} && ${command}`];
    return spawn(
      "unshare",
      [...isolation(join(this.path, "proc")), "sh", "-c", inside, this.path, ...environment, ...shell],
      { env: server, stdio: ["ignore", log, log], detached: true },
    );
  }

  #addNode(): void {
    const npm = dirname(dirname(realpathSync(programOf("npm") ?? "npm")));
    const node = programOf("node") ?? process.execPath;
    copyFileSync(realpathSync(node), join(this.path, "usr/bin/node"));
    mkdirSync(join(this.path, "usr/lib/node_modules"), { recursive: true });
    cpSync(npm, join(this.path, "usr/lib/node_modules/npm"), { recursive: true, verbatimSymlinks: true });
    for (const name of ["npm", "npx"]) {
      symlinkSync(`../lib/node_modules/npm/bin/${name}-cli.js`, join(this.path, "usr/bin", name));
    }
  }

  /** How this machine reaches package sources: names of hosts, certificates, settings of apt and npm. */
  #addPackageSources(): void {
    for (const file of ["/etc/resolv.conf", "/etc/hosts"])
      if (existsSync(file)) copyFileSync(file, join(this.path, file));
    execFileSync("cp", ["-a", "/etc/ssl/certs/.", join(this.path, "etc/ssl/certs")]);
    const settings = "/etc/apt/apt.conf.d";
    for (const name of readdirSync(settings)) {
      const file = join(settings, name);
      if (/^\s*Acquire::/m.test(readFileSync(file, "utf8"))) copyFileSync(file, join(this.path, file));
    }
    const outside = { ...server, PATH: outerPath() };
    for (const [setting, place] of [
      ["globalconfig", "usr/etc/npmrc"],
      ["userconfig", "root/.npmrc"],
    ] as const) {
      const file = execFileSync("npm", ["config", "get", setting], {
        encoding: "utf8",
        env: outside,
        cwd: "/",
      }).trim();
      if (!existsSync(file)) continue;
      mkdirSync(dirname(join(this.path, place)), { recursive: true });
      copyFileSync(file, join(this.path, place));
    }
  }

  /** Returns NAME=file for each environment variable that names a trusted certificate file of the bare root. */
  #certificates(): string[] {
    return ["NODE_EXTRA_CA_CERTS", "SSL_CERT_FILE"].flatMap((name) => {
      const file = process.env[name];
      return file !== undefined && existsSync(join(this.path, file)) ? [`${name}=${file}`] : [];
    });
  }
}

/** Arguments of `unshare`: namespaces of mounts and of processes, which end with the process that has them. */
function isolation(proc: string): string[] {
  return ["--mount", "--pid", "--fork", "--kill-child", `--mount-proc=${proc}`];
}

/** PATH without the folders of packages, which npm puts in front: what a new shell finds. */
function outerPath(): string {
  const path = server["PATH"] ?? "";
  return path
    .split(delimiter)
    .filter((folder) => !folder.includes("node_modules"))
    .join(delimiter);
}

/** Where a new shell finds a program. */
function programOf(name: string): string | undefined {
  return outerPath()
    .split(delimiter)
    .map((folder) => join(folder, name))
    .find((path) => existsSync(path));
}

function release(): string {
  const [, name] = /^VERSION_CODENAME=(\S+)/m.exec(readFileSync("/etc/os-release", "utf8")) ?? [];
  if (name === undefined) throw new Error("/etc/os-release names no release of Debian");
  return name;
}

/** The mirror that this machine's apt uses. */
function mirror(): string {
  const targets = execFileSync("apt-get", ["indextargets", "--format", "$(URI)", "Created-By: Packages"], {
    encoding: "utf8",
  });
  const [first] = targets.split("\n").filter((uri) => uri.includes("/dists/"));
  if (first === undefined) throw new Error("apt has no package sources; run apt-get update");
  return first.slice(0, first.indexOf("/dists/"));
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
