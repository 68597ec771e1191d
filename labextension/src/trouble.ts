import { TranslationBundle } from '@jupyterlab/translation';

/** An exception as a kernel reports it. */
export interface IKernelError {
  ename: string;
  evalue: string;
}

/** A problem in three parts: where, what was said, what to do next. */
export class Trouble extends Error {
  constructor(
    readonly where: string,
    readonly said: string,
    readonly next: string,
    readonly command = ''
  ) {
    super(where);
  }
}

/** Describe anything that was thrown. */
export function troubleOf(reason: unknown, trans: TranslationBundle): Trouble {
  if (reason instanceof Trouble) {
    return reason;
  }
  const said = reason instanceof Error ? reason.message : String(reason);
  return new Trouble(trans.__('SageMaker SSH set-up could not start.'), said, trans.__('Start it again.'));
}

/** Describe an error reply of the kernel. */
export function kernelError(reply: IKernelError, kernel: string, account: string, trans: TranslationBundle): Trouble {
  const said = `${reply.ename}: ${reply.evalue}`;
  // The project is not on a package index yet: no message may point there, because anyone could register the name.
  const what = account === 'simulated' ? '".[demo]"' : '.';
  if (reply.ename === 'ModuleNotFoundError' || reply.ename === 'ImportError') {
    return new Trouble(
      trans.__('sm-ssh-widget is not installed in the kernel “%1”.', kernel),
      said,
      trans.__(
        'Run this line in a notebook with that kernel, in a clone of the project, then start again. ' +
          'Or choose another kernel in Settings > SageMaker SSH set-up.'
      ),
      `%pip install ${what}`
    );
  }
  return new Trouble(
    trans.__('SageMaker SSH set-up failed to start in the kernel “%1”.', kernel),
    said,
    trans.__(
      'Start it again. If it fails again, update the package with this line in a clone of the project and reload the page.'
    ),
    `%pip install --upgrade ${what}`
  );
}

/** Describe a kernel that does not restart by itself: the server does not distinguish a crash from a shutdown. */
export function ended(trans: TranslationBundle): Trouble {
  return new Trouble(
    trans.__('The kernel died or was shut down.'),
    trans.__('Your sign-in ended with it. Changes made so far are in the journal.'),
    trans.__('Start again and check the role.')
  );
}

/** Describe a server without the wanted kernel. */
export function noKernel(wanted: string, names: string[], trans: TranslationBundle): Trouble {
  const list = names.join(', ') || trans.__('none');
  return new Trouble(
    wanted ? trans.__('There is no kernel named “%1”.', wanted) : trans.__('There is no Python kernel on this server.'),
    trans.__('Kernels on this server: %1.', list),
    trans.__('Choose one of them in Settings > SageMaker SSH set-up, then start again.')
  );
}
