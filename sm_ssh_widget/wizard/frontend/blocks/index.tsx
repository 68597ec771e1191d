import type { FunctionComponent } from 'preact';
import type { Block } from '../view';
import { BandBlock } from './band';
import { CallsBlock } from './calls';
import { CardsBlock } from './cards';
import { ChangesBlock } from './changes';
import { ChoiceBlock } from './choice';
import { CodeBlock } from './code';
import { DeviceBlock } from './device';
import { DiffBlock } from './diff';
import type { Drawing } from './drawing';
import { FactsBlock } from './facts';
import { FieldBlock } from './field';
import { FiguresBlock } from './figures';
import { FoldBlock } from './fold';
import { LinesBlock } from './lines';
import { LinksBlock } from './links';
import { MatrixBlock } from './matrix';
import { MeterBlock } from './meter';
import { NoteBlock } from './note';
import { PartBlock } from './part';
import { PickerBlock } from './picker';
import { PictureBlock } from './picture';
import { ProblemBlock } from './problem';
import { RowsBlock } from './rows';
import { SectionBlock } from './section';
import { SkeletonBlock } from './skeleton';
import { StatementsBlock } from './statements';
import { TableBlock } from './table';
import { TabsBlock } from './tabs';
import { TextBlock } from './text';
import { WaitingBlock } from './waiting';

type Kind = Block['kind'];
type OfKind<K extends Kind> = Extract<Block, { readonly kind: K }>;

/** The component of every kind of block; one that is missing, or does not fit its kind, does not compile. */
const COMPONENTS: { readonly [K in Kind]: FunctionComponent<Drawing<OfKind<K>>> } = {
  band: BandBlock,
  calls: CallsBlock,
  cards: CardsBlock,
  changes: ChangesBlock,
  choice: ChoiceBlock,
  code: CodeBlock,
  device: DeviceBlock,
  diff: DiffBlock,
  facts: FactsBlock,
  field: FieldBlock,
  figures: FiguresBlock,
  fold: FoldBlock,
  lines: LinesBlock,
  links: LinksBlock,
  matrix: MatrixBlock,
  meter: MeterBlock,
  note: NoteBlock,
  part: PartBlock,
  picker: PickerBlock,
  picture: PictureBlock,
  problem: ProblemBlock,
  rows: RowsBlock,
  section: SectionBlock,
  skeleton: SkeletonBlock,
  statements: StatementsBlock,
  table: TableBlock,
  tabs: TabsBlock,
  text: TextBlock,
  waiting: WaitingBlock
};

interface BlocksProps {
  readonly blocks: readonly Block[] | undefined;
  readonly level: number;
}

/** Blocks, one below the other. A kind that only a newer kernel knows is left out. */
export function Blocks({ blocks = [], level }: BlocksProps) {
  return (
    <>
      {blocks.map((block, at) => {
        const Component = componentOf(block);
        return Component && <Component key={keyOf(block, at)} block={block} level={level} draw={draw} />;
      })}
    </>
  );
}

const draw: Drawing<Block>['draw'] = (blocks, level) => <Blocks blocks={blocks} level={level} />;

// The table fits each kind to its component, which the type of a lookup by a union cannot express.
const componentOf = (block: Block) => COMPONENTS[block.kind] as FunctionComponent<Drawing<Block>> | undefined;

/** A block keeps its element, and so its focus and its open folds, for as long as it has this key. */
const keyOf = (block: Block, at: number): string => `${block.kind}:${'id' in block ? block.id : String(at)}`;
