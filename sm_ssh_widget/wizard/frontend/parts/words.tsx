import type { ComponentChildren } from 'preact';
import { ExplainedTerm } from './terms';

const LONG = 28;
const TAIL = 7;
/** Letters of a name that fit into the narrowest card. */
const SHORT = 32;
const TERM = /\{\{([^{}]+)\}\}/;
const WHOLE = /(\b[a-z]{2}(?:-[a-z]+){1,3}-\d\b|USD \d[\d.]*\d|\d{4}-\d\d-\d\d)/;
/** Where a long name may be broken: behind these, and never within a word or a number. */
const BREAKS = /(?<=[:/_.=,-])(?=\w)/;

/** A text in which `backticks` mark what is code, and {{braces}} a term that is explained. */
export function Rich({ text = '' }: { readonly text: string | undefined }) {
  return (
    <>
      {text.split('`').map((part, at) =>
        at % 2 ? (
          <code class={isShort(part) ? 'smw-nb' : undefined}>
            <Command text={part} />
          </code>
        ) : (
          <WithTerms text={part} />
        )
      )}
    </>
  );
}

function WithTerms({ text }: { readonly text: string }) {
  return (
    <>{text.split(TERM).map((part, at) => (at % 2 ? <ExplainedTerm key={at} name={part} /> : <Whole text={part} />))}</>
  );
}

/** Regions, prices and dates stay in one line: "eu-west-1", "USD 0.00695", "2026-11-01". */
function Whole({ text }: { readonly text: string }) {
  const parts = text.split(WHOLE);
  return parts.length === 1 ? (
    <>{text}</>
  ) : (
    <>{parts.map((part, at) => (at % 2 ? <span class="smw-nb">{part}</span> : part))}</>
  );
}

const isShort = (text: string): boolean => text.length <= SHORT && !text.includes(' ');

/** Words of a command: an option keeps its hyphens, a short word stays whole. */
function Command({ text }: { readonly text: string }) {
  if (!text.includes(' ')) return <Breakable text={text} />;
  return (
    <>
      {text.split(/( )/).map(word => (isShort(word) ? <span class="smw-nb">{word}</span> : <Breakable text={word} />))}
    </>
  );
}

/** A name that may be broken between its parts only; a short one, and one of several words, is not. */
export function Breakable({ text }: { readonly text: string }) {
  if (text.length <= SHORT) return <>{text}</>;
  return (
    <>
      {text.split(BREAKS).map((part, at) => (
        <>
          {at > 0 && <wbr />}
          {part}
        </>
      ))}
    </>
  );
}

/** Words that are only read aloud. */
export function Aloud({ children }: { readonly children: ComponentChildren }) {
  return <span class="smw-sr">{children}</span>;
}

/** A long name cut before its last letters; all of it is in the document and in the title. */
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
  readonly class?: string;
  readonly children: ComponentChildren;
}

/** A heading of a level from 1 to 6. */
export function Heading({ level, ...rest }: HeadingProps) {
  const Tag = `h${String(Math.min(level, 6))}` as 'h1' | 'h2' | 'h3' | 'h4' | 'h5' | 'h6';
  return <Tag {...rest} />;
}
