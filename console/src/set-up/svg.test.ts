import { expect, test } from 'vitest';
import { readDrawing } from './svg.ts';

test('a QR picture of a rectangle and a path is read', () => {
  const svg =
    '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" version="1.1" width="41" height="41" viewBox="0 0 41 41" shape-rendering="crispEdges"><rect x="0" y="0" width="41" height="41" fill="#ffffff"/><path fill="#000000" d="M4 4h1V5H4V4"/></svg>';
  expect(readDrawing(svg)).toEqual({
    viewBox: '0 0 41 41',
    shapes: [
      { element: 'rect', attributes: { x: '0', y: '0', width: '41', height: '41', fill: '#ffffff' } },
      { element: 'path', attributes: { fill: '#000000', d: 'M4 4h1V5H4V4' } },
    ],
  });
});

test('handlers, styles and references are left out', () => {
  const svg = `<svg viewBox='0 0 1 1'><path d='M0 0' onload='x()' style='a' fill='url(https://example)'/></svg>`;
  expect(readDrawing(svg)?.shapes).toEqual([{ element: 'path', attributes: { d: 'M0 0' } }]);
});

test('what is not a drawing gives nothing', () => {
  expect(readDrawing('<p>no</p>')).toBeUndefined();
  expect(readDrawing('<svg viewBox="0 0 1 1"><text>a</text></svg>')).toBeUndefined();
});
