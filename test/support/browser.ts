// A real browser without a window: Chromium from a package, with the libraries and fonts that a bare machine lacks.

import { mkdtemp, readdir, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import packaged, { inflate } from "@sparticuz/chromium";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";

/** The package's Chromium is for Linux on x64 alone. */
export const isBrowserAvailable = process.platform === "linux" && process.arch === "x64";

/** NSS and its like, which the package itself unpacks in AWS alone. */
const LIBRARIES = fileURLToPath(new URL("../bin/al2023.tar.br", import.meta.resolve("@sparticuz/chromium")));

/** Every name and address but the loopback's is one that does not exist: nothing leaves this machine. */
const NO_NETWORK = "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1";

/** Somebody at the browser, with storage, cookies and a cache of their own. */
export class Visitor {
  readonly #context: BrowserContext;
  /** The address of each request to another host than the loopback; it was not answered. */
  readonly foreignRequests: string[] = [];
  /** What pages wrote to the console as a warning or an error, and what they threw. */
  readonly complaints: string[] = [];

  constructor(context: BrowserContext) {
    this.#context = context;
    // Listened to and not routed: a route would turn the browser's cache off.
    context.on("request", (request) => this.#note(request.url()));
    context.on("page", (page) => page.on("websocket", (socket) => this.#note(socket.url())));
    context.on("console", (message) => {
      if (["error", "warning"].includes(message.type())) this.complaints.push(message.text());
    });
    context.on("weberror", (webError) => this.complaints.push(webError.error().message));
  }

  newPage(): Promise<Page> {
    return this.#context.newPage();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#context.close();
  }

  #note(address: string): void {
    const { protocol, hostname } = new URL(address);
    const isOfPageItself = ["blob:", "data:", "about:"].includes(protocol);
    if (!isOfPageItself && hostname !== "127.0.0.1") this.foreignRequests.push(address);
  }
}

export class TestBrowser {
  /** Where its files are. */
  readonly directory: string;
  readonly #browser: Browser;

  constructor(browser: Browser, directory: string) {
    this.#browser = browser;
    this.directory = directory;
  }

  async newVisitor(): Promise<Visitor> {
    // Without a window, Chromium calls its language `en-US@posix` where the machine has none: no page can use that.
    return new Visitor(await this.#browser.newContext({ locale: "en-US" }));
  }

  /** How many of its processes there are. */
  async countProcesses(): Promise<number> {
    const names = await readdir("/proc");
    // A process may end while it is looked at.
    const files = await Promise.all(names.map((name) => readlink(`/proc/${name}/exe`).catch(() => "")));
    return files.filter((file) => file.startsWith(this.directory)).length;
  }

  /** Ends it, and takes away its files. */
  async close(): Promise<void> {
    await this.#browser.close();
    await rm(this.directory, { recursive: true, force: true });
  }
}

/** Starts a browser; `close` ends it. */
export async function startBrowser(): Promise<TestBrowser> {
  const directory = await mkdtemp(join(tmpdir(), "jitney-browser-"));
  try {
    const { executablePath, libraries } = await unpackInto(directory);
    // Without the package's own arguments: `--single-process` ends the browser with its first context.
    const browser = await chromium.launch({
      executablePath,
      args: [NO_NETWORK],
      env: {
        ...process.env,
        LD_LIBRARY_PATH: join(libraries, "lib"),
        FONTCONFIG_FILE: await writeFontConfiguration(directory),
      },
    });
    return new TestBrowser(browser, directory);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/**
 * The package unpacks into the temporary directory, and takes what is there already for whole and its own. So it
 * gets a directory of ours: one that no other version, no other process and no broken-off run has been in.
 */
async function unpackInto(directory: string): Promise<{ executablePath: string; libraries: string }> {
  const { TMPDIR } = process.env;
  process.env.TMPDIR = directory;
  try {
    return { executablePath: await packaged.executablePath(), libraries: await inflate(LIBRARIES) };
  } finally {
    if (TMPDIR === undefined) delete process.env.TMPDIR;
    else process.env.TMPDIR = TMPDIR;
  }
}

/** Without any font Chromium ends itself, and the package's own configuration looks for them elsewhere. */
async function writeFontConfiguration(directory: string): Promise<string> {
  const file = join(directory, "fonts.conf");
  const folders = `<dir>${join(directory, "fonts")}</dir><cachedir>${join(directory, "cache")}</cachedir>`;
  await writeFile(file, `<?xml version="1.0"?>\n<fontconfig>${folders}</fontconfig>\n`);
  return file;
}
