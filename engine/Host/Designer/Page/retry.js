// Studio's viewer cannot run again what has failed, so the bar offers it for as long as something in the instance that is shown has failed.
import { Problem, send } from './service.js';

const Instance = /\/api\/workflow-instances\/([^/]+)(?:\/waiting)?$/;
const button = document.getElementById('sb-retry');
let shown;

/** From now on this instance is shown; none if there is no id. */
export function watch(id) {
  shown = id;
  button.hidden = true;
}

/** Whatever the page or Studio reads of the instance says too whether something has failed in it. */
export async function look(answer) {
  const id = Instance.exec(new URL(answer.url).pathname)?.[1];
  if (!id || id !== shown || answer.status !== 200)
    return;
  const { incidentCount, incidents, subStatus } = await answer.json();
  if (id === shown)
    button.hidden = !(incidentCount ?? incidents?.length) || /^(?:finished|cancelled)$/i.test(subStatus);
}

/** @param {(refusal: string) => void} then Is told how it went; of an empty text, that what had failed ran again. */
export function offer(then) {
  button.addEventListener('click', async () => {
    button.disabled = true;
    try {
      await send('POST', `/api/workflow-instances/${shown}/retry`, {});
      then('');
    } catch (e) {
      if (!(e instanceof Problem))
        throw e;
      then(e.message);
    } finally {
      button.disabled = false;
    }
  });
}
