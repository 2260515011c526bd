// What a schedule is made of: the settings of a batcher, and the steps that are done to it.

import type { Limits } from "../../src/batching/index.ts";
import type { HowToEnd } from "./watched-answers.ts";
import type { CacheSettings } from "./watched-cache.ts";

export interface Settings {
  readonly limits: Limits;
  readonly shareEqualKeys: boolean;
  /** Only with `shareEqualKeys`. */
  readonly cache: CacheSettings | undefined;
  readonly isolateFailures: boolean;
  /** Whether keys have weights of their own. */
  readonly weighs: boolean;
  readonly earlyByMs: number;
  /** Whether the calls that run at the end are answered; otherwise the drain has to give them up. */
  readonly answersAtTheEnd: boolean;
  /** How calls end: by `end` steps, at their abort, before they return, or some time later. */
  readonly calls: "by hand" | "by hand or when aborted" | "at once" | "in time";
}

/**
 * `which` counts from the oldest caller, or call, that the step can be about; there may be none. After a step in a
 * `hurry` the next one is done in the same turn of the event loop.
 */
export type Step =
  | LoadStep
  | { readonly type: "leave"; readonly which: number; readonly hurry: boolean }
  | { readonly type: "desert"; readonly which: number }
  | { readonly type: "advance"; readonly ms: number }
  | { readonly type: "end"; readonly which: number; readonly how: HowToEnd }
  | { readonly type: "configure"; readonly limits: Partial<Limits>; readonly hurry: boolean }
  | { readonly type: "configure badly"; readonly limits: Partial<Limits> }
  | { readonly type: "clear"; readonly word: string; readonly partition: string; readonly hurry: boolean }
  | { readonly type: "drain"; readonly accepts: boolean; readonly graceMs?: number }
  | { readonly type: "stop accepting" };

export interface LoadStep {
  readonly type: "load";
  readonly word: string;
  readonly partition: string;
  readonly weight: number;
  readonly delayMs?: number;
  readonly hasLeft: boolean;
  readonly hurry: boolean;
}
