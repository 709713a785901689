import { CronStep, ICustomIntegration, IntegrationRequestStep, Workflow } from '@useparagon/core';
import { IContext } from '@useparagon/core/execution';
import { createInputs, DefaultInputToResultMap } from '@useparagon/core/inputs';

/** Once a day the open rooms are listed. */
export default class extends Workflow<ICustomIntegration, {}, DefaultInputToResultMap> {
  define(integration: ICustomIntegration, context: IContext<DefaultInputToResultMap>) {
    const triggerStep = new CronStep({ cron: '0 7 * * *', timezone: 'Etc/UTC' });
    const roomsStep = new IntegrationRequestStep({ method: 'GET', url: '/rooms', autoRetry: true, description: 'Rooms' });

    triggerStep.nextStep(roomsStep);
    return this.register({ triggerStep, roomsStep });
  }

  name: string = 'Report rooms';
  description: string = 'Lists the open rooms every morning';
  inputs = createInputs({});
  defaultEnabled: boolean = false;
  hidden: boolean = false;
  readonly id: string = '5f7c0f2e-3a58-4f6a-8f0b-2f6f4f0f8d03';
}
