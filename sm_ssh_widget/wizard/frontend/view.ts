// Made from the dataclasses of sm_ssh_widget/wizard (view.py, blocks.py, *_blocks.py, controls.py) by
// `python labextension/build.py types`: change those files, not this one.
// The kernel leaves out what is empty (no text, no items, false, 0, none), which is why most fields are optional.

export type Tone = '' | 'ok' | 'attention' | 'bad' | 'busy' | 'quiet';

export type FieldType = 'text' | 'select' | 'private' | 'secret' | 'secret-multiline';

/** A button. ``look``: ``primary`` (one a screen at most), ``second``, ``plain`` (back), ``link``, ``danger``. */
export interface Action {
  readonly id: string;
  readonly label?: string;
  readonly look: 'primary' | 'second' | 'plain' | 'link' | 'danger';
  readonly icon?: string;
  readonly unavailable?: string;
  readonly secrets?: readonly string[];
  readonly url?: string;
  readonly copies?: string;
  readonly acts?: boolean;
  readonly side?: '' | 'start';
}

/** One item of the stepper. ``go`` is the event that leads there, empty where it cannot be gone to. */
export interface StepItem {
  readonly label?: string;
  readonly state: 'done' | 'current' | 'ahead';
  readonly go?: string;
  readonly percent?: number;
  readonly aside?: boolean;
}

/** The context line of every screen: the account in use and what can happen there. */
export interface Context {
  readonly account?: string;
  readonly hue?: number;
  readonly role?: string;
  readonly region?: string;
  readonly access: 'read' | 'signed-in' | 'writes';
  readonly words?: string;
  readonly ending?: boolean;
  readonly forget?: Action;
}

/** A term of the trade in two lines, and where AWS explains it. */
export interface Term {
  readonly name?: string;
  readonly text?: string;
  readonly url?: string;
}

