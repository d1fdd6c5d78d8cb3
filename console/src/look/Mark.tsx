// Purser's mark: the signal flag "P" on its staff, with two ledger lines in its white field.
export function Mark(props: { size?: number; onDark?: boolean }) {
  const { size = 28, onDark = false } = props;
  const blue = onDark ? '#5b9be0' : '#1f5a9c';
  return (
    <svg width={size} height={size} viewBox="0 0 32 32" aria-hidden="true" focusable="false">
      <path fill="#c99a3b" d="M3 2h2.6v28H3z" />
      <path fill={blue} d="M7 4h23v20H7z" />
      <path fill="#fff" d="M13 9h11v10H13z" />
      <path fill={blue} d="M15.2 12h6.6v1.5h-6.6zm0 2.9h6.6v1.5h-6.6z" />
    </svg>
  );
}
