import { AgentError, messageOf } from "../errors.ts";

/** Deadline of one file operation, in ms: a hanging disk must not hang the agent. */
export interface DiskOptions {
  readonly timeoutMs: number;
}

/** Runs a file operation; a failure or a disk that hangs becomes an AgentError that names what was done, and where. */
export async function onDisk<T>(
  what: string,
  options: DiskOptions & { readonly path: string },
  operation: () => Promise<T>,
): Promise<T> {
  const { promise: late, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(
    () => reject(new Error(`no answer from the disk within ${options.timeoutMs} ms`)),
    options.timeoutMs,
  );
  try {
    return await Promise.race([operation(), late]);
  } catch (cause) {
    throw new AgentError("disk-failed", `cannot ${what} ${options.path}: ${messageOf(cause)}${adviceFor(cause)}`, {
      cause,
      facts: { path: options.path },
    });
  } finally {
    clearTimeout(timer);
  }
}

function adviceFor(cause: unknown): string {
  const code = cause instanceof Error && "code" in cause ? cause.code : "";
  if (code === "EACCES" || code === "EPERM" || code === "EROFS")
    return "; give the agent's user write access to the folder";
  if (code === "ENOSPC" || code === "EDQUOT") return "; free some disk space";
  if (code === "ENOENT") return "; create the folder";
  return "";
}
