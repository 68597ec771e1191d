import { ISessionContext } from '@jupyterlab/apputils';
import { OutputAreaModel, SimplifiedOutputArea } from '@jupyterlab/outputarea';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Kernel, KernelMessage, ServiceManager } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';
import { ISignal, Signal } from '@lumino/signaling';

import { sessionPath } from './person';
import { openSession } from './session';
import { ended, IKernelError, kernelError, Trouble, troubleOf } from './trouble';
import { IModels, isApplying, manageWidgets } from './widgets';

const WIDGET = 'application/vnd.jupyter.widget-view+json';

/** Defaults of the wizard; `schema/plugin.json` lists the values. */
export interface IOptions {
  baseline: string;
  kernel: string;
  account: string;
}

/** Services of the application. */
export interface IParts {
  services: ServiceManager.IManager;
  rendermime: IRenderMimeRegistry;
  trans: TranslationBundle;
  /** The language of the application, as a tag. */
  language: string;
}

/** `restarted`: the kernel died and is back with a new wizard. A trouble is the last event of a run. */
export type News = Trouble | 'shown' | 'restarting' | 'restarted';

/** One kernel, from its start to its end, and the wizard that it shows. */
export class Run {
  /** Attach to this person's kernel, or start it. Throws `Trouble`. */
  static async begin(parts: IParts, options: IOptions): Promise<Run> {
    const session = await openSession(parts.services, sessionPath(), options.kernel, parts.trans);
    const rendermime = parts.rendermime.clone(); // the application's own is not changed
    const models = await manageWidgets(session, rendermime);
    return new Run(parts, options, session, rendermime, models);
  }

  private constructor(
    private readonly parts: IParts,
    private readonly options: IOptions,
    private readonly session: ISessionContext,
    rendermime: IRenderMimeRegistry,
    private readonly models: IModels
  ) {
    this.area = new SimplifiedOutputArea({ model: new OutputAreaModel({ trusted: true }), rendermime });
    session.statusChanged.connect((_, status) => {
      this.follow(status);
    });
    session.kernelChanged.connect((_, { newValue }) => {
      if (!newValue) {
        this.emit(ended(this.trans));
      }
    });
  }

  readonly area: SimplifiedOutputArea;

  private get trans(): TranslationBundle {
    return this.parts.trans;
  }

  /** Events of the kernel. */
  get news(): ISignal<this, News> {
    return this._news;
  }

  /** Show the kernel's only wizard: a new one, or the existing one after a reload of the page. */
  async show(news: News = 'shown'): Promise<void> {
    try {
      await this.execute(code(this.options, this.parts.language));
      this.emit(news);
    } catch (reason) {
      this.emit(troubleOf(reason, this.trans));
    }
  }

  /** Whether changes are being applied at this moment. */
  async applying(): Promise<boolean> {
    const data = this.area.model
      .toJSON()
      .map(output => output.data as Record<string, { model_id: string }> | undefined);
    const ids = data.flatMap(bundle => bundle?.[WIDGET]?.model_id ?? []);
    return (await Promise.all(ids.map(id => isApplying(this.models, id)))).includes(true);
  }

  /** End the kernel. */
  dispose(): void {
    this.ended = true;
    this.session.dispose();
    this.area.dispose();
  }

  private async execute(source: string): Promise<void> {
    const { area, session, trans } = this;
    const kernel = session.session?.kernel;
    if (!kernel) {
      throw ended(trans);
    }
    area.model.clear();
    const future = kernel.requestExecute({ code: source, store_history: false });
    area.future = future;
    const error = await outcome(future);
    if (error) {
      area.model.clear(); // never show a traceback to a person
      throw kernelError(error, session.kernelDisplayName, this.options.account, trans);
    }
  }

  private follow(status: Kernel.Status): void {
    if (status === 'dead') {
      this.emit(ended(this.trans));
    } else if (status === 'restarting' || status === 'autorestarting') {
      this.stale = true;
      this.emit('restarting');
    } else if (status === 'idle' && this.stale) {
      this.stale = false;
      void this.show('restarted');
    }
  }

  private emit(news: News): void {
    if (!this.ended) {
      this.ended = news instanceof Trouble;
      this._news.emit(news);
    }
  }

  private readonly _news = new Signal<this, News>(this);
  private ended = false;
  private stale = false;
}

/**
 * The error that the code ends with, or nothing.
 *
 * Also read from the broadcast channel: jupyter_server_documents gives all connections to a kernel one
 * identity, and the reply that is meant for this one may go to another.
 */
function outcome(future: Kernel.IShellFuture<KernelMessage.IExecuteRequestMsg, KernelMessage.IExecuteReplyMsg>) {
  return new Promise<IKernelError | undefined>((resolve, reject) => {
    let error: IKernelError | undefined;
    future.registerMessageHook(message => {
      if (KernelMessage.isErrorMsg(message)) {
        error = message.content;
      } else if (KernelMessage.isStatusMsg(message) && message.content.execution_state === 'idle') {
        resolve(error);
      }
      return true;
    });
    future.done.then(({ content }) => {
      resolve(content.status === 'error' ? content : undefined);
    }, reject);
  });
}

/** JSON's strings are Python's. A package that speaks no other language is not asked for one. */
function code({ baseline, account }: IOptions, language: string): string {
  const options = { baseline, account, ...(language.startsWith('en') ? {} : { language }) };
  const given = Object.entries(options).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
  return `from sm_ssh_widget.wizard.lab_panel import show\nshow(${given.join(', ')})`;
}
