// Made from sm_ssh_widget/wizard/view.py by `python labextension/build.py types`: change that file, not this one.
// The kernel leaves out what is empty (no text, no items, false, 0, none), which is why most fields are optional.

export type Tone = '' | 'ok' | 'attention' | 'bad' | 'busy' | 'quiet';

export type FieldType = 'text' | 'select' | 'private' | 'secret' | 'secret-multiline';

/** A button. ``look`` is ``primary`` (one a screen at most), ``second``, ``plain`` (a way back) or ``link``. */
export interface Action {
  readonly id: string;
  readonly label?: string;
  readonly look: 'primary' | 'second' | 'plain' | 'link';
  readonly icon?: string;
  readonly unavailable?: string;
  readonly secrets?: readonly string[];
  readonly url?: string;
  readonly acts?: boolean;
  readonly side?: '' | 'start';
}

/** One item of the stepper. ``go`` is the event that leads there, empty where it cannot be gone to. */
export interface StepItem {
  readonly label?: string;
  readonly state: 'done' | 'current' | 'ahead';
  readonly go?: string;
}

/** A paragraph. */
export interface Text {
  readonly kind: 'text';
  readonly text?: string;
  readonly tone?: Tone;
}

/** A paragraph set apart by a rule at its side; ``lead`` is its first words, said stronger. */
export interface Note {
  readonly kind: 'note';
  readonly lead?: string;
  readonly text?: string;
  readonly tone?: Tone;
}

/** An empty state that says so gladly. */
export interface Empty {
  readonly kind: 'empty';
  readonly title?: string;
  readonly text?: string;
}

/** A value and where it was read. */
export interface Fact {
  readonly label?: string;
  readonly value?: string;
  readonly source?: string;
  readonly action?: Action;
}

/** Labelled values; ``small`` sets them as a line of meta data (cost, undo). */
export interface Facts {
  readonly kind: 'facts';
  readonly items?: readonly Fact[];
  readonly small?: boolean;
}

/** A requirement or a step: icon, title, status word; what is so, what follows, what to do, what it rests on. */
export interface Row {
  readonly id: string;
  readonly icon?: string;
  readonly title?: string;
  readonly word?: string;
  readonly tone?: Tone;
  readonly fact?: string;
  readonly consequence?: string;
  readonly remedy?: string;
  readonly evidence?: readonly string[];
  readonly blocks?: readonly Block[];
  readonly actions?: readonly Action[];
}

/** A list of rows; ``ordered`` where the order is the story. */
export interface Rows {
  readonly kind: 'rows';
  readonly label?: string;
  readonly rows?: readonly Row[];
  readonly ordered?: boolean;
}

/** A row of a table. ``sign`` is ``+`` added, ``-`` removed, ``~`` changed, ``=`` kept, or empty. */
export interface TableRow {
  readonly sign?: '' | '+' | '-' | '~' | '=';
  readonly cells?: readonly string[];
}

/** Statements or settings, one a row. */
export interface Table {
  readonly kind: 'table';
  readonly caption?: string;
  readonly columns?: readonly string[];
  readonly rows?: readonly TableRow[];
}

/** One option of a choice. ``blocks`` are shown below it; ``unavailable`` is why it cannot be chosen. */
export interface Option {
  readonly id: string;
  readonly title?: string;
  readonly line?: string;
  readonly on?: boolean;
  readonly aside?: string;
  readonly tone?: Tone;
  readonly unavailable?: string;
  readonly blocks?: readonly Block[];
}

/** Options to tick (``check``) or to pick one of (``radio``). ``layout``: ``list``, ``two`` columns or ``steps``. */
export interface Choice {
  readonly kind: 'choice';
  readonly id: string;
  readonly label?: string;
  readonly mode: 'radio' | 'check';
  readonly options?: readonly Option[];
  readonly layout: 'list' | 'two' | 'steps';
  readonly label_hidden?: boolean;
}

