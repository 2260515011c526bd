// A request in the form that plugins and resolvers know, that of fetch, made of node's. What nobody looks at costs nothing.

import type { IncomingMessage } from "node:http";
import type { FetchAPI } from "graphql-yoga";
import type { Answer } from "../answer.ts";

export class DirectRequest implements Request {
  readonly node: IncomingMessage;
  readonly response: Answer;
  readonly #fetchAPI: FetchAPI;
  #text: string | undefined;
  #headers: Headers | undefined;
  #signal: AbortSignal | undefined;
  #whole: Request | undefined;

  constructor(node: IncomingMessage, response: Answer, fetchAPI: FetchAPI) {
    this.node = node;
    this.response = response;
    this.#fetchAPI = fetchAPI;
  }

  /** What fetch's own constructor knows a request by. */
  get [Symbol.toStringTag](): string {
    return "Request";
  }

  /** To be called when the body has been read, before anyone asks for it. */
  setText(text: string): void {
    this.#text = text;
  }

  get method(): string {
    return this.node.method ?? "POST";
  }

  get url(): string {
    const { headers, url = "/" } = this.node;
    return `http://${headers.host}${url}`;
  }

  get headers(): Headers {
    this.#headers ??= new this.#fetchAPI.Headers(this.node.headers as Record<string, string>);
    return this.#headers;
  }

  /** Aborts when the client has left before it had its answer. */
  get signal(): AbortSignal {
    if (this.#signal === undefined) {
      const controller = new AbortController();
      const { response } = this;
      this.#signal = controller.signal;
      if (response.destroyed && !response.writableFinished) controller.abort();
      response.once("close", () => {
        if (!response.writableFinished) controller.abort();
      });
    }
    return this.#signal;
  }

  get body(): Request["body"] {
    return this.#all.body;
  }

  get bodyUsed(): boolean {
    return this.#all.bodyUsed;
  }

  get cache(): Request["cache"] {
    return this.#all.cache;
  }

  get credentials(): Request["credentials"] {
    return this.#all.credentials;
  }

  get destination(): Request["destination"] {
    return this.#all.destination;
  }

  get integrity(): string {
    return this.#all.integrity;
  }

  get keepalive(): boolean {
    return this.#all.keepalive;
  }

  get mode(): Request["mode"] {
    return this.#all.mode;
  }

  get redirect(): Request["redirect"] {
    return this.#all.redirect;
  }

  get referrer(): string {
    return this.#all.referrer;
  }

  get referrerPolicy(): Request["referrerPolicy"] {
    return this.#all.referrerPolicy;
  }

  arrayBuffer(): Promise<ArrayBuffer> {
    return this.#all.arrayBuffer();
  }

  blob(): Promise<Blob> {
    return this.#all.blob();
  }

  bytes(): ReturnType<Request["bytes"]> {
    return this.#all.bytes();
  }

  clone(): Request {
    return this.#all.clone();
  }

  formData(): Promise<FormData> {
    return this.#all.formData();
  }

  json(): Promise<unknown> {
    return this.#all.json();
  }

  text(): Promise<string> {
    return this.#all.text();
  }

  get #all(): Request {
    const { method, headers, signal } = this;
    this.#whole ??= new this.#fetchAPI.Request(this.url, {
      method,
      headers,
      signal,
      body: this.#text ?? null,
    });
    return this.#whole;
  }
}
