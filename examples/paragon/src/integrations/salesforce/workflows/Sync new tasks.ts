import { EventStep, Workflow } from '@useparagon/core';
import { IContext } from '@useparagon/core/execution';
import { createInputs, InputResultMap, ISalesforceIntegration } from '@useparagon/integrations/salesforce';

import newTask from '../../../events/New task';

/** Every task of ours becomes one in Salesforce. */
export default class extends Workflow<ISalesforceIntegration, {}, InputResultMap> {
  define(integration: ISalesforceIntegration, context: IContext<InputResultMap>) {
    const triggerStep = new EventStep(newTask);

    const createStep = integration.actions.createRecord(
      { recordType: 'Task', 'field-subject': `${triggerStep.output.title}` },
      { autoRetry: true, description: 'Create the task' },
    );

    triggerStep.nextStep(createStep);
    return this.register({ triggerStep, createStep });
  }

  name: string = 'Sync new tasks';
  description: string = 'Creates a Salesforce task for every task of yours';
  inputs = createInputs({});
  defaultEnabled: boolean = true;
  hidden: boolean = false;
  readonly id: string = '5f7c0f2e-3a58-4f6a-8f0b-2f6f4f0f8d01';
}