/** A field. ``options`` are ``(value, text)`` pairs to pick from. */
export interface Field {
  readonly kind: 'field';
  readonly id: string;
  readonly label?: string;
  readonly type: FieldType;
  readonly value?: string;
  readonly hint?: string;
  readonly placeholder?: string;
  readonly options?: readonly (readonly [string, string])[];
  readonly action?: Action;
}

/** Text to copy as it is; ``file`` is the name that it can be downloaded by. */
export interface Code {
  readonly kind: 'code';
  readonly label?: string;
  readonly text?: string;
  readonly file?: string;
}

/** A file to download; ``data`` is Base64. */
export interface Download {
  readonly kind: 'download';
  readonly label?: string;
  readonly file?: string;
  readonly data?: string;
}

/** JSON before and after, line by line: ``(mark, text)``, mark ``+``, ``-``, ``=`` or ``…`` for lines left out. */
export interface Diff {
  readonly kind: 'diff';
  readonly label?: string;
  readonly lines?: readonly (readonly [string, string])[];
}

/** Blocks behind a summary that says what they are. */
export interface Fold {
  readonly kind: 'fold';
  readonly id: string;
  readonly summary?: string;
  readonly blocks?: readonly Block[];
  readonly aside?: string;
  readonly icon?: string;
  readonly tone?: Tone;
  readonly open?: boolean;
}

/** Folds side by side. */
export interface Folds {
  readonly kind: 'folds';
  readonly items?: readonly Fold[];
}

/** Blocks under a heading of their own; ``aside`` stands at its right edge. */
export interface Part {
  readonly kind: 'part';
  readonly id: string;
  readonly title?: string;
  readonly blocks?: readonly Block[];
  readonly aside?: string;
}

/** A number and its noun, or an icon and its word. */
export interface Count {
  readonly text?: string;
  readonly number?: string;
  readonly icon?: string;
  readonly tone?: Tone;
}

/** Counts in one line. */
export interface Tally {
  readonly kind: 'tally';
  readonly items?: readonly Count[];
}

/** An error in its three parts, and its buttons. */
export interface ProblemPanel {
  readonly kind: 'problem';
  readonly where?: string;
  readonly said?: string;
  readonly next?: string;
  readonly actions?: readonly Action[];
}

/** A device code, shown large, the page it goes to, and what to do there. */
export interface Device {
  readonly kind: 'device';
  readonly code?: string;
  readonly url?: string;
  readonly steps?: readonly string[];
}

/** What is being waited for. */
export interface Waiting {
  readonly kind: 'waiting';
  readonly text?: string;
  readonly aside?: string;
}

/** One of two identities. */
export interface Person {
  readonly title?: string;
  readonly value?: string;
  readonly text?: string;
}

/** Two identities, side by side. */
export interface Pair {
  readonly kind: 'pair';
  readonly people?: readonly Person[];
}

/** The place of rows that are on their way. */
export interface Skeleton {
  readonly kind: 'skeleton';
  readonly label?: string;
  readonly rows?: number;
}

export type Block =
  | Text
  | Note
  | Empty
  | Facts
  | Rows
  | Table
  | Choice
  | Field
  | Code
  | Download
  | Diff
  | Fold
  | Folds
  | Part
  | Tally
  | ProblemPanel
  | Device
  | Waiting
  | Pair
  | Skeleton;

/** One screen. ``heading`` is the answer in a sentence; ``status`` is what a live region says; ``busy`` is a verb. */
export interface View {
  readonly screen?: string;
  readonly heading?: string;
  readonly steps?: readonly StepItem[];
  readonly blocks?: readonly Block[];
  readonly actions?: readonly Action[];
  readonly lede?: string;
  readonly icon?: string;
  readonly tone?: Tone;
  readonly target?: readonly string[];
  readonly footnote?: string;
  readonly status?: string;
  readonly busy?: string;
  readonly revision?: number;
}
