// Runs an operation of a query that is known: calls the hooks of Yoga's plugins around the executor, as Yoga would.

import type { DocumentNode, ExecutionResult } from "graphql";
import { isThenable } from "../../batching/thenable.ts";
import type { JitneyYoga } from "../yoga.ts";
import type { DirectRequest } from "./direct-request.ts";
import { createForExecutor } from "./for-executor.ts";
import type { Hooks } from "./hooks.ts";
import type { Params } from "./params.ts";
import {
  type DirectContext,
  DonePayload,
  ExecutePayload,
  ExecutionArgs,
  type OnExecuteDone,
  ParamsPayload,
  ResultPayload,
} from "./payloads.ts";
import { resultOfThrown } from "./thrown.ts";

type MaybePromise<Value> = Value | PromiseLike<Value>;

/** Calls `then` once, with what is to be sent. */
export type Execute = (
  request: DirectRequest,
  params: Params,
  document: DocumentNode,
  context: DirectContext,
  then: (result: ExecutionResult) => void,
) => void;

export function createExecution({ server, schema }: JitneyYoga, hooks: Hooks): Execute {
  const { fetchAPI, logger } = server;
  const forExecutor = createForExecutor();

  return (request, params, document, context, then) => {
    const finish = (result: ExecutionResult): void => then(finished(request, context, result));
    const fail = (error: unknown): void => finish(resultOfThrown(error, logger));
    let given: MaybePromise<ExecutionResult>;
    try {
      given = refused(request, params, context) ?? execute(request, params, document, context);
    } catch (error) {
      fail(error);
      return;
    }
    if (isThenable(given)) given.then(finish, fail);
    else finish(given);
  };

  /** What a hook answers before anything is executed. */
  function refused(
    request: DirectRequest,
    params: Params,
    context: DirectContext,
  ): ExecutionResult | undefined {
    const payload = new ParamsPayload(params, request, context, fetchAPI);
    for (const hook of hooks.onParams) now(hook(payload as unknown as Parameters<typeof hook>[0]));
    return payload.result;
  }

  function execute(
    request: DirectRequest,
    params: Params,
    document: DocumentNode,
    context: DirectContext,
  ): MaybePromise<ExecutionResult> {
    context.params = params;
    context.request = request;
    const args = new ExecutionArgs(schema, document, context, params.variables, params.operationName);
    const payload = new ExecutePayload(args);
    const after: OnExecuteDone[] = [];
    for (const hook of hooks.onExecute) {
      const given = now(hook(payload as unknown as Parameters<typeof hook>[0]));
      if (given?.onExecuteDone !== undefined) after.push(given.onExecuteDone);
      if (payload.result !== undefined) break;
    }
    const done = (result: ExecutionResult): ExecutionResult => {
      const ended = new DonePayload(args, result);
      for (const hook of after) now(hook(ended as unknown as Parameters<typeof hook>[0]));
      return ended.result;
    };
    const { executeFn } = payload;
    const result = (payload.result ??
      executeFn(forExecutor(args, executeFn))) as MaybePromise<ExecutionResult>;
    return isThenable(result) ? result.then(done) : done(result);
  }

  function finished(
    request: DirectRequest,
    context: DirectContext,
    result: ExecutionResult,
  ): ExecutionResult {
    const payload = new ResultPayload(request, context, result);
    try {
      for (const hook of hooks.onExecutionResult) now(hook(payload as unknown as Parameters<typeof hook>[0]));
      for (const hook of hooks.onResultProcess) now(hook(payload as unknown as Parameters<typeof hook>[0]));
      return payload.result;
    } catch (error) {
      return resultOfThrown(error, logger);
    }
  }
}

/** Where nothing has to be waited for, nothing is: not even for a promise that is there already. */
function now<Given>(given: Given): Exclude<Given, PromiseLike<unknown>> {
  if (isThenable(given)) throw new Error("A hook that the direct path calls has to be synchronous");
  return given as Exclude<Given, PromiseLike<unknown>>;
}
