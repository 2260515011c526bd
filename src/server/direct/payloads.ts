// What the hooks of plugins are called with, as Yoga has it.

import type { IncomingMessage } from "node:http";
import type { DocumentNode, ExecutionResult, GraphQLSchema } from "graphql";
import type { FetchAPI, Plugin } from "graphql-yoga";
import { EXECUTION_SIGNAL, QUICK_SIGNAL } from "../../graphql/execution-signal.ts";
import type { Answer } from "../answer.ts";
import type { LightSignal } from "../light-signal.ts";
import type { DirectRequest } from "./direct-request.ts";
import { noPlace } from "./hooks.ts";
import type { Params } from "./params.ts";

type ExecuteHooks = Exclude<Awaited<ReturnType<NonNullable<Plugin["onExecute"]>>>, void>;
export type OnExecuteDone = NonNullable<ExecuteHooks["onExecuteDone"]>;
export type ExecuteFunction = Parameters<NonNullable<Plugin["onExecute"]>>[0]["executeFn"];

/** What plugins and resolvers find beside the request; in Yoga's words, the server context, and then the context. */
export class DirectContext {
  readonly req: IncomingMessage;
  readonly res: Answer;
  readonly waitUntil: unknown;
  readonly [QUICK_SIGNAL]: LightSignal;
  params: Params | undefined;
  request: DirectRequest | undefined;

  constructor(req: IncomingMessage, res: Answer, waitUntil: unknown, signal: LightSignal) {
    this.req = req;
    this.res = res;
    this.waitUntil = waitUntil;
    this[QUICK_SIGNAL] = signal;
  }

  get [EXECUTION_SIGNAL](): AbortSignal {
    return this[QUICK_SIGNAL].whole;
  }
}

export class ExecutionArgs {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly contextValue: DirectContext;
  readonly variableValues: Params["variables"];
  readonly operationName: Params["operationName"];

  constructor(
    schema: GraphQLSchema,
    document: DocumentNode,
    contextValue: DirectContext,
    variableValues: Params["variables"],
    operationName: Params["operationName"],
  ) {
    this.schema = schema;
    this.document = document;
    this.contextValue = contextValue;
    this.variableValues = variableValues;
    this.operationName = operationName;
  }
}

/** Of `onParams`. */
export class ParamsPayload {
  readonly params: Params;
  readonly request: DirectRequest;
  readonly context: DirectContext;
  readonly fetchAPI: FetchAPI;
  readonly paramsHandler = noPlace;
  readonly setParams = noPlace;
  readonly setParamsHandler = noPlace;
  result: ExecutionResult | undefined;
  readonly setResult = (result: ExecutionResult): void => {
    this.result = result;
  };

  constructor(params: Params, request: DirectRequest, context: DirectContext, fetchAPI: FetchAPI) {
    this.params = params;
    this.request = request;
    this.context = context;
    this.fetchAPI = fetchAPI;
  }
}

/** Of `onExecute`. */
export class ExecutePayload {
  readonly args: ExecutionArgs;
  readonly context: DirectContext;
  executeFn = noPlace as ExecuteFunction;
  /** In the place of what the executor would give. */
  result: ExecutionResult | undefined;
  readonly setExecuteFn = (executeFn: ExecuteFunction): void => {
    this.executeFn = executeFn;
  };
  readonly setResultAndStopExecution = (result: ExecutionResult): void => {
    this.result = result;
  };
  readonly extendContext = (more: object): void => {
    Object.assign(this.context, more);
  };

  constructor(args: ExecutionArgs) {
    this.args = args;
    this.context = args.contextValue;
  }
}

/** Of `onExecuteDone`. */
export class DonePayload {
  readonly args: ExecutionArgs;
  result: ExecutionResult;
  readonly setResult = (result: ExecutionResult): void => {
    this.result = result;
  };

  constructor(args: ExecutionArgs, result: ExecutionResult) {
    this.args = args;
    this.result = result;
  }
}

/** Of `onExecutionResult` and `onResultProcess`. */
export class ResultPayload {
  readonly request: DirectRequest;
  readonly context: DirectContext;
  readonly serverContext: DirectContext;
  readonly acceptableMediaTypes: string[] = [];
  readonly setResultProcessor = noPlace;
  result: ExecutionResult;
  readonly setResult = (result: ExecutionResult): void => {
    this.result = result;
  };

  constructor(request: DirectRequest, context: DirectContext, result: ExecutionResult) {
    this.request = request;
    this.context = context;
    this.serverContext = context;
    this.result = result;
  }
}