/** A file that a person asked for; ``id`` is another one for each time. ``data`` is Base64. */
export interface SavedFile {
  readonly id: number;
  readonly file?: string;
  readonly data?: string;
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

/** A statement of a policy in words: who may do what on what, and below it only if what. */
export interface Statement {
  readonly sign?: '' | '+' | '-' | '=';
  readonly text?: string;
  readonly conditions?: readonly string[];
  readonly level?: string;
  readonly warning?: boolean;
  readonly flags?: readonly string[];
  readonly calls?: readonly string[];
}

/** The statements of a document or of a managed policy. */
export interface Statements {
  readonly kind: 'statements';
  readonly label?: string;
  readonly items?: readonly Statement[];
}

/** A number and its noun, or an icon and its word. */
export interface Count {
  readonly text?: string;
  readonly number?: string;
  readonly icon?: string;
  readonly tone?: Tone;
}

/** AWS calls, each with a mark that says whether it can be made. */
export interface Calls {
  readonly kind: 'calls';
  readonly label?: string;
  readonly items?: readonly Count[];
}

/** A change in one line, without its details. */
export interface SignedLine {
  readonly sign: '+' | '-' | '~';
  readonly title?: string;
  readonly aside?: string;
}

/** Changes in one line each. */
export interface Lines {
  readonly kind: 'lines';
  readonly label?: string;
  readonly items?: readonly SignedLine[];
}

/** Links and small buttons in one line. */
export interface Links {
  readonly kind: 'links';
  readonly items?: readonly Action[];
}

/** Who stands in the picture. */
export interface PictureNode {
  readonly icon?: string;
  readonly title?: string;
  readonly text?: string;
}

/** What lies between two neighbors, or, as a facet, what belongs to the node ``at``. */
export interface PictureEdge {
  readonly label?: string;
  readonly aloud?: string;
  readonly state: 'ok' | 'new' | 'missing' | 'blocked' | 'unknown';
  readonly row?: string;
  readonly forward?: boolean;
  readonly at?: number;
}

/** Who trusts whom: nodes in a line, an edge between each two, and facets below the nodes. */
export interface Picture {
  readonly kind: 'picture';
  readonly label?: string;
  readonly nodes?: readonly PictureNode[];
  readonly edges?: readonly PictureEdge[];
  readonly facets?: readonly PictureEdge[];
}

/** One total: what it is of, its value in large, and a line that explains it. */
export interface Figure {
  readonly label?: string;
  readonly value?: string;
  readonly text?: string;
  readonly icon?: string;
  readonly tone?: Tone;
}

/** The totals of a plan; ``picture`` stands beside them where there is room. */
export interface Figures {
  readonly kind: 'figures';
  readonly items?: readonly Figure[];
  readonly picture?: Picture;
}

/** Text to copy as it is; ``file`` is the name that it can be downloaded by. */
export interface CodeListing {
  readonly kind: 'code';
  readonly label?: string;
  readonly text?: string;
  readonly file?: string;
}

/** JSON before and after, line by line: ``(mark, text)``, mark ``+``, ``-`` or ``=`` (kept). */
export interface Diff {
  readonly kind: 'diff';
  readonly id: string;
  readonly label?: string;
  readonly lines?: readonly (readonly [string, string])[];
  readonly new?: boolean;
}

/** A group: how many, of what, what it needs. ``share`` is its part of all, in percent. */
export interface Card {
  readonly id: string;
  readonly number?: string;
  readonly title?: string;
  readonly text?: string;
  readonly share?: number;
  readonly tone?: Tone;
  readonly on?: boolean;
}

/** Groups to choose from, by a choice of this id; ``aside`` stands at the right edge of the title. */
export interface Cards {
  readonly kind: 'cards';
  readonly id: string;
  readonly title?: string;
  readonly aside?: string;
  readonly items?: readonly Card[];
}

/** A status to show or to hide, and how many have it. */
export interface Chip {
  readonly id: string;
  readonly title?: string;
  readonly icon?: string;
  readonly tone?: Tone;
  readonly on?: boolean;
}

/** A requirement: its short title, and the whole one. */
export interface MatrixColumn {
  readonly id: string;
  readonly title?: string;
  readonly text?: string;
}

/** What a cell says: icon, word, and the sentences behind it. */
export interface MatrixMark {
  readonly icon?: string;
  readonly word?: string;
  readonly tone?: Tone;
  readonly text?: string;
}

/** A role: ARN, name, where it lies, who uses it, and the number of the mark of each cell. */
export interface MatrixRow {
  readonly id: string;
  readonly title?: string;
  readonly text?: string;
  readonly aside?: string;
  readonly cells?: readonly number[];
  readonly opened?: boolean;
  readonly pick?: '' | 'off' | 'on';
}

/** Roles and requirements. The kernel filters, and sends only the rows around the one that is in view. */
export interface RoleMatrix {
  readonly kind: 'matrix';
  readonly id: string;
  readonly label?: string;
  readonly value?: string;
  readonly chips?: readonly Chip[];
  readonly corner?: string;
  readonly beside?: string;
  readonly columns?: readonly MatrixColumn[];
  readonly marks?: readonly MatrixMark[];
  readonly rows?: readonly MatrixRow[];
  readonly first?: number;
  readonly at?: number;
  readonly total?: number;
  readonly text?: string;
  readonly find?: string;
  readonly statuses?: string;
  readonly scroll?: string;
  readonly open?: string;
  readonly picks?: string;
  readonly clear?: Action;
}

/** A paragraph. */
export interface Text {
  readonly kind: 'text';
  readonly text?: string;
  readonly tone?: Tone;
  readonly strong?: boolean;
}

/** A paragraph set apart by a rule at its side; ``lead`` is its first words, said stronger. */
export interface Note {
  readonly kind: 'note';
  readonly lead?: string;
  readonly text?: string;
  readonly tone?: Tone;
}

/** A paragraph set apart by a wash: ``lead`` is its title or its first words, with at most one button. */
export interface Band {
  readonly kind: 'band';
  readonly id: string;
  readonly lead?: string;
  readonly text?: string;
  readonly tone?: Tone;
  readonly icon?: string;
  readonly actions?: readonly Action[];
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
  readonly seconds?: number;
}

/** A list of rows; ``ordered`` where the order is the story. */
export interface Rows {
  readonly kind: 'rows';
  readonly label?: string;
  readonly rows?: readonly Row[];
  readonly ordered?: boolean;
}

/** One option of a choice. ``blocks`` are shown below it; ``unavailable`` is why it cannot be chosen. */
export interface ChoiceOption {
  readonly id: string;
  readonly title?: string;
  readonly line?: string;
  readonly on?: boolean;
  readonly aside?: string;
  readonly tone?: Tone;
  readonly unavailable?: string;
  readonly blocks?: readonly Block[];
}

/** Options to tick (``check``) or to choose one of (``radio``). */
export interface Choice {
  readonly kind: 'choice';
  readonly id: string;
  readonly label?: string;
  readonly mode: 'radio' | 'check';
  readonly options?: readonly ChoiceOption[];
  readonly layout: 'list' | 'two' | 'ask';
  readonly label_hidden?: boolean;
  readonly text?: string;
}

/** One change of a plan in one line; ``blocks`` unfold below it, or stand beside the list where there is room. */
export interface ChangeLine {
  readonly id: string;
  readonly title?: string;
  readonly sign: '+' | '-' | '~';
  readonly on?: boolean;
  readonly delta?: string;
  readonly tag?: string;
  readonly warning?: string;
  readonly open?: boolean;
  readonly blocks?: readonly Block[];
}

/** The changes of a plan, to be ticked: overview first, details on demand. */
export interface Changes {
  readonly kind: 'changes';
  readonly id: string;
  readonly title?: string;
  readonly label?: string;
  readonly items?: readonly ChangeLine[];
}

/** Blocks beside their heading: a group of fields or of facts. ``action`` stands at its right edge. */
export interface Section {
  readonly kind: 'section';
  readonly id: string;
  readonly title?: string;
  readonly blocks?: readonly Block[];
  readonly hint?: string;
  readonly action?: Action;
}

/** One of several tabs. */
export interface Tab {
  readonly id: string;
  readonly title?: string;
  readonly blocks?: readonly Block[];
}

/** Blocks of which one tab is shown at a time; which one, only the front end knows. */
export interface Tabs {
  readonly kind: 'tabs';
  readonly id: string;
  readonly label?: string;
  readonly items?: readonly Tab[];
}

/** How long something has taken: ``seconds`` as of this view, which a front end counts on unless it is ``over``. */
export interface Meter {
  readonly kind: 'meter';
  readonly id: string;
  readonly seconds?: number;
  readonly text?: string;
  readonly over?: boolean;
}

/** One line of a picker. */
export interface PickerItem {
  readonly value?: string;
  readonly title?: string;
  readonly text?: string;
  readonly aside?: string;
  readonly note?: string;
}

/** A field to search a list with. The kernel searches; ``items`` are the first that were found. */
export interface Picker {
  readonly kind: 'picker';
  readonly id: string;
  readonly label?: string;
  readonly value?: string;
  readonly items?: readonly PickerItem[];
  readonly text?: string;
  readonly chosen?: string;
  readonly placeholder?: string;
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
  readonly error?: string;
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

/** Blocks under a heading of their own; ``aside`` stands at its right edge. */
export interface Part {
  readonly kind: 'part';
  readonly id: string;
  readonly title?: string;
  readonly blocks?: readonly Block[];
  readonly aside?: string;
}

/** An error in its three parts, and its buttons. ``by_aws`` says that ``said`` is AWS's own words, unchanged. */
export interface ProblemPanel {
  readonly kind: 'problem';
  readonly where?: string;
  readonly said?: string;
  readonly next?: string;
  readonly actions?: readonly Action[];
  readonly by_aws?: boolean;
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

/** The place of rows that are on their way. */
export interface Skeleton {
  readonly kind: 'skeleton';
  readonly label?: string;
  readonly rows?: number;
}

export type Block =
  | Text
  | Note
  | Band
  | Facts
  | Rows
  | Table
  | Choice
  | Changes
  | Statements
  | Figures
  | Links
  | Lines
  | Calls
  | Picture
  | Section
  | Tabs
  | Meter
  | Picker
  | Field
  | CodeListing
  | Diff
  | Fold
  | Part
  | ProblemPanel
  | Device
  | Waiting
  | Skeleton
  | Cards
  | RoleMatrix;

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
  readonly again?: Action;
  readonly context?: Context;
  readonly simulated?: string;
  readonly wide?: boolean;
  readonly terms?: readonly Term[];
  readonly saves?: SavedFile;
  readonly footnote?: string;
  readonly status?: string;
  readonly busy?: string;
  readonly revision?: number;
}
