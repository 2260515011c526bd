// Answers that go on: subscriptions as event streams. Yoga makes them; here is what it leaves open around them.

import { GraphQLError } from "graphql";
import { isAsyncIterable, type Plugin } from "graphql-yoga";
import { badRequest } from "./bad-request.ts";
import { type Refusal, refusalResponse } from "./send.ts";

const NO_STREAM: Refusal = {
  status: 406,
  code: "NOT_ACCEPTABLE",
  message: "A subscription is answered in an event stream: the Accept header has to allow text/event-stream",
};

/** Ranges of media types that take in `text/event-stream`. */
const STREAM_TYPES = /(^|[\s,])(text\/event-stream|text\/\*|\*\/\*)/i;

export function useStreams(): Plugin {
  return {
    // Before it is begun: nobody would end it.
    onSubscribe({ args, setResultAndStopExecution }) {
      const accept = args.contextValue.request.headers.get("accept") || "*/*";
      if (!STREAM_TYPES.test(accept)) setResultAndStopExecution({ errors: [noStream()] });
    },
    onResultProcess({ result, setResult }) {
      if (!Array.isArray(result) || !result.some(isAsyncIterable)) return;
      setResult(result.map((part) => (isAsyncIterable(part) ? refused(part) : part)));
    },
    onResponse({ response, setResponse, fetchAPI }) {
      // For who would take none of the forms that the error may have.
      if (response.status === 406 && response.body === null)
        setResponse(refusalResponse(NO_STREAM, fetchAPI));
      // Yoga's `keep-alive` would undo the `close` of a server that ends.
      if (response.headers.get("Connection") !== null) response.headers.delete("Connection");
    },
  };
}

/** In place of a subscription that is one of several operations, whose answers are sent as one. */
function refused(stream: AsyncIterable<unknown>) {
  void stream[Symbol.asyncIterator]().return?.();
  const message = "A subscription cannot be one of several operations in one request";
  return { errors: [badRequest(message)] };
}

function noStream(): GraphQLError {
  const { status, code, message } = NO_STREAM;
  return new GraphQLError(message, { extensions: { code, http: { status } } });
}
