import { spawn } from "node:child_process";
import { once } from "node:events";
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Runs a proxy in the foreground while it is used; it is known to listen on the port then. */
export async function whileRunning<T>(
  command: readonly [string, ...string[]],
  { port, use }: { readonly port: number; readonly use: () => Promise<T> },
): Promise<T> {
  const [program, ...args] = command;
  const child = spawn(program, args, { stdio: ["ignore", "ignore", "pipe"], detached: true });
  let said = "";
  child.stderr.setEncoding("utf8").on("data", (chunk: string) => {
    said += said.length < 5000 ? chunk : "";
  });
  const gone = once(child, "exit");
  try {
    await Promise.race([
      listens(port, () => child.exitCode === null),
      gone.then(() => Promise.reject(new Error(`${program} has ended: ${said.slice(0, 3000)}`))),
    ]);
    return await use();
  } finally {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    await gone.catch(() => undefined);
  }
}

async function listens(port: number, mayStill: () => boolean): Promise<void> {
  const end = performance.now() + 120_000;
  while (mayStill() && !(await isOpen(port))) {
    if (performance.now() > end) throw new Error(`nobody listens on port ${port}`);
    await sleep(20);
  }
}

/** Whether somebody listens on the port. */
export async function isOpen(port: number): Promise<boolean> {
  const socket = connect(port, "127.0.0.1");
  const open = await once(socket, "connect").then(
    () => true,
    () => false,
  );
  socket.destroy();
  return open;
}
