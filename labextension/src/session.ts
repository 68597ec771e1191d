import { ISessionContext, SessionContext } from '@jupyterlab/apputils';
import { Kernel, KernelSpec, ServerConnection, ServiceManager, Session, SessionAPI } from '@jupyterlab/services';
import { TranslationBundle } from '@jupyterlab/translation';

import { noKernel, Trouble } from './trouble';

const TYPE = 'sm-ssh-widget';
const PATIENCE = 6000; // milliseconds; a kernel on a busy machine takes one or two to start
const ATTEMPTS = 3;

/**
 * The session at `path`: the running one, else a new one.
 *
 * It is started here and not by the session context, whose way to tell of a failure is a dialog with a traceback.
 */
export async function openSession(
  services: ServiceManager.IManager,
  path: string,
  wanted: string,
  trans: TranslationBundle
): Promise<ISessionContext> {
  const { sessions, kernelspecs } = services;
  await Promise.all([sessions.ready, kernelspecs.ready]);
  await sessions.refreshRunning();
  if (!Array.from(sessions.running()).some(model => model.path === path)) {
    const kernel = kernelName(kernelspecs.specs, wanted, trans);
    const options = { path, type: TYPE, name: trans.__('SageMaker SSH set-up'), kernel: { name: kernel } };
    await startSession(options, services.serverSettings, trans);
  }
  const context = new SessionContext({
    sessionManager: sessions,
    specsManager: kernelspecs,
    path,
    type: TYPE,
    name: trans.__('SageMaker SSH set-up'),
    kernelPreference: { shouldStart: false, shutdownOnDispose: true }
  });
  await context.initialize();
  await heard(context.session?.kernel);
  return context;
}

/**
 * Until the kernel answers on this connection.
 *
 * jupyter_server_documents gives all connections to a kernel one identity: when another is there a moment earlier, the
 * kernel hears nothing of this one. Another that only looked is gone by then, so connecting again helps.
 */
async function heard(kernel: Kernel.IKernelConnection | null | undefined): Promise<void> {
  for (let attempt = 0; kernel && attempt < ATTEMPTS; attempt++) {
    const answer = kernel.info.then(() => true);
    const silence = new Promise<boolean>(resolve => setTimeout(resolve, PATIENCE, false));
    if (await Promise.race([answer, silence])) {
      return;
    }
    await kernel.reconnect();
  }
}

async function startSession(
  options: Session.ISessionOptions,
  settings: ServerConnection.ISettings,
  trans: TranslationBundle
): Promise<void> {
  try {
    await SessionAPI.startSession(options, settings);
  } catch (reason) {
    throw new Trouble(
      trans.__('The kernel “%1” did not start.', options.kernel?.name ?? ''),
      reason instanceof Error ? reason.message : String(reason),
      trans.__('Start it again, or choose another kernel in Settings > SageMaker SSH set-up.')
    );
  }
}

/** The kernel that was asked for, else the default one if it is Python, else the first that is. */
function kernelName(specs: KernelSpec.ISpecModels | null, wanted: string, trans: TranslationBundle): string {
  const all = specs?.kernelspecs ?? {};
  const python = Object.keys(all).filter(name => all[name]?.language === 'python');
  const found = wanted
    ? python.find(name => name === wanted)
    : (python.find(name => name === specs?.default) ?? python[0]);
  if (found === undefined) {
    throw noKernel(wanted, Object.keys(all), trans);
  }
  return found;
}
