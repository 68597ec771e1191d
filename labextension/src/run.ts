import { ISessionContext } from '@jupyterlab/apputils';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Kernel, ServiceManager } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { sessionPath } from './person';
import { openSession } from './session';
import { died, kernelError, shutDown, Trouble, troubleOf } from './trouble';
import { IModels, isApplying, manageWidgets } from './widgets';

const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** What the wizard starts with; `schema/plugin.json` says what may stand here. */
export interface IOptions {
  baseline: string;
  kernel: string;
  account: string;
}

/** What the application lends. */
export interface IParts {
  services: ServiceManager.IManager;
  rendermime: IRenderMimeRegistry;
  trans: TranslationBundle;
}

/** `restarted`: the kernel died and is back with a new wizard. */
export type News = Trouble | 'restarting' | 'restarted';

/** One kernel, from its start to its end, and the wizard that it shows. */
export class Run {
  /** Attach to this person's kernel or start it, and have it show its wizard. Throws `Trouble`. */
  static async begin(parts: IParts, options: IOptions): Promise<Run> {
    const session = await openSession(parts.services, sessionPath(), options.kernel, parts.trans);
    const rendermime = parts.rendermime.clone(); // the application's own stays as it is
    const models = await manageWidgets(session, rendermime);
    const run = new Run(parts, options, session, rendermime, models);
    try {
      await run.show();
    } catch (reason) {
      run.dispose();
      throw reason;
    }
    return run;
  }

  private constructor(
    private readonly parts: IParts,
    private readonly options: IOptions,
    private readonly session: ISessionContext,
    rendermime: IRenderMimeRegistry,
    private readonly models: IModels
  ) {
    this.area = new SimplifiedOutputArea({ model: new OutputAreaModel({ trusted: true }), rendermime });
    session.statusChanged.connect((_, status) => void this.follow(status));
    session.kernelChanged.connect((_, { newValue }) => {
      if (!newValue) {
        this._news.emit(shutDown(parts.trans));
      }
    });
  }

  readonly area: SimplifiedOutputArea;

  /** What happens to the kernel after it has shown the wizard. */
  get news(): ISignal<this, News> {
    return this._news;
  }

  /** End the kernel. */
  dispose(): void {
    Signal.clearData(this);
    this.session.dispose();
    this.area.dispose();
  }

  /** Whether changes are being applied at this moment. */
  async applying(): Promise<boolean> {
    const data = this.area.model
      .toJSON()
      .map(output => output.data as Record<string, { model_id: string }> | undefined);
    const ids = data.flatMap(bundle => bundle?.[WIDGET]?.model_id ?? []);
    return (await Promise.all(ids.map(id => isApplying(this.models, id)))).includes(true);
  }

  /** The kernel shows its one wizard: a new one, or after a reload of the page the one that it has. */
  private async show(): Promise<void> {
    const { area, options, session, parts } = this;
    const kernel = session.session?.kernel;
    if (!kernel) {
      throw shutDown(parts.trans);
    }
    area.model.clear();
    const future = kernel.requestExecute({ code: code(options), store_history: false });
    area.future = future;
    const { content } = await future.done;
    if (content.status === 'error') {
      throw kernelError(content, session.kernelDisplayName, options.account, parts.trans);
    }
  }

  private async follow(status: Kernel.Status): Promise<void> {
    if (status === 'dead') {
      this._news.emit(died(this.parts.trans));
    } else if (status === 'restarting' || status === 'autorestarting') {
      this.stale = true;
      this._news.emit('restarting');
    } else if (status === 'idle' && this.stale) {
      this.stale = false;
      const news = await this.show().then(
        (): News => 'restarted',
        (reason: unknown) => troubleOf(reason, this.parts.trans)
      );
      this._news.emit(news);
    }
  }

  private readonly _news = new Signal<this, News>(this);
  private stale = false;
}

/** JSON's strings are Python's. */
function code({ baseline, account }: IOptions): string {
  return (
    'from sm_ssh_widget.wizard.panel import show\n' +
    `show(baseline=${JSON.stringify(baseline)}, account=${JSON.stringify(account)})`
  );
}
