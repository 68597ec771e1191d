import type { ComponentChildren } from 'preact';

const LONG = 28;
const TAIL = 16;

/** A text in which `backticks` mark what is code. */
export function Rich({ text = '' }: { readonly text: string | undefined }) {
  return <>{text.split('`').map((part, at) => (at % 2 ? <code>{part}</code> : part))}</>;
}

/** Words that are only read aloud. */
export function Aloud({ children }: { readonly children: ComponentChildren }) {
  return <span class="smw-sr">{children}</span>;
}

/** A long name cut in the middle; all of it is in the document and in the title. */
export function Cut({ text }: { readonly text: string }) {
  if (text.length < LONG) return <span>{text}</span>;
  return (
    <span class="smw-cut" title={text}>
      <span>{text.slice(0, -TAIL)}</span>
      <span>{text.slice(-TAIL)}</span>
    </span>
  );
}

interface HeadingProps {
  readonly level: number;
  readonly id?: string;
  readonly children: ComponentChildren;
}

/** A heading of a level from 1 to 6. */
export function Heading({ level, ...rest }: HeadingProps) {
  const Tag = `h${String(level)}` as 'h1' | 'h2' | 'h3' | 'h4' | 'h5' | 'h6';
  return <Tag {...rest} />;
}
