// The little of SVG that the pictures need: elements, and colours that fit GitHub's light and dark pages.

type Attributes = Readonly<Record<string, string | number>>;

/** @param content elements, not text. */
export function element(name: string, attributes: Attributes, ...content: readonly string[]): string {
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  const tag = `${name}${written.join("")}`;
  return content.length === 0 ? `<${tag}/>` : `<${tag}>${content.join("")}</${name}>`;
}

export function text(x: number, y: number, words: string, attributes: Attributes = {}): string {
  return element("text", { x, y, ...attributes }, escaped(words));
}

/** How wide a text is at most, in pixels: about so much for each letter of a system's font at 13 pixels. */
export function widthOf(words: string): number {
  return Math.ceil(7.3 * words.length);
}

const STYLE = `
text { font: 13px system-ui, -apple-system, "Segoe UI", "Noto Sans", Helvetica, Arial, sans-serif; fill: #1f2328 }
.title { font-weight: 600; font-size: 15px }
.muted { fill: #59636e }
.bar { fill: #afb8c1 }
.ours { fill: #0969da }
.reference { fill: #59636e }
.grid { stroke: #d1d9e0 }
.line { fill: none; stroke: #59636e; stroke-width: 2 }
.line.ours { fill: none; stroke: #0969da }
@media (prefers-color-scheme: dark) {
  text { fill: #f0f6fc }
  .muted { fill: #9198a1 }
  .bar { fill: #565d66 }
  .ours { fill: #4493f8 }
  .reference { fill: #9198a1 }
  .grid { stroke: #3d444d }
  .line { stroke: #9198a1 }
  .line.ours { stroke: #4493f8 }
}
`;

/** A picture of its own, on the page's background. @param label what it shows, for who cannot see it. */
export function picture(width: number, height: number, label: string, content: readonly string[]): string {
  const attributes = {
    xmlns: "http://www.w3.org/2000/svg",
    viewBox: `0 0 ${width} ${height}`,
    width,
    height,
    role: "img",
    "aria-label": label,
  };
  return `${element("svg", attributes, `<style>${STYLE}</style>\n`, content.join("\n"), "\n")}\n`;
}

function escaped(words: string): string {
  return words
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
