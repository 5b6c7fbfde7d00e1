import { onDisk } from "./disk.ts";
import { writeInOneStep } from "./write-in-one-step.ts";

/** Writes HAProxy's server-state file in one step: a HAProxy that starts just then reads the old one or the new one. */
export async function writeServerState(path: string, text: string, timeoutMs: number): Promise<void> {
  const whole = text.endsWith("\n") ? text : `${text}\n`;
  // Of use to a HAProxy that starts again on this machine: a crash of the machine takes it along with the servers.
  await onDisk("write", { timeoutMs, path }, () => writeInOneStep(path, whole, { finish: async () => undefined }));
}
