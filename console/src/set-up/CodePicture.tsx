import { createElement } from 'react';
import { readDrawing } from './svg.ts';

/** The picture that an authenticator app scans. Dark on white in both schemes, since many scanners want it so. */
export function CodePicture(props: { svg: string; label: string }) {
  const drawing = readDrawing(props.svg);
  if (!drawing) return null;
  return (
    <svg
      role="img"
      aria-label={props.label}
      viewBox={drawing.viewBox}
      width="184"
      height="184"
      shapeRendering="crispEdges"
      style={{ background: '#fff', padding: 8 }}
    >
      {drawing.shapes.map((shape, index) => createElement(shape.element, { key: index, ...shape.attributes }))}
    </svg>
  );
}
