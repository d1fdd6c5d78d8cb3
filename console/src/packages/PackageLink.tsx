import { Link } from '@tanstack/react-router';
import type { PackageManager } from '../api/shape.ts';
import { ROW_CONTROL } from '../table/row-keys.ts';

/** A package of the fleet, as the control of its row. */
export function PackageLink(props: { manager: PackageManager; name: string }) {
  return (
    <Link to="/packages/$manager/$name" params={{ manager: props.manager, name: props.name }} search={{}} {...ROW_CONTROL}>
      {props.name}
    </Link>
  );
}
