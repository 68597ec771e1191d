import { Panel } from '@lumino/widgets';

import { Notice } from './notice';
import { forgetSession } from './person';
import { IOptions, IParts, News, Run } from './run';
import { Trouble, troubleOf } from './trouble';

/** The wizard with its own kernel, and a notice above it if needed. */
export class WizardPanel extends Panel {
  constructor(
    private readonly parts: IParts,
    private readonly options: () => Promise<IOptions>
  ) {
    super();
    this.addClass('sm-ssh-Panel');
    this.notice = new Notice(parts.trans, () => void this.startAgain());
    this.addWidget(this.notice);
    void this.start();
  }

  /** Whether closing now would interrupt changes. */
  async applying(): Promise<boolean> {
    return (await this.run?.applying()) ?? false;
  }

  override dispose(): void {
    if (!this.isDisposed) {
      this.end();
      super.dispose();
    }
  }

  private async start(): Promise<void> {
    this.notice.say(this.parts.trans.__('Starting a kernel…'));
    try {
      const run = await Run.begin(this.parts, await this.options());
      if (this.isDisposed) {
        run.dispose();
        return;
      }
      this.run = run;
      run.news.connect((_, news) => {
        this.tell(news);
      });
      run.area.hide();
      this.addWidget(run.area);
      await run.show();
    } catch (reason) {
      this.tell(troubleOf(reason, this.parts.trans));
    }
  }

  private async startAgain(): Promise<void> {
    this.end();
    await this.start();
  }

  private end(): void {
    this.run?.dispose();
    this.run = undefined;
    forgetSession();
  }

  private tell(news: News): void {
    const { trans } = this.parts;
    if (news !== 'restarting') {
      this.run?.area.setHidden(news instanceof Trouble);
    }
    if (news instanceof Trouble) {
      this.notice.tell(news);
    } else if (news === 'shown') {
      this.notice.hide();
    } else if (news === 'restarting') {
      this.notice.say(trans.__('The kernel ended. Restarting…'));
    } else {
      this.notice.say(
        trans.__('The kernel was restarted and the wizard starts over. Earlier changes are in the journal.')
      );
    }
  }

  private readonly notice: Notice;
  private run: Run | undefined;
}
