import { closeSync, openSync } from "node:fs";

/**
 * Throws EMFILE or ENFILE if fewer file descriptors than this are left.
 *
 * To start a process takes up to eight: two for each pipe of its output, two for the news of its failure, and one for each
 * file in place of a pipe. Where the last of them fail, libuv has opened the others, and Node (24.21) forgets them: they
 * stay open for good, so that an agent that is short of descriptors for a while has fewer ever after.
 */
export function demandDescriptors(count: number): void {
  const taken: number[] = [];
  try {
    while (taken.length < count) taken.push(openSync("/dev/null", "r"));
  } finally {
    for (const descriptor of taken) closeSync(descriptor);
  }
}
