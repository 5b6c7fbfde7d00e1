import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { TestContext } from "node:test";
import { execa } from "execa";
import { eventually } from "../../image/support/eventually.ts";

/** Where setup.sh has put what the tests stand on. */
export interface Ground {
  readonly packages: string;
  readonly root: string;
}

/** Builds the packages and the Debian to install them in. */
export async function prepareGround(): Promise<Ground> {
  const { stdout } = await execa("bash", [join(import.meta.dirname, "..", "setup.sh")], { timeout: 900_000 });
  const [packages = "", root = ""] = stdout.split("\n").slice(-2);
  return { packages, root };
}

/** A Debian that its own systemd runs. The packages are in `/packages`. It shares the network of this machine. */
export interface Machine {
  /** Runs a script as root; its standard output. Throws with what it said if it fails. */
  run(script: string): Promise<string>;
  /** The same, with what it says and its code whatever that is. */
  attempt(script: string): Promise<{ readonly code: number; readonly text: string }>;
  write(path: string, text: string): Promise<void>;
  /** Waits until the script succeeds. */
  until(what: string, script: string): Promise<void>;
}

/** Boots; the machine and all it wrote goes with the test. */
export async function bootMachine(t: TestContext, { root, packages }: Ground): Promise<Machine> {
  const namespaces = ["--fork", "--pid", "--mount", "--uts", "--ipc", "--cgroup", "--mount-proc"];
  const words = [...namespaces, "--propagation", "private", "--kill-child=SIGKILL"];
  const boot = spawn("unshare", [...words, "bash", join(import.meta.dirname, "boot.sh"), root, packages], {
    stdio: ["ignore", "ignore", "inherit"],
  });
  const ended = new Promise<void>((resolve) => boot.once("exit", () => resolve()));
  t.after(async () => {
    boot.kill("SIGKILL");
    await ended;
  });
  const init = await eventually("systemd is process 1", async () => initOf(boot.pid));
  const enter = ["--target", init, "--mount", "--pid", "--uts", "--ipc", "--cgroup", "--root"];
  const shell = (script: string, input = "") =>
    execa("nsenter", [...enter, "env", "--chdir=/", "bash", "-c", script], {
      input,
      reject: false,
      all: true,
      extendEnv: false,
      env: { PATH: "/usr/sbin:/usr/bin", DEBIAN_FRONTEND: "noninteractive" },
    });
  const machine: Machine = {
    async run(script) {
      const { stdout, all, exitCode } = await shell(script);
      if (exitCode !== 0) throw new Error(`${script}: ended with ${exitCode}: ${all}`);
      return stdout;
    },
    async attempt(script) {
      const { all, exitCode } = await shell(script);
      return { code: exitCode ?? -1, text: all };
    },
    async write(path, text) {
      const { exitCode, all } = await shell(`cat > ${path}`, text);
      if (exitCode !== 0) throw new Error(`${path}: ${all}`);
    },
    async until(what, script) {
      await eventually(what, async () => (await shell(script)).exitCode === 0, { deadlineMs: 60_000, everyMs: 200 });
    },
  };
  await machine.until("the machine is up", "systemctl is-active multi-user.target");
  return machine;
}

/** A script that succeeds once the agent has logged this. */
export function logged(message: string): string {
  return `journalctl --unit=drove-gateway --output=cat | grep -qF ${JSON.stringify(message)}`;
}

/** The child of `unshare`, once it has become systemd. */
async function initOf(unshare: number | undefined): Promise<string | undefined> {
  const init = readFileSync(`/proc/${unshare}/task/${unshare}/children`, "utf8").trim();
  return readFileSync(`/proc/${init}/comm`, "utf8").trim() === "systemd" ? init : undefined;
}
