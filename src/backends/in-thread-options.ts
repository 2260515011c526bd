// The options of inThread(), and their checks.

import { availableParallelism } from "node:os";
import type { ResourceLimits } from "node:worker_threads";
import { OptionError } from "../batching/index.ts";
import { checkCount, checkDelay } from "../batching/limits.ts";

/** How many threads, for how long, and how large. All optional. */
export interface InThreadOptions {
  /**
   * How many threads, and so how many calls, there are at once; further calls wait. A whole number, 1 or more; default:
   * the cores of the machine less the one that the event loop has, but at least 1.
   */
  readonly maxThreads?: number;
  /**
   * Milliseconds after which a thread with nothing to do ends. 0 or more; default 60,000, as a new one has to load the
   * module anew. A process with nothing else to do does not wait for it.
   */
  readonly idleTimeoutMs?: number;
  /**
   * How much memory each thread may use, in megabytes, as `node:worker_threads` has it; default: as Node decides. The
   * thread that needs more dies, and the call that it runs fails.
   */
  readonly resourceLimits?: ResourceLimits;
}

/** The options over the defaults. */
export interface InThreadSettings extends InThreadOptions {
  readonly maxThreads: number;
  readonly idleTimeoutMs: number;
}

const DEFAULT_IDLE_TIMEOUT_MS = 60_000;

/**
 * The least megabytes of each kind. With less, Node 26 was seen to crash the process instead of ending the thread: with
 * 1 MB of old generation, or 0.1 MB of stack.
 */
const LEAST_MEGABYTES: { readonly [Name in keyof Required<ResourceLimits>]: number } = {
  maxOldGenerationSizeMb: 16,
  maxYoungGenerationSizeMb: 1,
  codeRangeSizeMb: 1,
  stackSizeMb: 1,
};

/** @throws OptionError for the first option that cannot be used. */
export function checkInThreadOptions(options: InThreadOptions): InThreadSettings {
  checkObject("options", options);
  const { maxThreads, idleTimeoutMs, resourceLimits } = options;
  return {
    maxThreads: checkCount("maxThreads", maxThreads ?? Math.max(1, availableParallelism() - 1)),
    idleTimeoutMs: checkDelay("idleTimeoutMs", idleTimeoutMs ?? DEFAULT_IDLE_TIMEOUT_MS),
    ...(resourceLimits === undefined ? {} : { resourceLimits: checkResourceLimits(resourceLimits) }),
  };
}

function checkResourceLimits(limits: ResourceLimits): ResourceLimits {
  checkObject("resourceLimits", limits);
  const leastOf: Readonly<Record<string, number | undefined>> = LEAST_MEGABYTES;
  for (const [name, megabytes] of Object.entries(limits)) {
    const least = leastOf[name];
    if (least === undefined) {
      throw new OptionError("resourceLimits", `only ${Object.keys(LEAST_MEGABYTES).join(", ")}`, name);
    }
    if (typeof megabytes !== "number" || !(megabytes >= least && megabytes < Number.POSITIVE_INFINITY)) {
      throw new OptionError(`resourceLimits.${name}`, `a number of megabytes, ${least} or more`, megabytes);
    }
  }
  return { ...limits };
}

function checkObject(name: string, given: unknown): void {
  if (typeof given !== "object" || given === null) throw new OptionError(name, "an object", given);
}
