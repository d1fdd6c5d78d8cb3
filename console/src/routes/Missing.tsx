import { Link } from '@tanstack/react-router';
import { useText } from '../language/Language.tsx';
import { Door } from '../sign-in/Door.tsx';

/** An address that is no page's. */
export function Missing() {
  const text = useText();
  return (
    <Door title={text('missing-title')} intro={<p>{text('missing-detail')}</p>}>
      <p>
        <Link to="/devices" search={{}}>
          {text('missing-home')}
        </Link>
      </p>
    </Door>
  );
}
