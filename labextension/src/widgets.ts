import { registerWidgetManager } from '@jupyter-widgets/jupyterlab-manager';
import { ISessionContext } from '@jupyterlab/apputils';
import { IRenderMimeRegistry } from '@jupyterlab/rendermime';
import { Signal } from '@lumino/signaling';

/** What is used of a widget manager and its models. */
export interface IModels {
  has_model(id: string): boolean;
  get_model(id: string): Promise<IModel>;
}

interface IModel {
  get(name: string): unknown;
}

/**
 * Let `rendermime` draw widgets of this session.
 *
 * The manager wants a notebook. It gets a context that has nothing to save, so that no widget state reaches a file.
 * It is ready when it hands itself to the one renderer that is passed in.
 */
export function manageWidgets(session: ISessionContext, rendermime: IRenderMimeRegistry): Promise<IModels> {
  return new Promise(resolve => {
    const context = {
      sessionContext: session,
      path: session.path,
      saveState: new Signal(session),
      model: { getMetadata: () => undefined, setMetadata: () => undefined },
      urlResolver: {
        resolveUrl: (url: string) => Promise.resolve(url),
        getDownloadUrl: (url: string) => Promise.resolve(url)
      }
    };
    const renderer = {
      set manager(manager: IModels) {
        resolve(manager);
      }
    };
    type Parameter = Parameters<typeof registerWidgetManager>;
    registerWidgetManager(
      context as unknown as Parameter[0],
      rendermime,
      [renderer].values() as unknown as Parameter[2]
    );
  });
}

/** What a wizard is busy with, by its view's word, when an end of the kernel would cut changes short. */
const WRITING = ['Apply', 'Resume', 'Undo'];

/** Whether the wizard shown as model `id`, itself or inside of a box, is applying changes at this moment. */
export async function isApplying(models: IModels, id: string): Promise<boolean> {
  if (!models.has_model(id)) {
    return false;
  }
  const model = await models.get_model(id);
  const view = model.get('view') as { busy?: string } | undefined;
  const inside = (model.get('children') ?? []) as { model_id: string }[];
  const answers = await Promise.all(inside.map(child => isApplying(models, child.model_id)));
  return WRITING.includes(view?.busy ?? '') || answers.includes(true);
}
