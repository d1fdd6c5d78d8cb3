// Reads the few shapes that a QR picture is made of out of the server's SVG text, so that it can be drawn without turning
// text into elements (no `innerHTML`) and without an image from a `data:` address, both of which the policy forbids.

export interface Shape {
  element: 'path' | 'rect';
  attributes: Record<string, string>;
}

export interface Drawing {
  viewBox: string;
  shapes: Shape[];
}

/** Attributes that a shape may have; anything else is left out. */
const ATTRIBUTES = ['d', 'x', 'y', 'width', 'height', 'fill', 'transform'];

export function readDrawing(svg: string): Drawing | undefined {
  const opening = /<svg\b[^>]*>/.exec(svg)?.[0];
  if (!opening) return undefined;
  const outer = attributesOf(opening);
  const viewBox = outer.viewBox ?? (outer.width && outer.height ? `0 0 ${outer.width} ${outer.height}` : undefined);
  if (!viewBox) return undefined;
  const shapes = [...svg.matchAll(/<(path|rect)\b([^>]*)>/g)].map((match) => shapeOf(match[1] ?? '', match[2] ?? ''));
  return shapes.length > 0 ? { viewBox, shapes } : undefined;
}

function shapeOf(element: string, text: string): Shape {
  const all = Object.entries(attributesOf(text));
  const kept = all.filter(([name, value]) => ATTRIBUTES.includes(name) && !value.includes('url('));
  return { element: element === 'rect' ? 'rect' : 'path', attributes: Object.fromEntries(kept) };
}

function attributesOf(text: string): Record<string, string> {
  return Object.fromEntries([...text.matchAll(/([\w:-]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g)].map(([, name, a, b]) => [name, a ?? b ?? '']));
}
