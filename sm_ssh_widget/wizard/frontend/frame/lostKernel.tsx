import { say } from '../parts/translation';
/** The kernel does not answer: what that may mean and what to do. */
export function LostKernel() {
  return (
    <div class="smw-note tone-attention smw-lost" role="alert">
      <b>{say('The kernel is not responding. ')}</b>
      {say(
        'It might be busy with another cell, or it was restarted. If it was restarted, run the cell again, or close this tab and open SageMaker SSH set-up again. The journal keeps what was done.'
      )}
    </div>
  );
}
