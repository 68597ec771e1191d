import { TranslationBundle } from '@jupyterlab/translation';

/** What a kernel says of an exception. */
export interface IKernelError {
  ename: string;
  evalue: string;
}

/** What stands in the way, in three parts: where, what was said, what to do next. */
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

/** Words for anything that was thrown. */
export function troubleOf(reason: unknown, trans: TranslationBundle): Trouble {
  if (reason instanceof Trouble) {
    return reason;
  }
  const said = reason instanceof Error ? reason.message : String(reason);
  return new Trouble(trans.__('The set-up could not be started.'), said, trans.__('Start it again.'));
}

/** Words for an error that the kernel answered with. */
export function kernelError(reply: IKernelError, kernel: string, account: string, trans: TranslationBundle): Trouble {
  const said = `${reply.ename}: ${reply.evalue}`;
  // The project is not on a package index yet: no message may name it there, anyone could register the name.
  const what = account === 'simulated' ? '".[demo]"' : '.';
  if (reply.ename === 'ModuleNotFoundError' || reply.ename === 'ImportError') {
    return new Trouble(
      trans.__('The kernel “%1” cannot import what the set-up needs.', kernel),
      said,
      trans.__(
        'Run this line in a notebook with the same kernel, in a clone of the project, then start again. ' +
          'Or name another kernel under Settings, SageMaker SSH set-up.'
      ),
      `%pip install ${what}`
    );
  }
  return new Trouble(
    trans.__('The set-up failed to start in the kernel “%1”.', kernel),
    said,
    trans.__(
      'Start it again. If that fails too, update the package with this line in a clone of the project, and reload this page.'
    ),
    `%pip install --upgrade ${what}`
  );
}

/** Words for a kernel that will not come back by itself: for the server, death and shutting down look the same. */
export function ended(trans: TranslationBundle): Trouble {
  return new Trouble(
    trans.__('The kernel has ended: it died, or it was shut down.'),
    trans.__('The sign-in is gone with it. Changes made so far are in the journal.'),
    trans.__('Start again: the check shows where things stand.')
  );
}

/** Words for a server without the kernel that is wanted. */
export function noKernel(wanted: string, names: string[], trans: TranslationBundle): Trouble {
  const list = names.join(', ') || trans.__('none');
  return new Trouble(
    wanted ? trans.__('There is no kernel named “%1”.', wanted) : trans.__('There is no Python kernel on this server.'),
    trans.__('Kernels on this server: %1.', list),
    trans.__('Name one of them under Settings, SageMaker SSH set-up, then start again.')
  );
}
