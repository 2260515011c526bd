// Runs an operation of a query that is known: calls the hooks of Yoga's plugins around the executor, as Yoga would.

import type { DocumentNode, ExecutionResult } from "graphql";
import type { Plugin } from "graphql-yoga";
import { isThenable } from "../../batching/thenable.ts";
import type { JitneyYoga } from "../yoga.ts";
import type { DirectRequest } from "./direct-request.ts";
import type { DirectContext } from "./gate.ts";
import { type Hooks, noPlace } from "./hooks.ts";
import type { Params } from "./params.ts";
import { resultOfThrown } from "./thrown.ts";

type OnExecute = NonNullable<Plugin["onExecute"]>;
type ExecuteHooks = Exclude<Awaited<ReturnType<OnExecute>>, void>;
type OnExecuteDone = NonNullable<ExecuteHooks["onExecuteDone"]>;
type ExecutePayload = Parameters<OnExecute>[0];

export interface Asked {
  readonly request: DirectRequest;
  readonly params: Params;
  /** Valid, as is known. */
  readonly document: DocumentNode;
  readonly context: DirectContext;
}

/** Calls `then` once, with what is to be sent. */
export type Execute = (asked: Asked, then: (result: ExecutionResult) => void) => void;

export function createExecution({ server, schema }: JitneyYoga, hooks: Hooks): Execute {
  const { fetchAPI, logger } = server;

  return (asked, then) => {
    const finish = (result: ExecutionResult): void => then(finished(asked, result));
    const fail = (error: unknown): void => finish(resultOfThrown(error, logger));
    let given: ExecutionResult | PromiseLike<ExecutionResult>;
    try {
      given = refused(asked) ?? execute(asked);
    } catch (error) {
      return fail(error);
    }
    if (isThenable(given)) given.then(finish, fail);
    else finish(given);
  };

  /** What a hook answers before anything is executed. */
  function refused({ params, request, context }: Asked): ExecutionResult | undefined {
    let result: ExecutionResult | undefined;
    const payload = {
      params,
      request,
      context,
      fetchAPI,
      paramsHandler: noPlace,
      setParams: noPlace,
      setParamsHandler: noPlace,
      setResult(given: ExecutionResult) {
        result = given;
      },
    };
    for (const hook of hooks.onParams) now(hook(payload as unknown as Parameters<typeof hook>[0]));
    return result;
  }

  function execute({
    request,
    params,
    document,
    context,
  }: Asked): ExecutionResult | PromiseLike<ExecutionResult> {
    context.params = params;
    context.request = request;
    const { variables, operationName } = params;
    const args = { schema, document, contextValue: context, variableValues: variables, operationName };
    let stopped: ExecutionResult | undefined;
    const payload = {
      args,
      context,
      executeFn: noPlace as ExecutePayload["executeFn"],
      setExecuteFn(executeFn: ExecutePayload["executeFn"]) {
        payload.executeFn = executeFn;
      },
      setResultAndStopExecution(result: ExecutionResult) {
        stopped = result;
      },
      extendContext(more: object) {
        Object.assign(context, more);
      },
    };
    const after: OnExecuteDone[] = [];
    for (const hook of hooks.onExecute) {
      const given = now(hook(payload as unknown as ExecutePayload));
      if (given?.onExecuteDone !== undefined) after.push(given.onExecuteDone);
      if (stopped !== undefined) break;
    }
    const done = (result: ExecutionResult): ExecutionResult => {
      const ended = {
        args,
        result,
        setResult(other: ExecutionResult) {
          ended.result = other;
        },
      };
      for (const hook of after) now(hook(ended as unknown as Parameters<typeof hook>[0]));
      return ended.result;
    };
    const result = stopped ?? payload.executeFn(args);
    return isThenable(result) ? result.then(done) : done(result);
  }

  function finished(asked: Asked, given: ExecutionResult): ExecutionResult {
    const { request, context } = asked;
    const payload = {
      request,
      context,
      serverContext: context,
      result: given,
      acceptableMediaTypes: [],
      setResult(result: ExecutionResult) {
        payload.result = result;
      },
      setResultProcessor: noPlace,
    };
    try {
      for (const hook of hooks.onExecutionResult) now(hook(payload as unknown as Parameters<typeof hook>[0]));
      for (const hook of hooks.onResultProcess) now(hook(payload as unknown as Parameters<typeof hook>[0]));
      return payload.result;
    } catch (error) {
      return resultOfThrown(error, logger);
    }
  }
}

/** Where nothing has to be waited for, nothing is: not even a promise that is there already. */
function now<Given>(given: Given): Exclude<Given, PromiseLike<unknown>> {
  if (isThenable(given)) throw new Error("A hook that the direct path calls has to be synchronous");
  return given as Exclude<Given, PromiseLike<unknown>>;
}
