import { LabIcon } from '@jupyterlab/ui-components';

/** A shield with a prompt in it. The class lets each theme choose the colour. */
export const icon = new LabIcon({
  name: 'sm-ssh-widget:icon',
  svgstr:
    '<svg xmlns="http://www.w3.org/2000/svg" width="16" viewBox="0 0 24 24">' +
    '<path class="jp-icon3" fill="#616161" fill-rule="evenodd" d="M12 1.5 3.5 5v6.2c0 5.2 3.5 9.6 8.5 11.3 ' +
    '5-1.700 8.500-6.100 8.500-11.300V5zM7.700 8.300 9 7l4.300 4.300L9 15.600l-1.300-1.300 3-3zM13 14h4v1.800h-4z"/></svg>'
});
