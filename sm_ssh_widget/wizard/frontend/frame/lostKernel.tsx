/** The kernel does not answer: what that may mean and what to do. */
export function LostKernel() {
  return (
    <div class="smw-note tone-attention smw-lost" role="alert">
      <b>The kernel does not answer. </b>
      It may be busy with another cell, or it was restarted. If it was restarted, run the cell again; where there is
      none, close this tab and open the set-up again. The journal holds what was done, and the wizard offers to go on or
      to undo.
    </div>
  );
}
