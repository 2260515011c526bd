// The hooks of Yoga's plugins that the short way calls: each that Yoga would call for such a request.

import type { Plugin } from "graphql-yoga";
import type { JitneyYoga } from "../yoga.ts";

type Hook<Name extends keyof Plugin> = readonly NonNullable<Plugin[Name]>[];

/** In the order in which Yoga calls them. */
export interface Hooks {
  readonly onRequest: Hook<"onRequest">;
  readonly onParams: Hook<"onParams">;
  readonly onExecute: Hook<"onExecute">;
  readonly onExecutionResult: Hook<"onExecutionResult">;
  readonly onResultProcess: Hook<"onResultProcess">;
}

/**
 * What the short way does itself, in their place: Yoga's plugins for routes, request parsers and the choice of a result
 * processor. The hooks for parsing and validation have been called when the query became known; `onResponse` is for
 * answers in the form of fetch.
 *
 * @throws Error for a plugin with hooks for which there is no place here.
 */
export function collectHooks({ plugins, allPlugins }: JitneyYoga): Hooks {
  for (const plugin of allPlugins) {
    const unknown = ["instrumentation", "onEnveloped", "onContextBuilding"].find((name) => name in plugin);
    if (unknown !== undefined) throw new Error(`The direct path knows no plugin with ${unknown}`);
  }
  return {
    onRequest: plugins.flatMap(({ onRequest }) => onRequest ?? []),
    onParams: allPlugins.flatMap(({ onParams }) => onParams ?? []),
    onExecute: allPlugins.flatMap(({ onExecute }) => onExecute ?? []),
    onExecutionResult: allPlugins.flatMap(({ onExecutionResult }) => onExecutionResult ?? []),
    onResultProcess: plugins.flatMap(({ onResultProcess }) => onResultProcess ?? []),
  };
}

/** In the place of what a hook could use, and none does. */
export function noPlace(): never {
  throw new Error("The direct path has no place for what a plugin wants to do");
}
